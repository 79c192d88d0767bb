import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer } from "effect"
import * as ClientStore from "../src/internal/ClientStore.ts"
import * as Migrations from "../src/internal/migrations/Migrations.ts"
import * as Unreleased from "./support/Unreleased.ts"

const opened = Effect.scoped(Layer.build(Layer.fresh(SqlJobStore.layer())))

const register = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ readonly id: number; readonly layout: string }>`SELECT migration_id AS id, layout
    FROM tickwork_migrations ORDER BY migration_id`
)

const existing = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT count(*) AS count FROM job_state WHERE job_name = 'kept'`
)

const later = (id: number, statement: string): Migrations.Migration => ({
  id,
  name: `later_${id}`,
  statements: () => [statement]
})

/** As a later release has them: the second needs what the first has made. */
const withLater = [
  ...Migrations.all,
  later(101, "ALTER TABLE job_state ADD COLUMN colour TEXT"),
  later(105, "UPDATE job_state SET colour = 'green'")
]

/** Connections and options for the client's database. */
const speaking = Effect.map(ClientStore.speaking({}, "app"), ({ connections, dialect, names }) => ({
  connections,
  options: { names, dialect, database: "app", shared: true }
}))

const laws: Readonly<Record<string, Effect.Effect<void, unknown, SqlClient.SqlClient>>> = {
  "one migration, number 100, makes the tables and stores its layout": Effect.gen(function* () {
    yield* opened
    yield* opened
    const rows = yield* register
    assert.deepStrictEqual(
      rows.map(({ id }) => id),
      [100]
    )
    assert.match(rows[0]?.layout ?? "", /^[0-9a-f]{64}$/)
  }),
  "the layout is the same under every prefix": Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* opened
    yield* Effect.scoped(Layer.build(SqlJobStore.layer({ prefix: "app_" })))
    const layouts = yield* sql`SELECT layout FROM tickwork_migrations UNION SELECT layout FROM app_tickwork_migrations`
    assert.strictEqual(layouts.length, 1)
  }),
  "five numbered migrations are an unreleased layout, and the error has the cure": Effect.gen(function* () {
    yield* Unreleased.numbered
    const error = yield* Effect.flip(opened)
    assert.strictEqual(error.reason, "unreleased layout")
    assert.match(error.message, /version 1 are not those of this release\. .*cannot be migrated: move the file away/)
    assert.deepStrictEqual(
      (yield* existing).map(({ count }) => Number(count)),
      [1]
    )
  }),
  "another text of migration 100 is an unreleased layout": Effect.gen(function* () {
    yield* opened
    yield* Unreleased.changed
    assert.strictEqual((yield* Effect.flip(opened)).reason, "unreleased layout")
  }),
  "later migrations are done once, in order; an older release refuses them": Effect.gen(function* () {
    yield* opened
    const { connections, options } = yield* speaking
    const run = Migrations.run(connections, { ...options, migrations: withLater })
    yield* run
    yield* run
    assert.deepStrictEqual(
      (yield* register).map(({ id }) => id),
      [100, 101, 105]
    )
    assert.strictEqual((yield* Effect.flip(opened)).reason, "newer")
  }).pipe(Effect.scoped),
  "a tool refuses tables that lack a migration of its release": Effect.gen(function* () {
    yield* opened
    const { connections, options } = yield* speaking
    const check = Migrations.checkExisting({ ...options, migrations: withLater })
    const error = yield* Effect.flip(connections.read(check))
    assert.include(error, { reason: "older", detail: "its tables are at version 100, this release reads version 105" })
  }).pipe(Effect.scoped),
  "a migration that fails leaves nothing of those before it": Effect.gen(function* () {
    yield* opened
    const { connections, options } = yield* speaking
    const migrations = [...withLater, later(106, "no SQL")]
    yield* Effect.flip(Migrations.run(connections, { ...options, migrations }))
    assert.strictEqual((yield* register).length, 1)
    yield* opened
  }).pipe(Effect.scoped)
}

describe("migrations", () => {
  for (const [law, holds] of Object.entries(laws)) {
    it.scopedLive(`on SQLite, ${law}`, () => Effect.provide(holds, SqliteClient.layer({ filename: ":memory:" })))
  }

  Postgres.describeOnPostgres("with a server", () => {
    for (const [law, holds] of Object.entries(laws)) {
      it.scopedLive(`on PostgreSQL, ${law}`, () =>
        Effect.flatMap(Postgres.schema, (url) => Effect.provide(holds, Postgres.client(url)))
      )
    }
  })
})
