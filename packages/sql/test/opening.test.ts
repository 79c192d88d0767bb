import type { ChildProcess } from "node:child_process"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"

const processes = 4
const minutes = 60_000

const done = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: number }>`SELECT migration_id AS id FROM tickwork_migrations ORDER BY migration_id`
).pipe(Effect.map((rows) => rows.map(({ id }) => id)))

const started = Effect.all(
  Array.from({ length: processes }, () => Process.start(new URL("./support/opening.ts", import.meta.url), [])),
  { concurrency: "unbounded" }
)

/** The answers of processes that open the same database at the same moment. */
const together = (children: ReadonlyArray<ChildProcess>, place: string) =>
  Effect.forEach(children, (child) => Process.ask(child, place), { concurrency: "unbounded" })

const all = Array.from({ length: processes }, () => "opened []")

const rounds = [1, 2, 3]

describe("four processes that open one database at the same moment", () => {
  it.scopedLive(
    "all find their tables, and each migration is done once, on SQLite",
    () =>
      Effect.gen(function* () {
        const children = yield* started
        for (const _ of rounds) {
          const filename = yield* TemporaryFile.make
          const client = Layer.fresh(SqliteClient.layer({ filename }))
          assert.deepStrictEqual(yield* together(children, filename), all)
          assert.deepStrictEqual(yield* Effect.provide(done, client), [100])
        }
      }),
    3 * minutes
  )

  Postgres.describeOnPostgres("with a server", () => {
    it.scopedLive(
      "all find their tables, and each migration is done once, on PostgreSQL",
      () =>
        Effect.gen(function* () {
          const children = yield* started
          for (const _ of rounds) {
            const url = yield* Postgres.schema
            const client = Layer.fresh(Postgres.client(url))
            assert.deepStrictEqual(yield* together(children, url), all)
            assert.deepStrictEqual(yield* Effect.provide(done, client), [100])
          }
        }),
      3 * minutes
    )
  })
})
