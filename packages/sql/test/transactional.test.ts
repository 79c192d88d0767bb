import { SqlClient, type SqlError } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import {
  Context,
  Deferred,
  Effect,
  Fiber,
  Layer,
  Logger,
  Redacted,
  Ref,
  Schedule,
  Schema,
  type Scope,
  Stream
} from "effect"
import { Job, JobLog, JobStore, Jobs, JobTransaction, LogEntry, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

const onFile = Layer.unwrapScoped(Effect.map(TemporaryFile.make, (filename) => SqlJobStore.layerSqlite({ filename })))

const onPostgres = Layer.unwrapScoped(
  Effect.map(Postgres.schema, (url) => PgJobStore.layerPg({ url: Redacted.make(url) }))
)

const write = (text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO entries (entry) VALUES (${text})`)

const entries = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql<{ entry: string }>`SELECT entry FROM entries ORDER BY entry`, (rows) => rows.map(({ entry }) => entry))
)

/** A body that writes, and then does something else. */
const writing = <E = never, R = never>(then: Effect.Effect<unknown, E, R> = Effect.void) =>
  Job.make("writing", Effect.zipRight(write("kept"), then)).pipe(Job.every("1 hour"), Job.transactional)

const open = <R>(jobs: Jobs.Jobs<R>, options: Tick.Options = {}) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS entries (entry TEXT NOT NULL)`
    return Context.get(yield* Layer.build(Tick.layer(jobs, options)), Tick.Tick)
  })

const logOf = (jobName: string) =>
  Effect.flatMap(JobLog.JobLog, (log) =>
    Effect.map(log.entries({ jobName }), (runs) =>
      [...runs].sort((one, other) => one.seq - other.seq).map(({ attempt, status }) => [status, attempt])
    )
  )

