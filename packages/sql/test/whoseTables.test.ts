/**
 * Which tables a store works with, and in whose name, whatever the application does with its sessions.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer, Redacted, Schedule, Schema } from "effect"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

const run = (text: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text))

const rowsOf = <A extends object>(text: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<A>(text))

const on = <A, E>(url: string, use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(use, Layer.fresh(Postgres.client(url)))

const schemaIn = (url: string) => new URL(url).searchParams.get("options")?.replace("-c search_path=", "") ?? ""

/** A schema of the application with a table `bills`, to which the role may write, and which is protected by row. */
const tenants = Effect.gen(function* () {
  const url = yield* Postgres.schema
  const { username: role } = yield* Postgres.role
  const schema = schemaIn(url)
  yield* Effect.acquireRelease(
    on(
      url,
      run(`CREATE TABLE bills (owner TEXT NOT NULL DEFAULT current_user); ALTER TABLE bills ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON bills USING (owner = current_user) WITH CHECK (owner = current_user);
        GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT ALL ON bills TO ${role}`)
    ),
    () => Effect.orDie(on(url, run(`DROP OWNED BY ${role}`)))
  )
  return { url, role, schema }
})

const billsOf = (url: string) =>
  on(
    url,
    Effect.map(rowsOf<{ owner: string }>("SELECT owner FROM bills"), (rows) => rows.map(({ owner }) => owner))
  )

/** What a body or the application may do to its session before it writes. */
const sessions: Readonly<Record<string, (role: string) => string>> = {
  "SET LOCAL ROLE": (role) => `SET LOCAL ROLE ${role}`,
  "SET ROLE": (role) => `SET ROLE ${role}`,
  "SET LOCAL SESSION AUTHORIZATION": (role) => `SET LOCAL SESSION AUTHORIZATION ${role}`,
  "SET SESSION AUTHORIZATION": (role) => `SET SESSION AUTHORIZATION ${role}`,
  "SET LOCAL search_path": () => "SET LOCAL search_path = pg_catalog",
  "SET search_path": () => "SET search_path = pg_catalog",
  "a temporary table of the same name": () =>
    "CREATE TEMPORARY TABLE job_state (x TEXT) ON COMMIT DROP; CREATE TEMPORARY TABLE job_entry (x TEXT) ON COMMIT DROP"
}

const isRole = /ROLE|AUTHORIZATION/

Postgres.describeOnPostgres("a session that the application has changed", () => {
  for (const [name, change] of Object.entries(sessions)) {
    it.scopedLive(`${name}: a transactional body writes as it says, and is recorded`, () =>
      Effect.gen(function* () {
        const { role, schema, url } = yield* tenants
        const table = `${schema}.bills`
        const body = Effect.zipRight(run(change(role)), run(`INSERT INTO ${table} DEFAULT VALUES`))
        const job = Job.make("bill", body).pipe(
          Job.every("1 hour"),
          Job.transactional,
          Job.retryUnexpected(Schedule.stop)
        )
        const StoreLive = PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 1 })
        yield* Effect.gen(function* () {
          const time = yield* ManualClock.ManualClock
          assert.deepStrictEqual(
            (yield* Tick.once).map(({ error, status }) => [status, error]),
            [["success", null]]
          )
          // the next uses the same connection
          yield* time.advance("1 hour")
          assert.deepStrictEqual(
            (yield* Tick.once).map(({ error, status }) => [status, error]),
            [["success", null]]
          )
        }).pipe(
          Effect.provide(Layer.provideMerge(Tick.layer(Jobs.make(job)), Layer.merge(StoreLive, ManualClock.layer(0))))
        )
        const owner = isRole.test(name) ? role : new URL(url).username
        assert.deepStrictEqual(yield* billsOf(url), [owner, owner])
      })
    )

    it.scopedLive(`${name}: what is enqueued in the application's transaction commits with it`, () =>
      Effect.gen(function* () {
        const { role, schema, url } = yield* tenants
        const mail = Job.make("mail", { payload: Schema.String }, () => Effect.void)
        const StoreLive = PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 1 })
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql.withTransaction(
            Effect.all([
              run(change(role)),
              Tick.enqueue(mail, "hello"),
              // what follows goes on as the application has said
              run(`INSERT INTO ${schema}.bills DEFAULT VALUES`)
            ])
          )
          // a session that the application left in another role changes nothing of the store
          const time = yield* ManualClock.ManualClock
          yield* time.advance("2 seconds")
          assert.deepStrictEqual(
            (yield* Tick.once).map(({ jobName, status }) => [jobName, status]),
            [["mail", "success"]]
          )
        }).pipe(
          Effect.provide(Layer.provideMerge(Tick.layer(Jobs.make(mail)), Layer.merge(StoreLive, ManualClock.layer(0))))
        )
        const owner = isRole.test(name) ? role : new URL(url).username
        assert.deepStrictEqual(yield* billsOf(url), [owner])
      })
    )
  }
})

