/**
 * Plays a registry on a real database, and once more with its process killed at a write: each is held against the same
 * play in memory.
 */
import { assert, describe } from "@effect/vitest"
import { Simulation, type Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { type Job, JobLog, type JobState, JobStore, type Jobs, type LogEntry } from "tickwork"

const onFile = Effect.map(TemporaryFile.make, (filename) => SqlJobStore.layerSqlite({ filename }))
const real = Clock.make()

const inRealTime = (verb: unknown): unknown => {
  if (Effect.isEffect(verb)) return Effect.withClock(verb, real)
  return typeof verb === "function" ? (...args: ReadonlyArray<unknown>) => inRealTime(verb(...args)) : verb
}

/** A server answers in real time: no statement is given up for simulated time, which must not pass meanwhile. */
const onServer = Effect.gen(function* () {
  const url = Redacted.make(yield* Postgres.schema)
  const services = yield* Layer.build(Layer.orDie(PgJobStore.layerPg({ url })))
  const store = Context.get(services, JobStore.JobStore)
  const patient = new Proxy(store, { get: (target, name) => inRealTime(Reflect.get(target, name)) })
  return Layer.succeedContext(Context.add(services, JobStore.JobStore, patient))
})

/** Each database with its `describe`, and a new one for a test. */
export const databases = [
  ["SQLite on a file", describe, onFile],
  ["PostgreSQL", Postgres.describeOnPostgres, onServer]
] as const

type Database = (typeof databases)[number][2]
type Options = Simulation.Options<never, never, never>
type Played = Pick<Timeline.Timeline, "alarms" | "controls" | "runs" | "skips">

/** In the order of their starts; what was found together was read in any order. */
const whatHappened = ({ alarms, controls, runs, skips }: Timeline.Timeline): Played => {
  const idOf = ({ jobName, key, seq, startedAt }: Timeline.Entry) => JSON.stringify([startedAt, jobName, key, seq])
  const sorted = (entries: ReadonlyArray<Timeline.Entry>) =>
    [...entries].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1))
  return { alarms, controls: sorted(controls), runs: sorted(runs), skips: sorted(skips) }
}

/** Killed just before and just after the first write from each of these instants on, and not at all. */
const deaths = (instants: ReadonlyArray<number>): ReadonlyArray<NonNullable<Options["crashes"]>> => [
  [],
  ...instants.flatMap((at) => (["before", "after"] as const).map((write) => [{ at, write }]))
]

/**
 * Plays it in memory and on the database, unharmed and killed at each of the instants, and hands each timeline to `holds`.
 */
export const play = (
  jobs: Jobs.Jobs<never, Job.Any>,
  database: Database,
  options: Options & { readonly kills: ReadonlyArray<number> },
  holds: (
    timeline: Timeline.Timeline,
    states: ReadonlyArray<JobState.JobState>,
    log: ReadonlyArray<LogEntry.LogEntry>
  ) => void
) =>
  Effect.gen(function* () {
    const { kills, ...rest } = options
    for (const crashes of deaths(kills)) {
      const inMemory = yield* Simulation.run(jobs, { ...rest, crashes })
      const store = yield* database
      const onDatabase = yield* Simulation.run(jobs, { ...rest, crashes, store })
      const stored = Effect.gen(function* () {
        const states = yield* (yield* JobStore.JobStore).load(jobs.all.map(({ name }) => name))
        return { states, log: yield* (yield* JobLog.JobLog).entries({ limit: 100_000 }) }
      })
      const { log, states } = yield* Effect.provide(stored, store)
      holds(onDatabase, states, log)
      assert.deepStrictEqual(whatHappened(onDatabase), whatHappened(inMemory))
    }
  })