const endings = {
  fails: [Effect.fail("no luck"), "error"],
  dies: [Effect.die("broken"), "error"],
  "interrupts itself": [Effect.interrupt, "interrupted"],
  "sends a statement that fails": [
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO nowhere (entry) VALUES ('x')`),
    "error"
  ],
  "goes on after a nested transaction has failed, and fails": [
    Effect.flatMap(SqlClient.SqlClient, (sql) =>
      Effect.zipRight(Effect.exit(sql.withTransaction(Effect.zipRight(write("inner"), Effect.fail(1)))), Effect.fail(2))
    ),
    "error"
  ]
} as const satisfies Record<string, readonly [Effect.Effect<unknown, unknown, SqlClient.SqlClient>, string]>

for (const [name, describeHere, store] of [
  ["SQLite", describe, onFile],
  ["PostgreSQL", Postgres.describeOnPostgres, onPostgres]
] as const) {
  describeHere(`law 6, Once: a transactional job on ${name}`, () => {
    // a server answers in its own time
    const promise = (
      text: string,
      test: Effect.Effect<void, unknown, Layer.Layer.Success<typeof onFile | typeof onPostgres> | Scope.Scope>
    ) =>
      it.scopedLive(text, () =>
        Effect.provide(test, Layer.merge(Layer.fresh(store), Logger.remove(Logger.defaultLogger)))
      )

    promise(
      "has what it wrote kept together with the record of its run and its next instant",
      Effect.gen(function* () {
        const tick = yield* open(Jobs.make(writing()))
        const runs = yield* tick.once
        assert.deepStrictEqual(
          runs.map(({ status }) => status),
          ["success"]
        )
        assert.deepStrictEqual(yield* entries, ["kept"])
        const [state] = yield* (yield* JobStore.JobStore).load(["writing"])
        assert.deepNestedInclude(state, { lastStatus: "success", totalRuns: 1, "claim.owner": null })
        assert.isAbove(state?.position.nextAt ?? 0, runs[0]?.startedAt ?? 0)
        assert.deepStrictEqual(yield* tick.once, [], "and does not run again before that")
      })
    )

    for (const [does, [end, status]] of Object.entries(endings)) {
      promise(
        `that ${does} has nothing kept of what it wrote, and its failure recorded`,
        Effect.gen(function* () {
          const tick = yield* open(Jobs.make(writing(end as Effect.Effect<unknown, unknown, SqlClient.SqlClient>)))
          yield* tick.once
          assert.deepStrictEqual(yield* entries, [])
          assert.deepStrictEqual(yield* logOf("writing"), [[status, 1]])
          const [state] = yield* (yield* JobStore.JobStore).load(["writing"])
          assert.deepNestedInclude(state, { "position.attempt": 2, "claim.owner": null, totalErrors: 1 })
        })
      )
    }

    promise(
      "remembers what a success left, over a restart, and has its memory undone with its writes where it fails",
      Effect.gen(function* () {
        const memory = { schema: Schema.Number.pipe(Schema.lessThan(4)), initial: 0 }
        const seen: Array<number> = []
        let end: Effect.Effect<void, string> = Effect.void
        const writing = Job.make("writing", { memory }, (run) =>
          Effect.gen(function* () {
            const runs = yield* Ref.updateAndGet(run.memory, (runs) => runs + 1)
            seen.push(runs)
            yield* write(`run ${runs}`)
            yield* end
          })
        ).pipe(
          Job.at("2100-01-01T00:00:00Z"),
          Job.retry(Schedule.stop),
          Job.retryUnexpected(Schedule.stop),
          Job.transactional
        )
        const live = Effect.scoped(
          Effect.gen(function* () {
            const tick = yield* open(Jobs.make(writing))
            yield* tick.request("trigger", writing)
            return yield* tick.once
          })
        )
        yield* live
        end = Effect.fail("offline")
        yield* live
        end = Effect.void
        yield* live
        yield* live
        const refused = (yield* live).find(LogEntry.ran)
        assert.include(refused?.error, "MemoryDecodeError", "what cannot be kept is undone with all else")
        assert.deepStrictEqual(seen, [1, 2, 2, 3, 4])
        assert.deepStrictEqual(yield* entries, ["run 1", "run 2", "run 3"])
        const [state] = yield* (yield* JobStore.JobStore).load(["writing"])
        assert.deepStrictEqual(state?.memory, { value: 3 })
      })
    )

    promise(
      name === "SQLite"
        ? "that is cancelled while it runs holds the request up until its time is over, and is not tried again"
        : "that is cancelled while it runs has nothing kept of what it wrote, and is recorded as interrupted",
      Effect.gen(function* () {
        const hasWritten = yield* Deferred.make<void>()
        const sleeping = writing(Effect.zipRight(Deferred.succeed(hasWritten, undefined), Effect.sleep("1 minute")))
        const job = sleeping.pipe(Job.timeout("2 seconds"))
        const tick = yield* open(Jobs.make(job))
        const ticking = yield* Effect.fork(tick.once)
        yield* Deferred.await(hasWritten)
        yield* tick.request("cancel", job, { by: "alice" })
        yield* Fiber.join(ticking)
        assert.deepStrictEqual(yield* entries, [])
        const ended =
          name === "SQLite"
            ? [
                ["timeout", 1],
                ["control", 2]
              ]
            : [
                ["control", 1],
                ["interrupted", 1]
              ]
        assert.deepStrictEqual(yield* logOf("writing"), ended)
        const [state] = yield* (yield* JobStore.JobStore).load(["writing"])
        assert.deepNestedInclude(state, { "position.attempt": 1, "claim.owner": null })
      })
    )

    promise(
      "may use transactions of its own, one after the other: they are part of its",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const nested = Effect.gen(function* () {
          yield* sql.withTransaction(write("first"))
          yield* Effect.exit(sql.withTransaction(Effect.zipRight(write("undone"), Effect.fail("no"))))
          yield* sql.withTransaction(sql.withTransaction(write("second")))
        })
        const tick = yield* open(Jobs.make(writing(nested)))
        yield* tick.once
        assert.deepStrictEqual(yield* entries, ["first", "kept", "second"])
      })
    )

    promise(
      "does not have kept what a fiber writes that outlives it: its statements are refused, with the cure",
      Effect.gen(function* () {
        const ended = yield* Deferred.make<void>()
        const late = yield* Deferred.make<Fiber.RuntimeFiber<unknown, SqlError.SqlError>>()
        const straying = Effect.forkDaemon(Effect.zipRight(Deferred.await(ended), write("late")))
        const forking = Effect.flatMap(straying, (fiber) => Deferred.succeed(late, fiber))
        const tick = yield* open(Jobs.make(writing(forking)))
        yield* tick.once
        yield* Deferred.succeed(ended, undefined)
        const error = yield* Effect.flip(Fiber.join(yield* Deferred.await(late)))
        assert.include(error.message, 'The transaction of job "writing" has ended')
        assert.include(error.message, "Let the body wait for it")
        assert.deepStrictEqual(yield* entries, ["kept"])
        yield* write("free again")
        assert.deepStrictEqual(yield* entries, ["free again", "kept"])
      })
    )

    promise(
      "does not begin once its claim has passed on",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const passOn = Effect.as(sql`UPDATE job_state SET claim_token = claim_token + 1`, true)
        const tick = yield* open(Jobs.make(writing().pipe(Job.when("somebody was faster", passOn))))
        yield* tick.once
        assert.deepStrictEqual(yield* entries, [])
        assert.deepStrictEqual(yield* logOf("writing"), [])
      })
    )

    promise(
      "has what it asks of the tick done with its own writes, or not at all",
      Effect.gen(function* () {
        const asking = yield* Deferred.make<Tick.Service>()
        const other = Job.make("other", Effect.void).pipe(Job.every("1 hour"), Job.priority(10))
        let attempts = 0
        const pausing = Effect.flatMap(Deferred.await(asking), (tick) =>
          Effect.zipRight(
            tick.request("pause", other, { by: "writing" }),
            Effect.suspend(() => (++attempts === 1 ? Effect.fail("not yet") : Effect.void))
          )
        )
        const job = writing(pausing).pipe(Job.retry(Schedule.forever))
        const tick = yield* open(Jobs.make(job, other))
        yield* Deferred.succeed(asking, tick)
        yield* tick.once
        const pausedOf = Effect.map((yield* JobStore.JobStore).load(["other"]), ([state]) => state?.position.paused?.by)
        assert.isUndefined(yield* pausedOf, "the attempt that failed has asked for nothing")
        yield* tick.once
        yield* tick.once
        assert.strictEqual(yield* pausedOf, "writing")
      })
    )
  })
}

describe("law 6, Once: a transactional job", () => {
  it.scoped("has five seconds unless it says otherwise: then it is undone, and recorded as timeout", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const tick = yield* open(Jobs.make(writing(Effect.never)))
      const pass = yield* Effect.fork(tick.once)
      yield* time.advance(4999)
      assert.deepStrictEqual(yield* logOf("writing").pipe(Effect.timeoutOption(0)), yield* Effect.succeedNone)
      yield* time.advance(1)
      yield* Fiber.join(pass)
      assert.deepStrictEqual(yield* logOf("writing"), [["timeout", 1]])
      assert.deepStrictEqual(yield* entries, [])
    }).pipe(Effect.provide([onFile, ManualClock.layer(0), Logger.remove(Logger.defaultLogger)]))
  )

  it.scoped("whose commit ends after its time is up is a success for the log, an event and the caller", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const transaction = yield* JobTransaction.JobTransaction
      const around: typeof transaction.around = (...all) =>
        Effect.uninterruptible(
          Effect.zipLeft(Effect.interruptible(transaction.around(...all)), Effect.sleep("6 seconds"))
        )
      const slow = Layer.succeed(JobTransaction.JobTransaction, { ...transaction, around })
      const tick = yield* Effect.provide(open(Jobs.make(writing())), slow)
      const events = yield* Effect.fork(Stream.runCollect(Stream.take(tick.events, 2)))
      yield* Effect.yieldNow()
      const pass = yield* Effect.fork(tick.once)
      yield* time.advance(6000)
      const runs = yield* Fiber.join(pass)
      assert.deepStrictEqual(
        runs.map(({ status }) => status),
        ["success"]
      )
      assert.deepStrictEqual(
        [...(yield* Fiber.join(events))].map(({ _tag }) => _tag),
        ["RunStarted", "RunRecorded"]
      )
      assert.deepStrictEqual(yield* logOf("writing"), [["success", 1]])
    }).pipe(Effect.provide([onFile, ManualClock.layer(0), Logger.remove(Logger.defaultLogger)]))
  )

  it.scoped("sends statements of another client to its own database: clients share one transaction", () =>
    Effect.gen(function* () {
      const elsewhere = yield* Layer.build(Layer.fresh(SqliteClient.layer({ filename: ":memory:" })))
      const other = Context.get(elsewhere, SqlClient.SqlClient)
      yield* other`CREATE TABLE entries (entry TEXT NOT NULL)`
      const tick = yield* open(Jobs.make(writing(other`INSERT INTO entries (entry) VALUES ('by the other client')`)))
      yield* tick.once
      assert.deepStrictEqual(yield* entries, ["by the other client", "kept"])
      assert.deepStrictEqual(yield* other`SELECT * FROM entries`, [])

      const outside = SqlJobStore.outsideTransaction(other`INSERT INTO entries (entry) VALUES ('where it belongs')`)
      const right = yield* open(Jobs.make(Job.make("right", outside).pipe(Job.every("1 hour"), Job.transactional)))
      yield* right.once
      assert.strictEqual((yield* other`SELECT * FROM entries`).length, 1)
    }).pipe(Effect.provide([onFile, ManualClock.layer(0)]))
  )
})
