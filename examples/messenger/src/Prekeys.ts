/**
 * The prekeys of the local peers. Each is handed out once, and deleted with its secret half when it is used.
 */
import { SqlClient, SqlSchema } from "@effect/sql"
import { DateTime, Effect, Option, Schema } from "effect"
import * as Keys from "./Keys.ts"

export class NoPrekeyLeftError extends Schema.TaggedError<NoPrekeyLeftError>("messenger/NoPrekeyLeftError")(
  "NoPrekeyLeftError",
  {
    peer: Schema.String
  }
) {
  override get message() {
    return `${this.peer} has no prekey left: wait until prekey_replenishment has run`
  }
}

const StockRow = Schema.Struct({ peer: Schema.String, unexpired: Schema.Int })
const HandedOut = Schema.Struct({ id: Schema.Int, publicKey: Keys.PublicKey })
const Secret = Schema.Struct({ secretKey: Keys.SecretKey })

/** How many prekeys each local peer can hand out. */
export const stocks = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = DateTime.toEpochMillis(yield* DateTime.now)
  return yield* SqlSchema.findAll({
    Request: Schema.Void,
    Result: StockRow,
    execute: () => sql`
      SELECT peers.name AS peer, COUNT(prekeys.id) AS unexpired
      FROM peers LEFT JOIN prekeys
        ON prekeys.peer = peers.name AND prekeys.handed_out = 0 AND prekeys.expires_at > ${now}
      GROUP BY peers.name ORDER BY peers.name`
  })()
})

export const add = (prekeys: ReadonlyArray<Keys.KeyPair & { readonly peer: string }>, expiresAt: DateTime.Utc) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = prekeys.map(({ peer, publicKey, secretKey }) => ({
      peer,
      public_key: Schema.encodeSync(Keys.PublicKey)(publicKey),
      secret_key: Schema.encodeSync(Keys.SecretKey)(secretKey),
      expires_at: DateTime.toEpochMillis(expiresAt)
    }))
    yield* sql.withTransaction(
      Effect.forEach(rows, (row) => sql`INSERT INTO prekeys ${sql.insert(row)}`, { discard: true })
    )
  })

/** The public half of a prekey that was not handed out before. */
export const handOut = (peer: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const now = DateTime.toEpochMillis(yield* DateTime.now)
    const found = yield* SqlSchema.findOne({
      Request: Schema.String,
      Result: HandedOut,
      execute: (peer) => sql`
        UPDATE prekeys SET handed_out = 1
        WHERE id = (
          SELECT id FROM prekeys WHERE peer = ${peer} AND handed_out = 0 AND expires_at > ${now}
          ORDER BY expires_at, id LIMIT 1
        )
        RETURNING id, public_key AS publicKey`
    })(peer)
    return yield* Option.match(found, {
      onNone: () => new NoPrekeyLeftError({ peer }),
      onSome: Effect.succeed
    })
  })

/** Deletes the prekey and answers its secret half. */
export const useUp = (peer: string, id: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* SqlSchema.findOne({
      Request: Schema.Int,
      Result: Secret,
      execute: (id) => sql`DELETE FROM prekeys WHERE id = ${id} AND peer = ${peer} RETURNING secret_key AS secretKey`
    })(id)
  })
