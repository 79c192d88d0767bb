/**
 * Time that passes only when everything that is ready has run: a clock, and the scheduler of the fibers that live by it.
 *
 * Nothing here waits and nothing reads the machine's clock: fibers are run from a queue of its own, in one order, until
 * none is ready; then time moves to the next sleeper. What waits for the outside world is unknown to it.
 *
 * @internal
 */
import { type Clock, Duration, Effect, type Fiber, FiberRef, GlobalValue, Scheduler } from "effect"
import * as SwappedClock from "./internal/SwappedClock.ts"

/** Nothing that ever waits takes so many rounds at one instant. */
const mostRounds = 1_000_000

const noEnd =
  "a million steps at one simulated instant, and no end: whoever repeats something, such as Tick.once, has to sleep in between"

/** Never goes on. Effect's own would keep this process alive. */
export const forever: Effect.Effect<never> = Effect.async(() => {})

interface Sleeper {
  /** How much time will have passed by then. */
  readonly at: number
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly owner: Waiting | null
  readonly wake: () => void
}

/** Something of which it is to be known whether it waits for time. */
export interface Waiting {
  /** How many of its fibers sleep. */
  sleepers: number
}

/** On whose behalf a fiber sleeps. */
export const sleepsFor: FiberRef.FiberRef<Waiting | null> = GlobalValue.globalValue(
  "tickwork/simulation/sleepsFor",
  () => FiberRef.unsafeMake<Waiting | null>(null)
)

export class VirtualTime {
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler
  readonly #start: number
  #tasks = new Scheduler.PriorityBuckets()
  /** The next to wake is the last; of equal ones, whoever lay down first. */
  readonly #sleepers: Array<Sleeper> = []
  #passed = 0
  #shift = 0

  constructor(start: number) {
    this.#start = start
    this.clock = SwappedClock.make({
      now: () => this.now,
      passed: () => this.#start + this.#passed,
      sleep: (duration) => this.#sleep(Duration.toMillis(duration))
    })
    this.scheduler = Scheduler.make((task, priority) => this.#tasks.scheduleTask(task, priority))
  }

  /** What the clock shows, in ms since the epoch. */
  get now(): number {
    return Math.floor(this.#start + this.#passed + this.#shift)
  }

  /** How much time has passed, whatever the clock shows. */
  get passed(): number {
    return this.#passed
  }

  /** When the next sleeper wakes, in ms from the start; infinity where nobody sleeps. */
  get nextAt(): number {
    for (let next = this.#sleepers.at(-1); next !== undefined; next = this.#sleepers.at(-1)) {
      if (next.fiber.unsafePoll() === null) return next.at
      // whoever was interrupted does not wake: cheaper than to look for it when that happens
      this.#getUp()
    }
    return Number.POSITIVE_INFINITY
  }

  /** Runs what is ready, and what that makes ready. Throws where that never ends. */
  runReady(): void {
    for (let rounds = 0; this.#tasks.buckets.length > 0; rounds++) {
      if (rounds > mostRounds) throw new Error(noEnd)
      const ready = this.#tasks
      const { buckets } = ready
      ready.buckets = []
      for (const [, tasks] of buckets) {
        for (const task of tasks) {
          // who is gone runs no further
          if (this.#tasks !== ready) break
          task()
        }
      }
    }
  }

  get isReady(): boolean {
    return this.#tasks.buckets.length > 0
  }

  /** Time passes up to an instant, and whoever sleeps until then wakes. */
  passTo(at: number): void {
    this.#passed = Math.max(this.#passed, at)
    while (this.nextAt <= this.#passed) this.#getUp().wake()
  }

  /** Time passes up to an instant, and whoever sleeps until then sleeps on for this moment. */
  passBefore(at: number): void {
    this.#passed = Math.max(this.#passed, at)
  }

  /** The clock is set on, or back, while no time passes. */
  jump(byMs: number): void {
    this.#shift += byMs
  }

  /** Whatever is ready or sleeps is gone for good, as when a process is killed. */
  forget(): void {
    this.#tasks = new Scheduler.PriorityBuckets()
    this.#sleepers.length = 0
  }

  #sleep(ms: number): Effect.Effect<void> {
    if (ms <= 0) return Effect.void
    return Effect.withFiberRuntime<void>((fiber) => {
      const owner = fiber.getFiberRef(sleepsFor)
      return Effect.async((resume) => {
        const sleeper = { at: this.#passed + ms, fiber, owner, wake: () => resume(Effect.void) }
        this.#lieDown(sleeper)
        // only who is watched need be seen getting up early: a finalizer costs as much as the sleep itself
        return owner === null ? undefined : Effect.sync(() => this.#giveUp(sleeper))
      })
    })
  }

  #lieDown(sleeper: Sleeper): void {
    let index = this.#sleepers.length
    while (index > 0 && (this.#sleepers[index - 1] as Sleeper).at <= sleeper.at) index -= 1
    if (index === this.#sleepers.length) this.#sleepers.push(sleeper)
    else this.#sleepers.splice(index, 0, sleeper)
    if (sleeper.owner !== null) sleeper.owner.sleepers += 1
  }

  #giveUp(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper)
    if (index < 0) return
    this.#sleepers.splice(index, 1)
    if (sleeper.owner !== null) sleeper.owner.sleepers -= 1
  }

  #getUp(): Sleeper {
    const sleeper = this.#sleepers.pop() as Sleeper
    if (sleeper.owner !== null) sleeper.owner.sleepers -= 1
    return sleeper
  }
}
