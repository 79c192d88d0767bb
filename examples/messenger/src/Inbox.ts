/**
 * Receives an envelope: opens it, keeps the message and deletes the prekey in one transaction. An envelope that arrives
 * twice is kept once.
 */
import { SqlClient } from "@effect/sql"
import { DateTime, Effect, Option, Schema } from "effect"
import type { Envelope } from "./Envelope.ts"
import * as Identities from "./Identities.ts"
import * as Prekeys from "./Prekeys.ts"
import * as Seal from "./Seal.ts"

/** The answer of a peer to an envelope. */
export const Answer = Schema.Union(
  Schema.TaggedStruct("Kept", { prekeyId: Schema.Int }),
  Schema.TaggedStruct("Refused", { prekeyId: Schema.Int, reason: Schema.String })
)

export type Answer = typeof Answer.Type

const open = (envelope: Envelope, peer: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { expiresAt, prekeyId, sender, writtenAt } = envelope
    const prekey = yield* Prekeys.useUp(peer, prekeyId)
    if (Option.isNone(prekey)) {
      const kept = yield* sql`SELECT 1 FROM messages WHERE prekey_id = ${prekeyId} AND recipient = ${peer}`
      return kept.length === 1
        ? Answer.members[0].make({ prekeyId })
        : Answer.members[1].make({ prekeyId, reason: "its prekey has expired or is used up" })
    }
    const { publicKey } = yield* Identities.get(sender)
    const text = yield* Seal.open(envelope, { senderPublic: publicKey, prekeySecret: prekey.value.secretKey })
    const row = {
      prekey_id: prekeyId,
      sender,
      recipient: peer,
      body: text,
      written_at: DateTime.toEpochMillis(writtenAt),
      expires_at: DateTime.toEpochMillis(expiresAt)
    }
    yield* sql`INSERT INTO messages ${sql.insert(row)}`
    return Answer.members[0].make({ prekeyId })
  })

/** An envelope that does not open is rolled back, so a forged one costs its recipient no prekey. */
export const receive = (peer: string, envelope: Envelope) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql
      .withTransaction(open(envelope, peer))
      .pipe(
        Effect.catchTag("CannotOpenError", ({ message, prekeyId }) =>
          Effect.succeed(Answer.members[1].make({ prekeyId, reason: message }))
        )
      )
  )
