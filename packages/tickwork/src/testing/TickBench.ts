/**
 * A whole tick on a bench: the tick that applications use, its store, its events and a clock that is moved by hand. The
 * bench starts nothing itself: a test runs `tick.once`, or the daemon.
 *
 * @since 0.1.0
 */
import { Context, Effect, Fiber, Layer, type Scope, Stream } from "effect"
import type { InvalidJobs } from "../InvalidJobs.ts"
import { JobLog, type Service as Log } from "../JobLog.ts"
import { JobStore, layerMemory, type Service as Store, type StoreError } from "../JobStore.ts"
import type { Jobs } from "../Jobs.ts"
import type { LogEntry } from "../LogEntry.ts"
import * as Tick from "../Tick.ts"
import type { TickEvent } from "../TickEvent.ts"
import { ManualClock, type Service as Time } from "./ManualClock.ts"

/**
 * A tick with all that a test asserts on.
 *
 * @since 0.1.0
 * @category models
 */
export interface TickBench {
  readonly tick: Tick.Service
  readonly time: Time
  readonly store: Store & Log
  /** The events so far, the oldest first. */
  readonly events: ReadonlyArray<TickEvent>
  /** The whole log, the oldest entry first. */
  readonly log: Effect.Effect<ReadonlyArray<LogEntry>, StoreError>
}

/**
 * The options of the tick, and its store: one in memory of its own unless set. Two benches on one store are a process
 * before and after a restart, or two processes side by side.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out R = never> extends Tick.Options<R> {
  readonly store?: Store & Log
}

const everything = 2 ** 31 - 1

const inMemory: Effect.Effect<Store & Log> = Effect.map(Effect.all([JobStore, JobLog]), ([store, log]) => ({
  ...store,
  ...log
})).pipe(Effect.provide(layerMemory))

const idOf = ({ jobName, key, seq }: Pick<LogEntry, "jobName" | "key" | "seq">): string =>
  JSON.stringify([jobName, key, seq])

/**
 * The whole log of a store in the order in which it was written, whatever the clock showed meanwhile.
 *
 * @since 0.1.0
 * @category questions
 */
export const logOf = (log: Pick<Log, "entries" | "since">): Effect.Effect<ReadonlyArray<LogEntry>, StoreError> =>
  Effect.gen(function* () {
    const runs = new Map((yield* log.entries({ limit: everything })).map((run) => [idOf(run), run]))
    const { entries } = yield* log.since(0, everything)
    return entries.flatMap((entry) => runs.get(idOf(entry)) ?? [])
  })

/**
 * Opens a registry on the clock of {@link TestTime.layer}, for as long as the scope lives.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs } from "tickwork"
 * import { TestTime, TickBench } from "tickwork/testing"
 *
 * const program = Effect.gen(function* () {
 *   const ping = Job.make("ping", Effect.void).pipe(Job.every("5 minutes"))
 *   const bench = yield* TickBench.make(Jobs.make(ping))
 *   yield* TickBench.daemon(bench)
 *   yield* bench.time.advance("1 hour")
 *   console.assert((yield* bench.log).length === 13)
 * })
 * Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(TestTime.layer())))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R, R2 = never>(
  jobs: Jobs<R>,
  options: Options<R2> = {}
): Effect.Effect<TickBench, InvalidJobs | StoreError, R | R2 | ManualClock | Scope.Scope> =>
  Effect.gen(function* () {
    const { store = yield* inMemory, ...settings } = options
    const time = yield* ManualClock
    const services = Context.make(JobStore, store as Store).pipe(Context.add(JobLog, store))
    const built = yield* Effect.provide(Layer.build(Tick.layer(jobs, settings)), services)
    const tick = Context.get(built, Tick.Tick)
    const events: Array<TickEvent> = []
    yield* Effect.forkScoped(Stream.runForEach(tick.events, (event) => Effect.sync(() => events.push(event))))
    // the subscription stands before the first event
    yield* time.settle
    return { tick, time, store, events, log: logOf(store) }
  })

/**
 * Starts `Tick.run` beside the test. When the scope ends it is stopped, and the clock is moved on until bodies have ended;
 * `time.until(Fiber.interrupt(fiber))` does so earlier.
 *
 * @since 0.1.0
 * @category running
 */
export const daemon = ({ tick, time }: TickBench): Effect.Effect<Fiber.RuntimeFiber<never>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDaemon(tick.run)
    yield* Effect.addFinalizer(() => time.until(Fiber.interrupt(fiber)))
    yield* time.settle
    return fiber
  })
