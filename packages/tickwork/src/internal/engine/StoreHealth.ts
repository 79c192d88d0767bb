/**
 * Whether the store answers, and since when it does not: as a call of `health` sees it, and as the driver does.
 *
 * It reads something small, and writes nothing.
 *
 * @internal
 */
import { Deferred, Effect, Exit, FiberId } from "effect"
import type { Service, StoreError } from "../../JobStore.ts"
import type { TickHealth } from "../../TickHealth.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Answer from "./Answer.ts"
import { nowOf } from "./Runner.ts"
import { healthMs } from "./Tuning.ts"

export class StoreHealth {
  readonly #store: Service
  readonly #inScope: (effect: Effect.Effect<void>) => void
  /** The read that calls of `health` wait for. */
  #read: Deferred.Deferred<unknown, StoreError> | null = null
  /** When the first of the reads began that got no answer. */
  #silentSince: number | null = null
  /** When the driver's step under way began, and when one last had its answer. */
  #stepSince: number | null = null
  #answeredAt = Number.NEGATIVE_INFINITY
  #failing: { readonly error: string; readonly since: number } | null = null

  /** `inScope` runs an effect while the tick is open. */
  constructor(store: Service, inScope: (effect: Effect.Effect<void>) => void) {
    this.#store = store
    this.#inScope = inScope
  }

  /** A step of the driver begins. */
  begins(now: number): void {
    this.#stepSince = now
  }

  /** The step has ended; the store has answered only where it `hasDone` something. */
  answered(hasDone: boolean, now: number): void {
    this.#stepSince = null
    if (hasDone) this.wrote(now)
  }

  /** Something was written, be it by a job's own transaction. */
  wrote(now: number): void {
    this.#silentSince = null
    this.#failing = null
    this.#answeredAt = now
  }

  failed(error: string, now: number): void {
    this.#stepSince = null
    this.#failing = { error, since: this.#failing?.since ?? now }
  }

  readonly ask: Effect.Effect<TickHealth["store"]> = Effect.gen(this, function* () {
    const from = nowOf(yield* Effect.clock)
    // calls that come meanwhile wait for the same answer: each other read would take a connection
    this.#read ??= this.#begin()
    const onTimeout = () => Answer.noneWithin(healthMs)
    const answer = yield* Effect.exit(Effect.timeoutFail(Deferred.await(this.#read), { duration: healthMs, onTimeout }))
    // one connection may be silent while the driver has its answers on another
    const isSilent = Exit.isFailure(answer) && this.#answeredAt <= from
    this.#silentSince = isSilent ? Math.min(from, this.#silentSince ?? from, this.#stepSince ?? from) : null
    const silent = isSilent ? { error: ErrorText.render(answer.cause), since: this.#silentSince ?? from } : null
    const failing = this.#failing ?? silent
    return { isReachable: failing === null, error: failing?.error ?? null, since: failing?.since ?? null }
  })

  #begin(): Deferred.Deferred<unknown, StoreError> {
    const answer = Deferred.unsafeMake<unknown, StoreError>(FiberId.none)
    const ended = Effect.sync(() => {
      this.#read = null
    })
    this.#inScope(Effect.ensuring(Effect.asVoid(Effect.intoDeferred(this.#store.pending, answer)), ended))
    return answer
  }
}
