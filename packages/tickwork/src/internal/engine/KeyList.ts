/**
 * Lists the keys of a job's instances by the job's own effect.
 *
 * A listing that fails, dies or takes too long is reported and changes no instance.
 *
 * @internal
 */
import { Duration, Effect, Exit } from "effect"
import type { Keys } from "../Definition.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Plan from "../plan/Plan.ts"
import * as Registry from "../plan/Registry.ts"

/** The keys, or `null` where the listing failed, and its error. */
export interface KeyList {
  readonly keys: ReadonlySet<string> | null
  readonly error: string | null
}

const longestMs = Plan.longestCheckMs

const checked = (listed: Iterable<string>): KeyList => {
  const all = [...listed]
  const invalid = all.filter((key) => !Registry.isKey(key))
  const error =
    invalid.length === 0 ? null : `a key ${Registry.rules.key[0]}, got ${JSON.stringify(invalid[0])}, which is left out`
  return { keys: new Set(all.filter(Registry.isKey)), error }
}

/** Lists the keys, within the time limit of a condition. */
export const list = <R>({ list }: Keys<R>): Effect.Effect<KeyList, never, R> =>
  // disconnected, so that the time limit also ends a listing that cannot be interrupted
  Effect.timeoutFail(Effect.disconnect(Effect.map(list, checked)), {
    duration: Duration.millis(longestMs),
    onTimeout: () => new Error(`no answer within ${longestMs / 1000} seconds`)
  }).pipe(
    Effect.exit,
    Effect.map((exit) => (Exit.isSuccess(exit) ? exit.value : { keys: null, error: ErrorText.render(exit.cause) }))
  )

/** The warning for a listing with an error. */
export const warning = (jobName: string, error: string): string =>
  `Listing the keys of job "${jobName}" went wrong: ${error}`
