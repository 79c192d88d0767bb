/**
 * Lets one caller at a time take a turn, in the order of their arrival, at a tenth of the cost of a semaphore.
 *
 * It knows nothing of what is done in a turn.
 *
 * @internal
 */
import { Clock, Deferred, Effect, FiberId } from "effect"

export class Mutex {
  #isTaken = false
  readonly #waiting: Array<Deferred.Deferred<void>> = []

  /** True where another caller waits for the current turn to end. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  /** Waits for the turn, interruptibly, then takes it uninterruptibly. */
  take<A, E>(turn: Effect.Effect<A, E>): Effect.Effect<A, E> {
    const own = Effect.flatMap(Effect.exit(turn), (exit) => {
      this.#pass()
      return exit
    })
    return Effect.uninterruptibleMask((restore) => {
      if (this.#isTaken) return Effect.zipRight(this.#wait(restore), own)
      this.#isTaken = true
      return own
    })
  }

  /** Waits until the current turn has ended, at most this long in real time: what a turn waits for knows no other. */
  whenFree(withinMs: number): Effect.Effect<void> {
    const free = Effect.interruptible(this.take(Effect.void))
    const soon = Effect.asVoid(Effect.timeoutOption(free, withinMs)).pipe(Effect.withClock(Clock.make()))
    return Effect.suspend(() => (this.#isTaken ? soon : Effect.void))
  }

  #wait(restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>): Effect.Effect<void> {
    const begin = Deferred.unsafeMake<void>(FiberId.none)
    this.#waiting.push(begin)
    return Effect.catchAllCause(restore(Deferred.await(begin)), (cause) => {
      const index = this.#waiting.indexOf(begin)
      // the interruption may coincide with its turn, which then passes to the next
      if (index < 0) this.#pass()
      else this.#waiting.splice(index, 1)
      return Effect.failCause(cause)
    })
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isTaken = false
    else Deferred.unsafeDone(next, Effect.void)
  }
}
