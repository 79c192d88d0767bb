/**
 * Transactional jobs that name the isolation of their transaction.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Deferred, Effect, Layer, Logger, Redacted, Schedule } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"

const hourly = Job.every("1 hour")
const isolated = (isolation: Job.Isolation) => Job.transactionalWith({ isolation })

const count = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT count(*) FROM entries`)
const write = (entry: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO entries (entry) VALUES (${entry})`)
const entries = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql<{ entry: string }>`SELECT entry FROM entries ORDER BY entry`, (rows) => rows.map(({ entry }) => entry))
)

/** A store in an empty schema with a table of the application's. */
const onPostgres = Layer.unwrapScoped(
  Effect.map(Postgres.schema, (url) => PgJobStore.layerPg({ url: Redacted.make(url) }))
).pipe(
  Layer.tap((built) =>
    Effect.provide(Context.get(built, SqlClient.SqlClient)`CREATE TABLE entries (entry TEXT)`, built)
  )
)

const open = <R>(jobs: Jobs.Jobs<R>) =>
  Effect.map(Layer.build(Tick.layer(jobs)), (built) => Context.get(built, Tick.Tick))

const logged = Effect.flatMap(JobLog.JobLog, ({ history }) =>
  Effect.map(history({}), (all) => all.toReversed().map(({ attempt, error, status }) => ({ attempt, error, status })))
)

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

describe("a transactional job with an isolation level, on SQLite", () => {
  it.scoped("is refused when it is opened, with its name and the cure", () =>
    Effect.gen(function* () {
      const job = Job.make("balance", Effect.void).pipe(hourly, isolated("serializable"))
      const error = yield* Effect.flip(open(Jobs.make(job)))
      assert.strictEqual(error._tag, "InvalidJobs")
      assert.include(
        error.message,
        'job "balance": isolation must be one that the store has, got "serializable". Use Job.transactional, or a store on PostgreSQL.'
      )
    }).pipe(Effect.provide(SqlJobStore.layerSqlite({ filename: ":memory:" })))
  )
})

Postgres.describeOnPostgres("a transactional job with an isolation level, on PostgreSQL", () => {
  for (const isolation of ["read committed", "repeatable read", "serializable"] as const) {
    it.scopedLive(`runs its transaction in it: ${isolation}`, () =>
      Effect.gen(function* () {
        const shown: Array<unknown> = []
        const look = Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.map(sql`SHOW transaction_isolation`, (rows) => shown.push(...rows))
        )
        const tick = yield* open(Jobs.make(Job.make("look", look).pipe(hourly, isolated(isolation))))
        yield* tick.once
        assert.deepStrictEqual(shown, [{ transaction_isolation: isolation }])
      }).pipe(Effect.provide(onPostgres))
    )
  }

  it.scopedLive("is made again as a whole where the server refuses its commit: an unexpected end", () =>
    Effect.gen(function* () {
      const outside = yield* SqlClient.SqlClient
      const [hasWritten, isDone] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      // each reads what the other one writes
      const body = Job.make("balance", ({ attempt }) =>
        Effect.gen(function* () {
          yield* count
          yield* write(`attempt ${attempt}`)
          yield* Deferred.succeed(hasWritten, undefined)
          yield* Deferred.await(isDone)
        })
      )
      const retried = body.pipe(hourly, Job.retry(Schedule.stop), Job.retryUnexpected(Schedule.forever))
      const tick = yield* open(Jobs.make(retried.pipe(isolated("serializable"))))
      yield* Effect.gen(function* () {
        yield* Deferred.await(hasWritten)
        const other = Effect.zipRight(outside`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`, count)
        yield* outside.withTransaction(Effect.zipRight(other, write("other")))
        yield* Deferred.succeed(isDone, undefined)
      }).pipe(Effect.fork)
      yield* tick.once
      assert.deepStrictEqual(yield* entries, ["other"])
      yield* tick.once
      assert.deepStrictEqual(yield* entries, ["attempt 2", "other"])
      const [first, second] = yield* logged
      assert.include(first?.error, "could not serialize access")
      assert.deepInclude(first, { attempt: 1, status: "error" })
      assert.deepStrictEqual(second, { attempt: 2, error: null, status: "success" })
    }).pipe(Effect.provide(onPostgres), quietly)
  )

  const deadlock = "RAISE SQLSTATE '40P01' USING MESSAGE = 'deadlock detected'"

  it.scopedLive("is made again where its commit ends a deadlock, and loses no attempt of its own policy", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql.unsafe(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.entry = 'attempt 1' THEN ${deadlock}; END IF; RETURN NULL; END $$`)
      // it is called by COMMIT
      yield* sql.unsafe(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`)
      const body = Job.make("balance", ({ attempt }) => write(`attempt ${attempt}`))
      const retried = body.pipe(hourly, Job.retry(Schedule.stop), Job.retryUnexpected(Schedule.forever))
      const tick = yield* open(Jobs.make(retried.pipe(Job.transactional)))
      yield* tick.once
      yield* tick.once
      assert.deepStrictEqual(yield* entries, ["attempt 2"])
      assert.deepStrictEqual(
        (yield* logged).map(({ status }) => status),
        ["error", "success"]
      )
    }).pipe(Effect.provide(onPostgres), quietly)
  )

  it.scopedLive("fails with its own error where a statement of its body is refused, and its policy decides", () =>
    Effect.gen(function* () {
      const refused = Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`DO $$ BEGIN ${deadlock}; END $$`))
      const body = Job.make("balance", ({ attempt }) => (attempt === 1 ? refused : write("attempt 2")))
      const retried = body.pipe(hourly, Job.retry(Schedule.forever), Job.retryUnexpected(Schedule.stop))
      const tick = yield* open(Jobs.make(retried.pipe(isolated("repeatable read"))))
      yield* tick.once
      yield* tick.once
      assert.deepStrictEqual(yield* entries, ["attempt 2"])
      const [first] = yield* logged
      assert.include(first?.error, "SqlError")
    }).pipe(Effect.provide(onPostgres), quietly)
  )
})
