/**
 * What is done about a request: a change of the plan, or something that the runner has to see to.
 *
 * Pure: it writes nothing itself.
 *
 * @internal
 */

import * as Control from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Cadence from "../schedule/Cadence.ts"
import * as Line from "./LogEntries.ts"

const isOnce = ({ cadence }: JobState): boolean => cadence.definition === Cadence.once.definition

const finished = (next: Line.Next): Line.Next => ({
  ...next,
  nextAt: null,
  scheduledAt: null,
  attempt: 1,
  retry: null,
  manual: null
})

const changed = (state: JobState, request: Control.Request, now: number): Line.Next => {
  const { at, by, verb, why } = request
  const next = Line.unchanged(state)
  switch (verb) {
    case "pause":
      return { ...next, paused: state.paused ?? { at: now, by, why } }
    case "resume":
      return { ...next, paused: null }
    case "cancel":
      // what was enqueued has no cadence that could go on
      return isOnce(state) ? finished(next) : { ...next, manual: null }
    // neither is a change of the plan
    case "enqueue":
    case "forget":
      return next
    case "trigger":
      if (isOnce(state) && state.nextAt !== null) return { ...next, nextAt: Math.min(state.nextAt, now) }
      // who asks twice before it has run gets one run
      return { ...next, manual: state.manual ?? { at, by, why, nextAt: now, attempt: 1, retry: null } }
  }
}

/** The line of a request, and where the instance stands after it. */
export const entryOf = (state: JobState, request: Control.Request, now: number): LogEntry =>
  Line.ofControl(state, Control.toText(request), now, changed(state, request, now))
