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
import type * as Position from "../../Position.ts"
import * as Calendar from "../schedule/Calendar.ts"
import * as Line from "./LogEntries.ts"

const isOnce = ({ position: { cadence } }: JobState): boolean => cadence.definition === Calendar.once.definition

const finished = (next: Position.Position): Position.Position => ({
  ...next,
  nextAt: null,
  scheduledAt: null,
  attempt: 1,
  retry: null,
  manual: null
})

const changed = (state: JobState, request: Control.Request, now: number): Position.Position => {
  const { at, by, verb, why } = request
  const next = state.position
  switch (verb) {
    case "pause":
      return { ...next, paused: state.position.paused ?? { at: now, by, why } }
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
      if (isOnce(state) && state.position.nextAt !== null)
        return { ...next, nextAt: Math.min(state.position.nextAt, now) }
      // who asks twice before it has run gets one run
      return { ...next, manual: state.position.manual ?? { at, by, why, nextAt: now, attempt: 1, retry: null } }
  }
}

/** The line of a request, and where the instance stands after it. */
export const entryOf = (state: JobState, request: Control.Request, now: number): LogEntry =>
  Line.ofControl(state, Control.toText(request), now, changed(state, request, now))