const storeIn = (url: string, schema?: string) =>
  Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(url), ...(schema === undefined ? {} : { schema }) }))

const namesIn = (url: string, schema?: string) =>
  Effect.provide(
    Effect.flatMap(JobStore.JobStore, ({ names }) => names),
    storeIn(url, schema)
  )

const runIn = (url: string, jobName: string, schema?: string) =>
  Effect.provide(
    Tick.once,
    Tick.layer(Jobs.make(Job.make(jobName, Effect.void).pipe(Job.every("1 hour")))).pipe(
      Layer.provide(storeIn(url, schema))
    )
  )

const named = Effect.map(Postgres.schema, schemaIn)

Postgres.describeOnPostgres("the schema of the tables", () => {
  it.scopedLive("is the one that is given: two tenants of one database do not see each other", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* runIn(url, "one", "tenant one")
      yield* runIn(url, "two", "tenant two")
      assert.deepStrictEqual(yield* namesIn(url, "tenant one"), ["one"])
      assert.deepStrictEqual(yield* namesIn(url, "tenant two"), ["two"])
      const tables = yield* on(
        url,
        rowsOf<{ s: string }>("SELECT DISTINCT schemaname AS s FROM pg_tables WHERE tablename = 'job_entry'")
      )
      assert.deepStrictEqual(tables.map(({ s }) => s).toSorted(), ["tenant one", "tenant two"])
    })
  )

  it.scopedLive("is else the one of the search path that has them, and else its first", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const [first, second] = [schemaIn(url), yield* named]
      yield* runIn(url, "here")
      const both = new URL(url)
      both.searchParams.set("options", `-c search_path=${second},${first}`)
      assert.deepStrictEqual(yield* namesIn(both.href), ["here"])
      both.searchParams.set("options", `-c search_path=missing,${second}`)
      assert.deepStrictEqual(yield* namesIn(both.href), [])
      assert.deepStrictEqual(yield* namesIn(both.href, first), ["here"])
    })
  )

  it.scopedLive("is the user's own where it has no right to the tables of another", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* runIn(url, "theirs")
      const user = yield* Postgres.role
      yield* on(url, run(`CREATE SCHEMA AUTHORIZATION ${user.username}`))
      const own = Object.assign(new URL(url), user).href
      yield* runIn(own, "mine")
      assert.deepStrictEqual(yield* namesIn(own), ["mine"])
      assert.deepStrictEqual(yield* namesIn(url), ["theirs"])
      yield* on(url, run(`DROP OWNED BY ${user.username} CASCADE`))
    })
  )

  it.scopedLive("that does not exist is not made for a look", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const layer = PgJobStore.layerExisting({ url: Redacted.make(url), schema: "nowhere", access: "read" })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.strictEqual(error.reason, "no tables")
    })
  )

  it.scopedLive("that cannot be found is refused with the cure", () =>
    Effect.gen(function* () {
      const nowhere = new URL(yield* Postgres.schema)
      nowhere.searchParams.set("options", "-c search_path=nowhere")
      const layer = PgJobStore.layerPg({ url: Redacted.make(nowhere.href) })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.strictEqual(error.reason, "forbidden")
      assert.match(error.message, /search path/)
    })
  )
})

describe("a SQLite database", () => {
  it.scopedLive("has no schema to be given", () =>
    Effect.gen(function* () {
      const client = SqlJobStore.layerSqlite({ filename: ":memory:" })
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(Layer.provide(PgJobStore.layer({ schema: "app" }), client)))
      )
      assert.strictEqual((error as { readonly reason?: string }).reason, "another dialect")
    })
  )

  it.scopedLive("keeps its tables where a temporary table has the same name", () =>
    Effect.gen(function* () {
      const shadowed = run("CREATE TEMPORARY TABLE job_entry (x TEXT)")
      const job = Job.make("bill", shadowed).pipe(Job.every("1 hour"), Job.transactional)
      const log = yield* Effect.zipRight(
        Tick.once,
        Effect.flatMap(JobLog.JobLog, (log) => log.entries({}))
      ).pipe(
        Effect.provide(
          Layer.provideMerge(Tick.layer(Jobs.make(job)), SqlJobStore.layerSqlite({ filename: ":memory:" }))
        )
      )
      assert.deepStrictEqual(
        log.map(({ error, status }) => [status, error]),
        [["success", null]]
      )
    })
  )
})
