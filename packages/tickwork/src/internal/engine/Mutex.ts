/**
 * Lets one caller at a time take a turn, in the order of their arrival, at a tenth of the cost of a semaphore.
 *
 * It knows nothing of what is done in a turn.
 *
 * @internal
 */
import { Effect } from "effect"

interface Waiting {
  isNext: boolean
  begin: () => void
}

export class Mutex {
  #isTaken = false
  readonly #waiting: Array<Waiting> = []

  /** True where another caller waits for the current turn to end. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  /** Waits for the turn, interruptibly, then takes it uninterruptibly. */
  take<A, E>(turn: Effect.Effect<A, E>): Effect.Effect<A, E> {
    const own = Effect.matchCauseEffect(turn, {
      onFailure: (cause) => {
        this.#pass()
        return Effect.failCause(cause)
      },
      onSuccess: (answer) => {
        this.#pass()
        return Effect.succeed(answer)
      }
    })
    return Effect.uninterruptibleMask((restore) => {
      if (this.#isTaken) return Effect.zipRight(this.#wait(restore), own)
      this.#isTaken = true
      return own
    })
  }

  #wait(restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>): Effect.Effect<void> {
    const waiting: Waiting = { isNext: false, begin: () => {} }
    this.#waiting.push(waiting)
    const untilNext = Effect.async<void>((resume) => {
      waiting.begin = () => resume(Effect.void)
      if (waiting.isNext) waiting.begin()
    })
    return Effect.catchAllCause(restore(untilNext), (cause) => {
      // the interruption may coincide with its turn, which then passes to the next
      if (waiting.isNext) this.#pass()
      else this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      return Effect.failCause(cause)
    })
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#isTaken = false
      return
    }
    next.isNext = true
    next.begin()
  }
}
