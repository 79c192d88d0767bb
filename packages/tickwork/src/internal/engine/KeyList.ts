/**
 * Lists the keys of a job's instances by the job's own effect.
 *
 * A listing that fails, dies or takes too long is reported and changes no instance.
 *
 * @internal
 */
import { Effect, Inspectable } from "effect"
import type { Keys } from "../Definition.ts"
import * as ErrorText from "../ErrorText.ts"
import * as PlainText from "../PlainText.ts"
import * as Plan from "../plan/Plan.ts"
import * as Registry from "../plan/Registry.ts"
import * as Answer from "./Answer.ts"

/** The keys, or `null` where the listing failed, and its error. */
export interface KeyList {
  readonly keys: ReadonlySet<string> | null
  readonly error: string | null
}

/** A key in a message is no longer than this, in UTF-16 code units. */
const longestShown = 200

const shown = (key: unknown): string =>
  PlainText.shorten(typeof key === "string" ? PlainText.quoted(key) : Inspectable.toStringUnknown(key, 0), longestShown)

const checked = (listed: Iterable<string>): KeyList => {
  const all = [...listed]
  const invalid = all.filter((key) => !Registry.isKey(key))
  const error =
    invalid.length === 0 ? null : `a key ${Registry.rules.key[0]}, got ${shown(invalid[0])}, which is left out`
  return { keys: new Set(all.filter(Registry.isKey)), error }
}

/** Lists the keys, within the time limit of a condition. */
export const list = <R>({ list }: Keys<R>): Effect.Effect<KeyList, never, R> =>
  Effect.matchCause(Answer.within(Effect.map(list, checked), Plan.longestCheckMs), {
    onFailure: (cause) => ({ keys: null, error: ErrorText.render(cause) }),
    onSuccess: (listed) => listed
  })

/** The warning for a listing with an error. */
export const warning = (jobName: string, error: string): string =>
  `Listing the keys of job "${jobName}" went wrong: ${error}`
