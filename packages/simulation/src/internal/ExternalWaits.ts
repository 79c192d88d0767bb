/**
 * Waits of simulated fibers for the outside world: a promise, a socket, a thread. Simulated time stands still until they
 * are answered or patience is over; then a fiber counts as waiting for simulated time.
 *
 * @internal
 */
import { Effect, type Fiber, FiberId } from "effect"
import { sleepsFor, type VirtualTime, type Waiting } from "tickwork/testing/VirtualTime"

interface Visit extends Waiting {
  fiber: Fiber.RuntimeFiber<unknown, unknown> | null
  isGivenUp: boolean
}

/** One round of the event loop: all that is ready outside has run by then. */
const round = () => new Promise<void>((resolve) => setImmediate(resolve))

const aMillisecond = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

/** Enough rounds for work that passes through a few promises. */
const rounds = 2

export class ExternalWaits {
  readonly #time: VirtualTime
  readonly #patienceMs: number
  readonly #visits = new Set<Visit>()

  constructor(time: VirtualTime, patienceMs: number) {
    this.#time = time
    this.#patienceMs = patienceMs
  }

  /** Marks an effect that may wait for the outside world, and is interrupted when its process is left. */
  readonly visit = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiberRuntime<A, E, R>((fiber) => this.#visiting(effect, fiber))

  /** The same for an effect that is never interrupted: it ends with its process. */
  readonly call = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => this.#visiting(effect, null))

  #visiting<A, E, R>(effect: Effect.Effect<A, E, R>, fiber: Visit["fiber"]): Effect.Effect<A, E, R> {
    const visit: Visit = { sleepers: 0, fiber, isGivenUp: false }
    this.#visits.add(visit)
    return Effect.ensuring(
      Effect.locally(effect, sleepsFor, visit),
      Effect.sync(() => this.#visits.delete(visit))
    )
  }

  /** True where no fiber waits for the outside world. */
  get isEmpty(): boolean {
    return this.#visits.size === 0
  }

  /** Runs all that is ready, and waits for answers from outside. */
  async settle(): Promise<void> {
    this.#time.runReady()
    while (this.#visits.size > 0) {
      await this.#answered()
      if (!this.#time.isReady) return
      this.#time.runReady()
    }
  }

  /** Interrupts every wait, so that it releases what it holds outside. */
  async leave(): Promise<void> {
    for (const visit of [...this.#visits]) {
      if (visit.fiber === null) this.#visits.delete(visit)
      else visit.fiber.unsafeInterruptAsFork(FiberId.none)
    }
    await this.settle()
    this.#visits.clear()
  }

  async #answered(): Promise<void> {
    for (let waited = 0; waited < rounds; waited++) {
      await round()
      if (this.#time.isReady) return
    }
    const silent = [...this.#visits].filter(({ isGivenUp, sleepers }) => sleepers === 0 && !isGivenUp)
    for (let waited = 0; silent.length > 0 && waited < this.#patienceMs; waited++) {
      await aMillisecond()
      if (this.#time.isReady) return
    }
    for (const visit of silent) visit.isGivenUp = true
  }
}
