/**
 * Messages that are written and not yet delivered. They are sealed when they are written.
 */
import { SqlClient, SqlSchema } from "@effect/sql"
import { DateTime, type Duration, Effect, Schema } from "effect"
import * as Envelope from "./Envelope.ts"
import * as Identities from "./Identities.ts"
import * as Prekeys from "./Prekeys.ts"
import * as Seal from "./Seal.ts"

export interface Draft {
  readonly sender: string
  readonly recipient: string
  readonly text: string
  /** The message expires after this time, delivered or not. */
  readonly lifetime: Duration.DurationInput
}

/** Takes a prekey of the recipient, seals the message for it and keeps the envelope, in one transaction. */
export const write = ({ lifetime, recipient, sender, text }: Draft) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const writtenAt = yield* DateTime.now
    const identity = yield* Identities.get(sender)
    const store = Effect.gen(function* () {
      const prekey = yield* Prekeys.handOut(recipient)
      const header = {
        prekeyId: prekey.id,
        sender,
        recipient,
        writtenAt,
        expiresAt: DateTime.addDuration(writtenAt, lifetime)
      }
      const envelope = yield* Seal.seal(
        header,
        { senderSecret: identity.secretKey, prekeyPublic: prekey.publicKey },
        text
      )
      const row = yield* Schema.encode(Envelope.Row)(envelope)
      yield* sql`
        INSERT INTO outbox (prekey_id, sender, recipient, ephemeral, sealed, written_at, expires_at)
        VALUES (${row.prekeyId}, ${sender}, ${recipient}, ${row.ephemeral}, ${row.sealed}, ${row.writtenAt},
          ${row.expiresAt})`
      return envelope
    })
    return yield* sql.withTransaction(store)
  })

/** The envelopes that have not expired, oldest first. */
export const waiting = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = DateTime.toEpochMillis(yield* DateTime.now)
  return yield* SqlSchema.findAll({
    Request: Schema.Void,
    Result: Envelope.Row,
    execute: () => sql`
      SELECT prekey_id AS prekeyId, sender, recipient, ephemeral, sealed, written_at AS writtenAt,
        expires_at AS expiresAt
      FROM outbox WHERE expires_at > ${now} ORDER BY written_at, prekey_id`
  })()
})

export const remove = (prekeyId: number) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DELETE FROM outbox WHERE prekey_id = ${prekeyId}`)
