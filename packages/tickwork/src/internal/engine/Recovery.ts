/**
 * Survives what a turn fails with, an error of the store or a defect: it says so, and after a pause that grows the
 * loop goes on.
 *
 * It takes no turn.
 *
 * @internal
 */
import { Cause, type Clock, Duration, Effect, Either } from "effect"
import type { StoreError } from "../../JobStore.ts"
import type { TickEvent } from "../../TickEvent.ts"
import type { TickHealth } from "../../TickHealth.ts"
import * as DurationText from "../DurationText.ts"
import * as ErrorText from "./ErrorText.ts"
import { nowOf } from "./Runner.ts"
import { storeBackoffMs } from "./Tuning.ts"

export class Recovery {
  readonly #publish: (event: TickEvent) => void
  #pauseMs: number = storeBackoffMs.first
  #failure: TickHealth["failure"] = null

  constructor(publish: (event: TickEvent) => void) {
    this.#publish = publish
  }

  /** The last defect of a turn, until a later one ends well. */
  get failure(): TickHealth["failure"] {
    return this.#failure
  }

  /** A turn has ended well. */
  succeeded(): void {
    this.#pauseMs = storeBackoffMs.first
    this.#failure = null
  }

  /** Tells of a failure and waits; only an interruption goes on. */
  after(cause: Cause.Cause<StoreError>, clock: Clock.Clock): Effect.Effect<void> {
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(pauseMs * 2, storeBackoffMs.longest)
    return Effect.zipRight(this.report(cause, pauseMs, clock), clock.sleep(Duration.millis(pauseMs)))
  }

  report(cause: Cause.Cause<StoreError>, pauseMs: number, clock: Clock.Clock): Effect.Effect<void> {
    const next = pauseMs > 0 ? `; trying again in ${DurationText.of(pauseMs)}` : ""
    return Either.match(Cause.failureOrCause(cause), {
      onLeft: ({ message }) => {
        this.#publish({ _tag: "StoreFailed", error: message })
        return Effect.logError(`${message}${next}`)
      },
      onRight: (unexpected) => {
        if (Cause.isInterruptedOnly(unexpected)) return Effect.failCause(unexpected)
        const error = ErrorText.render(unexpected)
        this.#failure = { at: nowOf(clock), error }
        this.#publish({ _tag: "TickFailed", error })
        return Effect.logFatal(`The tick failed, which is a bug in it: ${error}${next}`).pipe(
          Effect.annotateLogs("stack", ErrorText.stackOf(unexpected) ?? error)
        )
      }
    })
  }
}
