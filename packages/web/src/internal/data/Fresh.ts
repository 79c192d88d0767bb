/**
 * Values that may be a little old: what is costly to read is read again only after a time that grows with its cost, so that
 * people who look never take more than a small share of the store from the jobs.
 *
 * @internal
 */
import { Clock, Effect } from "effect"

/** A value is read again after this many times as long as reading it took. */
const costFactor = 20

interface Cached<A> {
  readonly value: A
  readonly until: number
}

export interface Fresh<A, E, R> {
  readonly get: Effect.Effect<A, E, R>
  /** The next reader reads. */
  readonly clear: () => void
}

/** Of readers at the same time one reads, and the others take what it has read. */
export const make = <A, E, R>(read: Effect.Effect<A, E, R>, leastMs = 0): Fresh<A, E, R> => {
  let kept: Cached<A> | null = null
  const one = Effect.unsafeMakeSemaphore(1)
  const get = one.withPermits(1)(
    Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      if (kept !== null && before < kept.until) return kept.value
      const started = performance.now()
      const value = yield* read
      const until = before + Math.max(leastMs, costFactor * (performance.now() - started))
      kept = { value, until }
      return value
    })
  )
  const clear = () => {
    kept = null
  }
  return { get, clear }
}

/** The same by a text; of the texts only the last few are kept. */
export const byText = <A, E, R>(read: (text: string) => Effect.Effect<A, E, R>, leastMs: number, most = 16) => {
  const all = new Map<string, Effect.Effect<A, E, R>>()
  const get = (text: string): Effect.Effect<A, E, R> => {
    const found = all.get(text) ?? make(read(text), leastMs).get
    all.delete(text)
    all.set(text, found)
    for (const oldest of all.keys()) {
      if (all.size <= most) break
      all.delete(oldest)
    }
    return found
  }
  return { get, clear: () => all.clear() }
}
