/**
 * A tick under test: a registry, a store in memory, a clock moved by hand, and its results.
 */
import { type Duration, Effect, Fiber, Option, Schedule } from "effect"
import { Job, JobLog, type JobState, JobStore, type Jobs, type LogEntry, type Run, type Tick } from "tickwork"
import { ManualClock, TestTime, TickBench } from "tickwork/testing"

/** A Monday at noon, in ms since the epoch. */
export const start = Date.parse("2026-03-02T12:00:00Z")
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute

/** The calls that are about jobs: once a minute a tick says that it lives, and looks who else does. */
export const aboutJobs = (calls: ReadonlyArray<string>): ReadonlyArray<string> =>
  calls.filter((verb) => verb !== "beat" && verb !== "processes")

/** A store in memory that records its calls, and fails on demand. */
export interface Store extends JobStore.Service, JobLog.Service {
  readonly calls: Array<string>
  /** How many of the next calls fail without writing. */
  readonly fail: (times: number) => void
  /** The same rows, as another process sees them. */
  readonly as: (id: string, gone?: ReadonlyArray<string>) => Store
  /** The whole log, oldest entry first. */
  readonly log: Effect.Effect<ReadonlyArray<LogEntry.LogEntry>>
  readonly logOf: (jobName: string) => Effect.Effect<ReadonlyArray<LogEntry.LogEntry>>
  readonly state: (jobName: string) => Effect.Effect<JobState.JobState>
}

const watch = (rows: JobStore.Service & JobLog.Service, owner: JobStore.Owner): Store => {
  const calls: Array<string> = []
  let failures = 0
  const call = <A>(verb: string, effect: Effect.Effect<A, JobStore.StoreError>) =>
    Effect.suspend(() => {
      calls.push(verb)
      if (failures === 0) return effect
      failures -= 1
      return new JobStore.StoreError({ operation: verb, reason: "the test made it fail" })
    })
  const log = Effect.orDie(TickBench.logOf(rows))
  return {
    ...rows,
    owner,
    load: (names, which, partitions) => call("load", rows.load(names, which, partitions)),
    get: (refs) => call("get", rows.get(refs)),
    names: call("names", rows.names),
    rename: (from, to, holders) => call("rename", rows.rename(from, to, holders)),
    define: (definitions) => call("define", rows.define(definitions)),
    beat: (process) => call("beat", rows.beat(process)),
    leave: (ids) => call("leave", rows.leave(ids)),
    processes: call("processes", rows.processes),
    add: (states, answers) => call("add", rows.add(states, answers)),
    admit: (admissions) => call("admit", rows.admit(admissions)),
    forget: (ref, answer) => call("forget", rows.forget(ref, answer)),
    commit: (batch) => call("commit", rows.commit(batch)),
    renew: (claims) => call("renew", rows.renew(claims)),
    progress: (progressed) => call("progress", rows.progress(progressed)),
    submit: (requests) => call("submit", rows.submit(requests)),
    pending: call("pending", rows.pending),
    requestsSince: (mark, among) => call("requestsSince", rows.requestsSince(mark, among)),
    announce: call("announce", rows.announce),
    entries: (query) => call("entries", rows.entries(query)),
    calls,
    fail: (times) => {
      failures = times
    },
    as: (id, gone = []) => watch(rows, { id, isGone: (other) => gone.includes(other) }),
    log,
    logOf: (jobName) => Effect.map(log, (runs) => runs.filter((run) => run.jobName === jobName)),
    state: (jobName) => Effect.orDie(Effect.flatMap(rows.load([jobName]), ([state]) => Effect.fromNullable(state)))
  }
}

export const makeStore: Effect.Effect<Store> = Effect.all([JobStore.JobStore, JobLog.JobLog]).pipe(
  Effect.map(([store, log]) => watch({ ...store, ...log }, store.owner)),
  Effect.provide(JobStore.layerMemory)
)

/** The same rows as read from a file: what JSON cannot hold is lost. */
export const throughJson = (store: Store): Effect.Effect<Store> =>
  Effect.gen(function* () {
    const rows: ReadonlyArray<JobState.JobState> = JSON.parse(JSON.stringify(yield* store.load(yield* store.names)))
    return yield* Effect.tap(makeStore, (reread) => reread.add(rows))
  }).pipe(Effect.orDie)

export interface Bench extends Omit<TickBench.TickBench, "log"> {
  readonly store: Store
}

/** Opens a registry on a new store, or on one that another tick has used. */
export const open = <R>(jobs: Jobs.Jobs<R>, options: Tick.Options & { readonly store?: Store } = {}) =>
  Effect.gen(function* () {
    const { store = yield* makeStore, ...settings } = options
    const bench = yield* TickBench.make(jobs, { ...settings, store })
    return { ...bench, store } satisfies Bench
  })

/** Interrupts a fiber and moves time on until it has ended; returns how long that took, in ms. */
export const stop = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const from = yield* time.now
    const stopping = yield* Effect.fork(Fiber.interrupt(fiber))
    yield* time.settle
    while (Option.isNone(yield* Fiber.poll(stopping))) yield* time.advance("100 millis")
    return (yield* time.now) - from
  })

/** Starts an effect beside the test and stops it at the test's end. */
export const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { settle } = yield* ManualClock.ManualClock
    const fiber = yield* Effect.forkDaemon(effect)
    yield* Effect.addFinalizer(() => stop(fiber))
    yield* settle
    return fiber
  })

export const daemon = ({ tick }: Bench) => fork(tick.run)

/** Opens a registry and starts its daemon. */
export const daemonOf = <R>(...args: Parameters<typeof open<R>>) => Effect.tap(open(...args), daemon)

/** Retries nothing, however an attempt ends. */
export const withoutRetry = <Name extends string, A, E, R, M, P>(
  job: Job.Job<Name, A, E, R, M, P>
): Job.Job<Name, A, E, R, M, P> => job.pipe(Job.retry(Schedule.stop), Job.retryUnexpected(Schedule.stop))

/** Bodies that record when they start and how many run at once. */
export const makeWork = () => {
  const begun: Array<Run.Run> = []
  let running = 0
  let most = 0
  const job = <const Name extends string, A = void, E = never, R = never>(
    name: Name,
    takes: Duration.DurationInput = 0,
    result?: Effect.Effect<A, E, R>
  ) => {
    const end: Effect.Effect<A | void, E, R> = result ?? Effect.void
    return Job.make(name, {}, (run) => {
      begun.push(run)
      running += 1
      most = Math.max(most, running)
      return Effect.zipRight(takes === 0 ? Effect.void : Effect.sleep(takes), end).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            running -= 1
          })
        )
      )
    })
  }
  return {
    job,
    begun,
    /** When the bodies of a job started, in ms from `start`. */
    starts: (jobName: string) => begun.filter((run) => run.jobName === jobName).map((run) => run.startedAt - start),
    names: () => begun.map((run) => run.jobName),
    mostAtOnce: () => most
  }
}

/** Runs a test from `start` on a clock moved by hand, with seeded randomness. */
export const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(TestTime.layer({ start, seed: "bench" })))
