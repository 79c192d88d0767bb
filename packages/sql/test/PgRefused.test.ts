import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import type { DatabaseError } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer, Redacted } from "effect"
import * as Unreleased from "./support/Unreleased.ts"

const openStore = (url: string) =>
  Effect.scoped(Layer.build(Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(url) }))))

const inDatabase = <A, E>(url: string, use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(use, Layer.fresh(Postgres.client(url)))

/** Every column of every table that can be seen, and what was done to the tables so far. */
const seen = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const columns = yield* sql`SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
  const tables = yield* sql<{
    name: string
  }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`
  const rows = yield* Effect.forEach(tables, ({ name }) => sql`SELECT xmin, * FROM ${sql(name)}`)
  return { columns, rows }
})

const refuses = (url: string, reason: DatabaseError.Reason) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(openStore(url))
    assert.strictEqual(error._tag, "DatabaseError")
    assert.strictEqual(error.reason, reason)
    const { host, password, pathname } = new URL(url)
    assert.strictEqual(error.database, `${host}${pathname}`)
    assert.notInclude(error.message, password)
  })

const refusesUnchanged = (url: string, reason: DatabaseError.Reason) =>
  Effect.gen(function* () {
    const before = yield* inDatabase(url, seen)
    yield* refuses(url, reason)
    assert.deepStrictEqual(yield* inDatabase(url, seen), before)
  })

const at = (url: string, change: Partial<URL>) => Object.assign(new URL(url), change).href

Postgres.describeOnPostgres("a PostgreSQL database that cannot be used is refused by its name, and not changed", () => {
  for (const name of ["job_state", "job_entry", "job_control"]) {
    it.scopedLive(`a table ${name} that Tickwork did not make`, () =>
      Effect.gen(function* () {
        const url = yield* Postgres.schema
        const theirs = Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`CREATE TABLE ${sql(name)} AS SELECT 'kept' AS x`
        )
        yield* inDatabase(url, theirs)
        yield* refusesUnchanged(url, "foreign")
      })
    )
  }

  it.scopedLive("tables of a later release", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* openStore(url)
      const later = Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`INSERT INTO tickwork_migrations (migration_id, name, layout) VALUES (101, 'later', '')`
      )
      yield* inDatabase(url, later)
      yield* refusesUnchanged(url, "newer")
    })
  )

  it.scopedLive("tables of an unreleased layout", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* inDatabase(url, Unreleased.numbered)
      yield* refusesUnchanged(url, "unreleased layout")
    })
  )

  it.scopedLive("a server that is not there, and a database that it does not have", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* refuses(at(url, { port: "1" }), "unreachable")
      yield* refuses(at(url, { pathname: "/nowhere" }), "unreachable")
    })
  )

  it.scopedLive("a server that does not let this user in, or not make tables", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* refuses(at(url, { password: "a wrong guess" }), "forbidden")
      const user = yield* Postgres.role
      yield* refuses(at(url, user), "forbidden")
    })
  )
})

Postgres.describeOnPostgres("a PostgreSQL database is used as a job store", () => {
  it.scopedLive("where it is empty, where it was opened before, and where it holds tables of other programs", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* inDatabase(
        url,
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE bookmarks (url TEXT)`)
      )
      yield* openStore(url)
      yield* openStore(url)
    })
  )
})
