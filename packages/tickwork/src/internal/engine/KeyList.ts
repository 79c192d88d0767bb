/**
 * Lists the keys of a job's instances by the job's own effect.
 *
 * A listing that fails, dies or takes too long is reported and changes no instance.
 *
 * @internal
 */
import { Effect, Inspectable } from "effect"
import type { Keys } from "../Definition.ts"
import * as PlainText from "../PlainText.ts"
import * as Plan from "../plan/Plan.ts"
import * as Registry from "../plan/Registry.ts"
import * as Answer from "./Answer.ts"
import * as ErrorText from "./ErrorText.ts"

/** The keys, or `null` where the listing failed, and its error. */
export interface KeyList {
  readonly keys: ReadonlySet<string> | null
  readonly error: string | null
}

const shown = (key: unknown): string =>
  PlainText.shorten(
    typeof key === "string" ? PlainText.quoted(key) : Inspectable.toStringUnknown(key, 0),
    PlainText.longestShown
  )

/** In between, other fibers, timers and the limit of time have their turn. */
const keysAtOnce = 1000

const tooMany = (atMost: number): KeyList => ({
  keys: null,
  error: `a list must have at most ${atMost} keys, got more. List fewer, or raise the job's mostKeys`
})

/** Takes the keys that are listed, a thousand at once. */
const checked = (listed: Iterable<string>, atMost: number): Effect.Effect<KeyList> =>
  Effect.acquireUseRelease(
    Effect.sync(() => listed[Symbol.iterator]()),
    (iterator) =>
      Effect.gen(function* () {
        const keys = new Set<string>()
        let error: string | null = null
        for (let count = 1; ; count++) {
          const next = iterator.next()
          if (next.done === true) return { keys, error }
          if (count > atMost) return tooMany(atMost)
          if (Registry.isKey(next.value)) keys.add(next.value)
          else error ??= `a key ${Registry.rules.key[0]}, got ${shown(next.value)}, which is left out`
          if (count % keysAtOnce === 0) yield* Effect.sleep(0)
        }
      }),
    (iterator) => Effect.ignore(Effect.try(() => iterator.return?.()))
  )

/** Lists the keys, within the time limit of a condition. */
export const list = <R>({ atMost, list }: Keys<R>): Effect.Effect<KeyList, never, R> =>
  Effect.matchCause(
    Answer.within(
      Effect.flatMap(list, (listed) => checked(listed, atMost)),
      Plan.longestCheckMs
    ),
    {
      onFailure: (cause) => ({ keys: null, error: ErrorText.render(cause) }),
      onSuccess: (listed) => listed
    }
  )

/** The warning for a listing with an error. */
export const warning = (jobName: string, error: string): string =>
  `Listing the keys of job "${jobName}" went wrong: ${error}`
