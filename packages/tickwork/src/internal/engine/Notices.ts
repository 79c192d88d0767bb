/**
 * What the engine has found and is to be told: an event, and a line of the log.
 *
 * It publishes nothing.
 *
 * @internal
 */
import type { Cause } from "effect"
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { RunRecorded, TickEvent } from "../../TickEvent.ts"
import * as InstanceName from "../InstanceName.ts"
import * as PlainText from "../PlainText.ts"

export interface Notice {
  readonly event: TickEvent
  readonly warning: string
}

/** The row of an instance cannot be read. */
export const unreadable = ({ jobName, key }: JobState, why: string): Notice => ({
  event: { _tag: "Unreadable", jobName, key, why },
  warning: `The ${InstanceName.of(jobName, key)} does not run, since its row cannot be read: ${why}. Mend the row and restart, or forget the instance`
})

/** An entry is in the log. A listener that logs events logs no memory, which may hold secrets, and no long stack. */
export const recorded = (entry: LogEntry, cause: Cause.Cause<unknown> | undefined): RunRecorded => {
  const { memory, stack } = entry
  const run = memory === null && stack === null ? entry : { ...entry, memory: null, stack: null }
  const event: RunRecorded = { _tag: "RunRecorded", run }
  return cause === undefined ? event : Object.defineProperty(event, "cause", { value: cause })
}

/** A request is done, and nothing follows from it. */
export const refused = ({ id, jobName, key, verb }: StoredRequest, why: string): Notice => {
  const shown = PlainText.shorten(PlainText.of(key), PlainText.longestShown)
  return {
    event: { _tag: "RequestRefused", jobName, key: shown, id, verb, why },
    warning: `A request to the ${InstanceName.of(jobName, shown)} was refused: ${why}`
  }
}
