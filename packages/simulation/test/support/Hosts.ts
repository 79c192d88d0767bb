/**
 * Processes on hosts whose clocks differ, on one store in memory whose database has a clock of its own: the true one.
 */
import * as Bench from "@tickwork/test-support/Bench"
import { type Clock, Context, Effect, Exit, Fiber, Layer, Logger, Random, Scope, Stream } from "effect"
import { JobLog, JobStore, type Jobs, Tick, type TickEvent } from "tickwork"
import { VirtualTime } from "tickwork/testing/VirtualTime"

const { minute } = Bench

/** The clock of a host: time passes on it as on the true one. */
const ahead = (clock: Clock.Clock, byMs: number): Clock.Clock => {
  const now = () => clock.unsafeCurrentTimeMillis() + byMs
  const shifted = { ...clock, sleep: clock.sleep, unsafeCurrentTimeMillis: now, currentTimeMillis: Effect.sync(now) }
  // Effect recognises a clock by its prototype
  return Object.assign(Object.create(Object.getPrototypeOf(clock)), shifted)
}

/** All that is asked of a process ends within this time. */
const longestMs = 10 * minute

export interface Host {
  readonly tick: Tick.Service
  readonly events: ReadonlyArray<TickEvent.TickEvent>
  /** Runs an effect on its clock. */
  readonly on: <A, E>(effect: Effect.Effect<A, E>) => A
  /** Ends it: stopped it says so, killed it writes nothing more. */
  readonly end: (how: "stop" | "kill") => void
}

export class Hosts {
  readonly time = new VirtualTime(Bench.start)
  /** What all of them have warned of. */
  readonly said: Array<string> = []
  /** By how much the clock of the database is ahead of the true one. */
  databaseAheadMs = 0
  readonly store: Bench.Store
  readonly #seed: number
  readonly #logger = Logger.make(({ logLevel, message }) => {
    if (logLevel._tag === "Warning") this.said.push(String(message))
  })
  #opened = 0

  constructor(seed: number) {
    this.#seed = seed
    const rows = this.run(Bench.makeStore)
    const now = () => this.time.now + this.databaseAheadMs
    const stamped = (self: Bench.Store): Bench.Store => ({
      ...self,
      beat: (process) => Effect.suspend(() => self.beat({ ...process, at: now() })),
      processes: Effect.map(self.processes, (all) => ({ ...all, at: now() })),
      as: (id, gone) => stamped(self.as(id, gone))
    })
    this.store = stamped(rows)
  }

  /** Runs an effect to its end, and lets time pass while it waits for that. */
  run<A, E>(effect: Effect.Effect<A, E>, byMs = 0): A {
    const { time } = this
    const quiet = effect.pipe(
      Effect.withClock(ahead(time.clock, byMs)),
      Effect.withRandom(Random.make(`${this.#seed}/${this.#opened}`)),
      Effect.provide(Logger.replace(Logger.defaultLogger, this.#logger))
    )
    const fiber = Effect.runFork(quiet, { scheduler: time.scheduler })
    time.runReady()
    const until = time.passed + longestMs
    while (fiber.unsafePoll() === null && time.nextAt <= until) this.#pass(time.nextAt)
    const exit = fiber.unsafePoll() ?? Exit.die("it does not end")
    return Exit.getOrElse(exit, (cause) => {
      throw new Error(`${cause}`)
    })
  }

  /** Lets this much time pass, in ms. */
  advance(ms: number): void {
    const until = this.time.passed + ms
    while (this.time.nextAt <= until) this.#pass(this.time.nextAt)
    this.time.passBefore(until)
  }

  /** Opens a registry on a host whose clock is ahead by these minutes, and starts its daemon. */
  open(jobs: Jobs.Jobs<never>, minutesAhead: number): Host {
    this.#opened += 1
    // no two clocks show the same
    const byMs = minutesAhead * minute + this.#opened
    const store = this.store.as(`process ${this.#opened}`)
    const services = Context.make(JobStore.JobStore, store as JobStore.Service).pipe(Context.add(JobLog.JobLog, store))
    const scope = Effect.runSync(Scope.make())
    const events: Array<TickEvent.TickEvent> = []
    const opening = Effect.gen(function* () {
      const built = yield* Layer.buildWithScope(Tick.layer(jobs), scope)
      const tick = Context.get(built, Tick.Tick)
      const keep = Stream.runForEach(tick.events, (event) => Effect.sync(() => events.push(event)))
      yield* Effect.forkIn(keep, scope)
      yield* Effect.yieldNow()
      return { tick, fiber: yield* Effect.forkDaemon(tick.run) }
    })
    const { fiber, tick } = this.run(Effect.provide(opening, services), byMs)
    const on = <A, E>(effect: Effect.Effect<A, E>) => this.run(effect, byMs)
    const end = (how: "stop" | "kill") => {
      if (how === "kill") store.fail(Number.POSITIVE_INFINITY)
      on(Effect.zipRight(Fiber.interrupt(fiber), Scope.close(scope, Exit.void)))
    }
    return { tick, events, on, end }
  }

  #pass(to: number): void {
    this.time.passTo(to)
    this.time.runReady()
  }
}
