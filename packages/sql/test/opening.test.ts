import type { ChildProcess } from "node:child_process"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import * as FirstRelease from "./support/FirstRelease.ts"

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

/** What processes say that open the place at the same moment. */
const together = (children: ReadonlyArray<ChildProcess>, place: string) =>
  Effect.forEach(children, (child) => Process.ask(child, place), { concurrency: "unbounded" })

const all = Array.from({ length: processes }, () => "opened []")

/** Fresh ones, and ones that the first release has made. */
const rounds = [Effect.void, FirstRelease.tables, Effect.void, FirstRelease.tables, Effect.void, FirstRelease.tables]

describe("four processes that open one database at the same moment", () => {
  it.scopedLive(
    "all find their tables, and each migration is done once, on SQLite",
    () =>
      Effect.gen(function* () {
        const children = yield* started
        for (const prepare of rounds) {
          const filename = yield* TemporaryFile.make
          const client = Layer.fresh(SqliteClient.layer({ filename }))
          if (prepare !== Effect.void) yield* Effect.provide(prepare, client)
          assert.deepStrictEqual(yield* together(children, filename), all)
          assert.deepStrictEqual(yield* Effect.provide(done, client), [1, 2, 3, 4, 5])
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
          for (const prepare of rounds) {
            const url = yield* Postgres.schema
            const client = Layer.fresh(Postgres.client(url))
            yield* Effect.provide(prepare, client)
            assert.deepStrictEqual(yield* together(children, url), all)
            assert.deepStrictEqual(yield* Effect.provide(done, client), [1, 2, 3, 4, 5])
          }
        }),
      3 * minutes
    )
  })
})
