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
export const refused = ({ jobName, key }: StoredRequest, why: string): Notice => ({
  event: { _tag: "RequestRefused", jobName, key, why },
  warning: `A request to the ${ErrorText.instanceOf(jobName, key)} was refused: ${why}`
})
