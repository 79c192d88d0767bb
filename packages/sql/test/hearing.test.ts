/**
 * Processes on one database hear of each other's requests by events: two stores on it, each with its own client.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Effect, Layer, Logger, Queue, Redacted, Schema, type Scope } from "effect"
import { Job, JobStore, Jobs, Tick, TickClient } from "tickwork"
import * as Databases from "./support/Databases.ts"

/** A job that tells which payloads it was run for. */
const mailer = Effect.gen(function* () {
  const begun = yield* Queue.unbounded<string>()
  const job = Job.make("mail", { payload: Schema.String }, ({ payload }) => Queue.offer(begun, payload))
  return { job, begun }
})

const request = (key: string): JobStore.Submission => ({
  verb: "enqueue",
  jobName: "mail",
  key,
  at: 0,
  by: "",
  why: "",
  dueAt: null,
  payload: { value: key },
  unique: "stored"
})

const opened = <A, E, R>(layer: Layer.Layer<A, E, R>) => Layer.build(layer)

/** A process that runs the job, and the client of its store. */
const working = (store: Databases.Store, job: Job.Job<"mail", unknown, never, never, void, string>) =>
  Effect.gen(function* () {
    const stored = yield* opened(store)
    const built = yield* Effect.provide(opened(Tick.layerDaemon(Jobs.make(job))), stored)
    return Context.merge(stored, built)
  })

for (const [name, describeHere, database] of Databases.all) {
  describeHere(`a process on ${name} that has nothing to do`, () => {
    const promise = (text: string, test: Effect.Effect<void, unknown, Scope.Scope>) =>
      it.scopedLive(text, () => Effect.provide(test, Logger.remove(Logger.defaultLogger)))

    promise(
      "begins what another process enqueues, of which it hears by an event",
      Effect.gen(function* () {
        const store = yield* database
        const { begun, job } = yield* mailer
        const worker = yield* working(store, job)
        const { watch } = yield* Context.get(worker, Tick.Tick).health
        assert.deepStrictEqual(watch, { by: "events", everyMs: null, reason: null })
        const other = Context.get(yield* opened(store), JobStore.JobStore)
        for (const key of ["ada", "grace", "heidi"]) {
          yield* other.submit([request(key)])
          assert.strictEqual(yield* Queue.take(begun), key)
        }
      })
    )

    promise(
      "does what a client asks that runs nothing: it enqueues, in a transaction too, and triggers",
      Effect.gen(function* () {
        const store = yield* database
        const { begun, job } = yield* mailer
        yield* working(store, job)
        const stored = yield* opened(store)
        const sql = Context.get(stored, SqlClient.SqlClient)
        const client = yield* Effect.provide(opened(TickClient.layer(Jobs.make(job))), stored)
        const { enqueue, enqueueAll, request } = Context.get(client, TickClient.TickClient)
        yield* enqueue(job, "ada")
        assert.strictEqual(yield* Queue.take(begun), "ada")
        yield* Effect.flip(sql.withTransaction(Effect.zipRight(enqueue(job, "eve"), Effect.fail("undone"))))
        yield* sql.withTransaction(enqueueAll(job, ["grace", "heidi"]))
        assert.deepStrictEqual([yield* Queue.take(begun), yield* Queue.take(begun)].sort(), ["grace", "heidi"])
        yield* enqueue(job, "ivan", { at: "2100-01-01T00:00:00Z", key: "later" })
        yield* request("trigger", job, { key: "later" })
        assert.strictEqual(yield* Queue.take(begun), "ivan")
      })
    )

    promise(
      "begins what its own transaction enqueues once that is committed, and never what is undone",
      Effect.gen(function* () {
        const store = yield* database
        const { begun, job } = yield* mailer
        const worker = yield* working(store, job)
        const sql = Context.get(worker, SqlClient.SqlClient)
        const { enqueue } = Context.get(worker, Tick.Tick)
        const undone = Effect.zipRight(enqueue(job, "eve"), Effect.fail("undone"))
        yield* Effect.flip(sql.withTransaction(undone))
        yield* sql.withTransaction(Effect.zipRight(enqueue(job, "ada"), sql`SELECT 1`))
        assert.strictEqual(yield* Queue.take(begun), "ada")
        yield* sql.withTransaction(enqueue(job, "grace"))
        assert.strictEqual(yield* Queue.take(begun), "grace")
      })
    )

    promise(
      "and others that ask for one key at once: one answer is new, in transactions, too, and it runs once",
      Effect.gen(function* () {
        const store = yield* database
        const { begun, job } = yield* mailer
        yield* working(store, job)
        const all = yield* Effect.all([opened(store), opened(store), opened(store)])
        for (const isJoined of [false, true]) {
          const key = isJoined ? "joined" : "alone"
          const ask = (context: Context.Context<JobStore.JobStore | SqlClient.SqlClient>) => {
            const submitted = Context.get(context, JobStore.JobStore).submit([request(key)])
            return isJoined ? Context.get(context, SqlClient.SqlClient).withTransaction(submitted) : submitted
          }
          const answers = yield* Effect.forEach(all, ask, { concurrency: "unbounded" })
          const outcomes = answers.flatMap(({ answers }) => answers.map(({ outcome }) => outcome))
          assert.deepStrictEqual(outcomes.sort(), ["duplicate", "duplicate", "new"])
          assert.strictEqual(yield* Queue.take(begun), key)
        }
        assert.strictEqual(yield* Queue.size(begun), 0)
      })
    )
  })
}

Postgres.describeOnPostgres("a connection that listens on PostgreSQL", () => {
  it.scopedLive("is opened again when the server ends it, and what was written meanwhile is read", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      // the server is shared with other tests
      const applicationName = `hearing ${new URL(url).searchParams.get("options")}`.slice(0, 60)
      const store = PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3, applicationName })
      const { begun, job } = yield* mailer
      const worker = yield* working(Layer.fresh(store), job)
      const other = Context.get(yield* opened(Layer.fresh(store)), JobStore.JobStore)
      const sql = Context.get(worker, SqlClient.SqlClient)
      for (const key of ["ada", "grace"]) {
        yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE query LIKE 'LISTEN tickwork%' AND application_name = ${applicationName}`
        yield* other.submit([request(key)])
        assert.strictEqual(yield* Queue.take(begun), key)
      }
    }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
  )
})

describe("a store in memory on SQLite", () => {
  it.scopedLive("begins what its own transaction enqueues once that is committed", () =>
    Effect.gen(function* () {
      const { begun, job } = yield* mailer
      const store = SqlJobStore.layerSqlite({ filename: ":memory:" })
      const worker = yield* working(store, job)
      const { enqueue } = Context.get(worker, Tick.Tick)
      yield* Context.get(worker, SqlClient.SqlClient).withTransaction(enqueue(job, "ada"))
      assert.strictEqual(yield* Queue.take(begun), "ada")
    })
  )
})
