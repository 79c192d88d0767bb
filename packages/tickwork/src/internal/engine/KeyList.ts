/**
 * The keys of a job's instances, as its own effect lists them.
 *
 * A listing that fails, dies or gives no answer is told of and changes nothing: whatever it answers, no instance is
 * lost by it.
 *
 * @internal
 */
import { Duration, Effect, Exit } from "effect"
import type { Keys } from "../../Job.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Plan from "../plan/Plan.ts"

/** The keys, `null` where they could not be listed, and what was wrong. */
export interface KeyList {
  readonly keys: ReadonlySet<string> | null
  readonly error: string | null
}

const longestMs = Plan.longestCheckMs
const longestKey = 200

/** Why a store keeps no instance under a key; `null` where it does. */
export const faultOf = (key: unknown): string | null => {
  if (typeof key !== "string") return "is no text"
  if (key === "") return "is empty"
  if (key.length > longestKey) return `is longer than ${longestKey} characters`
  return /\p{Cc}/u.test(key) ? "holds a control character" : null
}

const checked = (listed: Iterable<string>): KeyList => {
  const keys = new Set<string>()
  let error: string | null = null
  for (const key of listed) {
    const fault = faultOf(key)
    if (fault === null) keys.add(key)
    else error ??= `a key is passed over: ${JSON.stringify(key)} ${fault}`
  }
  return { keys, error }
}

/** Lists them, within the time that a look at a condition may take. */
export const list = <R>({ list }: Keys<R>): Effect.Effect<KeyList, never, R> =>
  // disconnected, so that a listing which cannot be interrupted is given up all the same
  Effect.timeoutFail(Effect.disconnect(Effect.map(list, checked)), {
    duration: Duration.millis(longestMs),
    onTimeout: () => new Error(`no answer within ${longestMs / 1000} seconds`)
  }).pipe(
    Effect.exit,
    Effect.map((exit) => (Exit.isSuccess(exit) ? exit.value : { keys: null, error: ErrorText.render(exit.cause) }))
  )

/** What somebody should know of a listing. */
export const warning = (jobName: string, error: string): string =>
  `The keys of job "${jobName}" are not as they should be: ${error}`
