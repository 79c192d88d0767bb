import type { ChildProcess } from "node:child_process"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Postgres from "./support/Postgres.ts"
import * as Process from "./support/Process.ts"
import * as TemporaryFile from "./support/TemporaryFile.ts"

const processes = 4
const rounds = 5
const minutes = 60_000

const done = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: number }>`SELECT migration_id AS id FROM tickwork_migrations ORDER BY migration_id`
).pipe(Effect.map((rows) => rows.map(({ id }) => id)))

const started = (dialect: "pg" | "sqlite") =>
  Effect.all(
    Array.from({ length: processes }, () => Process.start("opening.ts", [dialect])),
    { concurrency: "unbounded" }
  )

/** What processes say that open the place at the same moment. */
const together = (children: ReadonlyArray<ChildProcess>, place: string) =>
  Effect.forEach(children, (child) => Process.ask(child, place), { concurrency: "unbounded" })

const all = Array.from({ length: processes }, () => "opened []")

describe("four processes that open one fresh database at the same moment", () => {
  it.scopedLive(
    "all find their tables, and each migration is done once, on SQLite",
    () =>
      Effect.gen(function* () {
        const children = yield* started("sqlite")
        for (let round = 0; round < rounds; round++) {
          const filename = yield* TemporaryFile.make
          assert.deepStrictEqual(yield* together(children, filename), all)
          assert.deepStrictEqual(yield* Effect.provide(done, Layer.fresh(SqliteClient.layer({ filename }))), [1, 2])
        }
      }),
    3 * minutes
  )

  Postgres.describeOnPostgres("with a server", () => {
    it.scopedLive(
      "all find their tables, and each migration is done once, on PostgreSQL",
      () =>
        Effect.gen(function* () {
          const children = yield* started("pg")
          for (let round = 0; round < rounds; round++) {
            const url = yield* Postgres.schema
            assert.deepStrictEqual(yield* together(children, url), all)
            assert.deepStrictEqual(yield* Effect.provide(done, Layer.fresh(Postgres.client(url))), [1, 2])
          }
        }),
      3 * minutes
    )
  })
})
