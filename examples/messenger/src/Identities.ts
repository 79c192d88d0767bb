/**
 * The local peers: each has a name and an identity key, which is never replaced.
 */
import { SqlClient, SqlSchema } from "@effect/sql"
import { Effect, Schema } from "effect"
import * as Keys from "./Keys.ts"

const Identity = Schema.Struct({ name: Schema.String, publicKey: Keys.PublicKey, secretKey: Keys.SecretKey })

/** Creates an identity for each name without one. */
export const ensure = (names: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(
      names,
      (name) =>
        Effect.flatMap(Keys.generate, ({ publicKey, secretKey }) => {
          const row = {
            name,
            public_key: Schema.encodeSync(Keys.PublicKey)(publicKey),
            secret_key: Schema.encodeSync(Keys.SecretKey)(secretKey)
          }
          return sql`INSERT INTO peers ${sql.insert(row)} ON CONFLICT (name) DO NOTHING`
        }),
      { discard: true }
    )
  )

export const get = (name: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    SqlSchema.single({
      Request: Schema.String,
      Result: Identity,
      execute: (name) =>
        sql`SELECT name, public_key AS publicKey, secret_key AS secretKey FROM peers WHERE name = ${name}`
    })(name)
  )
