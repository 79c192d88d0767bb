/**
 * Virtual time: a clock whose time passes only where the caller lets it pass, and a scheduler for the fibers that live by
 * it. It reads no other clock and waits for nothing outside.
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect, FiberRef, GlobalValue, Scheduler } from "effect"
import { MinHeap } from "../internal/engine/MinHeap.ts"

/** No work that ever waits takes this many rounds at one instant. */
const mostRounds = 1_000_000

const endless =
  "a million steps at one simulated instant, and no end: what repeats Tick.once, say, has to sleep in between"

/**
 * Never goes on, and keeps no process alive, as Effect's own `never` does.
 *
 * @since 0.1.0
 * @category effects
 */
export const forever: Effect.Effect<never> = Effect.async(() => {})

/**
 * An effect, possibly of several fibers, of which the caller wants to know whether it waits for time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Waiting {
  /** How many of its fibers sleep. */
  sleepers: number
}

/**
 * On behalf of which effect a fiber sleeps; `null` unless set.
 *
 * @since 0.1.0
 * @category references
 */
export const sleepsFor: FiberRef.FiberRef<Waiting | null> = GlobalValue.globalValue("tickwork/testing/sleepsFor", () =>
  FiberRef.unsafeMake<Waiting | null>(null)
)

interface Sleeper {
  readonly owner: Waiting | null
  readonly wake: () => void
  /** False once it is woken, or its fiber is interrupted. */
  isAsleep: boolean
}

/**
 * Virtual time, from an instant in ms since the epoch. Instants of sleepers are ms from the start: setting the clock moves
 * none of them.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { VirtualTime } from "tickwork/testing/VirtualTime"
 *
 * const time = new VirtualTime(0)
 * const nap = Effect.withClock(Effect.sleep("1 hour"), time.clock)
 * const fiber = Effect.runFork(nap, { scheduler: time.scheduler })
 * time.runReady()
 * console.assert(time.nextAt === 3_600_000)
 * time.passTo(time.nextAt)
 * time.runReady()
 * console.assert(fiber.unsafePoll() !== null && time.now === 3_600_000)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class VirtualTime {
  /** For `Effect.withClock`. */
  readonly clock: Clock.Clock
  /** Runs fibers from a queue of its own, in one order, when {@link runReady} says so. */
  readonly scheduler: Scheduler.Scheduler
  /** How many sleepers have been woken so far. */
  wakeUps = 0
  readonly #start: number
  #tasks = new Scheduler.PriorityBuckets()
  /** The sleepers of each instant, in the order in which they fell asleep. */
  #instants = new MinHeap<ReadonlyArray<Sleeper>>()
  readonly #sleepers = new Map<number, Array<Sleeper>>()
  #passed = 0
  #shift = 0

  constructor(start: number) {
    this.#start = start
    const now = () => this.now
    const nanos = () => BigInt(Math.floor(start + this.#passed)) * 1_000_000n
    const live = Clock.make()
    // Effect recognises a clock by its prototype
    this.clock = Object.assign(Object.create(Object.getPrototypeOf(live)), live, {
      sleep: (duration: Duration.Duration) => this.#sleep(Duration.toMillis(duration)),
      unsafeCurrentTimeMillis: now,
      unsafeCurrentTimeNanos: nanos,
      currentTimeMillis: Effect.sync(now),
      currentTimeNanos: Effect.sync(nanos)
    })
    this.scheduler = Scheduler.make((task, priority) => this.#tasks.scheduleTask(task, priority))
  }

  /** What the clock shows, in ms since the epoch. */
  get now(): number {
    return Math.floor(this.#start + this.#passed + this.#shift)
  }

  /** How much time has passed, in ms, whatever the clock shows. */
  get passed(): number {
    return this.#passed
  }

  /** When the next sleeper wakes, in ms from the start; infinity where none sleeps. */
  get nextAt(): number {
    for (let next = this.#instants.first; next !== undefined; next = this.#instants.first) {
      if (next.item.some(({ isAsleep }) => isAsleep)) return next.at
      this.#wakeAt(next.at)
    }
    return Number.POSITIVE_INFINITY
  }

  /** Runs the fibers that are ready, and those that become ready by it. Throws where that never ends. */
  runReady(): void {
    for (let rounds = 0; this.isReady; rounds++) {
      if (rounds > mostRounds) throw new Error(endless)
      const ready = this.#tasks
      const { buckets } = ready
      ready.buckets = []
      for (const [, tasks] of buckets) {
        for (const task of tasks) {
          // forgotten fibers run no further
          if (this.#tasks !== ready) break
          task()
        }
      }
    }
  }

  get isReady(): boolean {
    return this.#tasks.buckets.length > 0
  }

  /** Lets time pass up to an instant, in ms from the start, and wakes the sleepers of that time. */
  passTo(at: number): void {
    this.passBefore(at)
    for (let next = this.nextAt; next <= this.#passed; next = this.nextAt) this.#wakeAt(next)
  }

  /** Lets time pass up to an instant, in ms from the start, and wakes no sleeper. */
  passBefore(at: number): void {
    this.#passed = Math.max(this.#passed, at)
  }

  /** Sets the clock on, or back, while no time passes. */
  jump(byMs: number): void {
    this.#shift += byMs
  }

  /** Drops every fiber that is ready or sleeps, as when a process is killed. */
  forget(): void {
    this.#tasks = new Scheduler.PriorityBuckets()
    this.#instants = new MinHeap()
    this.#sleepers.clear()
  }

  #sleep(ms: number): Effect.Effect<void> {
    if (ms <= 0) return Effect.void
    return Effect.withFiberRuntime<void>((fiber) => {
      const owner = fiber.getFiberRef(sleepsFor)
      return Effect.async((resume) => {
        const sleeper = { owner, wake: () => resume(Effect.void), isAsleep: true }
        this.#add(this.#passed + ms, sleeper)
        return Effect.sync(() => rise(sleeper))
      })
    })
  }

  #add(at: number, sleeper: Sleeper): void {
    if (sleeper.owner !== null) sleeper.owner.sleepers += 1
    const others = this.#sleepers.get(at)
    if (others !== undefined) others.push(sleeper)
    else {
      const group = [sleeper]
      this.#sleepers.set(at, group)
      this.#instants.add(at, group)
    }
  }

  #wakeAt(at: number): void {
    const group = this.#instants.takeDue(at)?.item ?? []
    this.#sleepers.delete(at)
    for (const sleeper of group) {
      if (!rise(sleeper)) continue
      this.wakeUps += 1
      sleeper.wake()
    }
  }
}

/** Answers whether it slept until now. */
const rise = (sleeper: Sleeper): boolean => {
  if (!sleeper.isAsleep) return false
  sleeper.isAsleep = false
  if (sleeper.owner !== null) sleeper.owner.sleepers -= 1
  return true
}
