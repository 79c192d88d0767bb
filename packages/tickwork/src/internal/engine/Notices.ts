/**
 * What the engine has found and is to be told: an event, and a line of the log.
 *
 * It publishes nothing.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as ErrorText from "../ErrorText.ts"
import * as PlainText from "../PlainText.ts"

export interface Notice {
  readonly event: TickEvent
  readonly warning: string
}

/** The row of an instance cannot be read. */
export const unreadable = ({ jobName, key }: JobState, why: string): Notice => ({
  event: { _tag: "Unreadable", jobName, key, why },
  warning: `The ${ErrorText.instanceOf(jobName, key)} does not run, since its row cannot be read: ${why}. Mend the row and restart, or forget the instance`
})

/** A request is done, and nothing follows from it. */
export const refused = ({ id, jobName, key, verb }: StoredRequest, why: string): Notice => {
  const shown = PlainText.shorten(PlainText.of(key), PlainText.longestShown)
  return {
    event: { _tag: "RequestRefused", jobName, key: shown, id, verb, why },
    warning: `A request to the ${ErrorText.instanceOf(jobName, shown)} was refused: ${why}`
  }
}
