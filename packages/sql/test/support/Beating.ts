/**
 * A running tick on PostgreSQL with a job that beats and one that writes a bill for each instant, and what has to hold
 * once it has stopped.
 */
import { SqlClient } from "@effect/sql"
import { assert } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import { Context, type Duration, Effect, Fiber, Layer, Redacted } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as Laws from "./Laws.ts"
import * as Told from "./Told.ts"

const beat = Job.make("beat", Effect.void).pipe(Job.every("700 millis"), Job.parallel, Job.missed("all"))

const bill = Job.make("bill", ({ scheduledAt }) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO bills (n) VALUES (${scheduledAt})`)
).pipe(Job.every("1 second"), Job.transactional, Job.timeout("1 minute"), Job.missed("all"))

export interface Options {
  /** Where the database is seen from the test, whatever becomes of the way to it. */
  readonly direct: string
  readonly statementTimeout?: Duration.DurationInput
}

/** Runs until the scope ends, or until it is stopped. */
export const start = (url: string, { direct, statementTimeout = "5 seconds" }: Options) =>
  Effect.gen(function* () {
    const own = yield* Layer.build(Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(direct), maxConnections: 2 })))
    const sql = Context.get(own, SqlClient.SqlClient)
    yield* sql`CREATE TABLE bills (n BIGINT NOT NULL)`
    const StoreLive = PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3, statementTimeout })
    const built = yield* Layer.build(
      Layer.fresh(Layer.provideMerge(Tick.layer(Jobs.make(beat, bill), { lease: "3 minutes" }), StoreLive))
    )
    const { history } = Context.get(own, JobLog.JobLog)
    const tick = Context.get(built, Tick.Tick)
    const count = (jobName: string) =>
      Effect.map(history({ jobName, status: "success", limit: 10_000 }), ({ length }) => length)
    const daemon = yield* Effect.forkDaemon(tick.run)
    yield* Effect.addFinalizer(() => Fiber.interrupt(daemon))
    /** Waits until both jobs have run some times more. */
    const goesOn = Effect.gen(function* () {
      const before = yield* Effect.all([count("beat"), count("bill")])
      yield* Eventually.isTrue(
        "the jobs go on",
        Effect.map(Effect.all([count("beat"), count("bill")]), (now) =>
          now.every((runs, index) => runs >= (before[index] ?? 0) + 2)
        )
      )
    })
    /** Stops, and holds the log against what was written: nothing is lost, nothing doubled. */
    const stop = Effect.gen(function* () {
      yield* Fiber.interrupt(daemon)
      const instances = yield* Effect.provide(Told.instances, own)
      for (const instance of instances) Told.isConsistent(instance)
      const succeeded = (jobName: string) =>
        instances
          .flatMap(({ lines }) => lines)
          .flatMap((line) => (line.jobName === jobName && line.status === "success" ? [line.scheduledAt] : []))
          .toSorted((one, other) => one - other)
      for (const job of [beat, bill]) {
        const { cadence, missed } = Job.inspect(job)
        const instance = instances.find(({ state }) => state.jobName === job.name) ?? assert.fail("it is not stored")
        if (cadence?._tag === "Calendar") Laws.hasAVerdictForEach(cadence, missed.policy, instance)
        const instants = succeeded(job.name)
        assert.lengthOf(new Set(instants), instants.length, `no instant of ${job.name} succeeds twice`)
      }
      const bills = yield* sql<{ n: string }>`SELECT n FROM bills ORDER BY n`
      assert.deepStrictEqual(
        bills.map(({ n }) => Number(n)),
        succeeded("bill"),
        "what is written is what is recorded"
      )
    })
    yield* goesOn
    return { goesOn, stop, tick }
  })
