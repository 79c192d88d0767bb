/**
 * The events of the tick as lines, for output that is not a terminal. Pure.
 */
import { DateTime } from "effect"
import { LogEntry, type TickEvent } from "tickwork"
import * as Cells from "./Cells.ts"
import * as RelativeTime from "./RelativeTime.ts"

const nameOf = ({ jobName, key }: { readonly jobName: string; readonly key: string }): string =>
  key === "" ? jobName : `${jobName} ${key}`

const timeOf = (instant: number): string => DateTime.formatIso(DateTime.unsafeMake(instant))

const textOf = (event: TickEvent.TickEvent, now: number): string | undefined => {
  switch (event._tag) {
    case "RunRecorded": {
      const { run } = event
      const { missedBecause: because } = run
      if (because !== null)
        return `${nameOf(run)} missed ${run.count === 1 ? "a run" : `${run.count} runs`} (${because})`
      const why = run.error ?? (run.verdict === "condition-false" ? `condition false: ${run.reason}` : run.reason)
      const next = run.position.nextAt === null ? "finished" : `next ${RelativeTime.until(run.position.nextAt, now)}`
      const took = LogEntry.ran(run) ? ` in ${RelativeTime.duration(run.durationMs)}` : ""
      return `${nameOf(run)} ${run.status}${took}, ${next}${why === null ? "" : ` (${why})`}`
    }
    case "ClaimLost":
      return `${nameOf(event)} was taken over by another process`
    case "CadenceFailed":
      return `the schedule of ${nameOf(event)} failed: ${event.error}`
    case "StoreFailed":
      return event.error
    case "ClockJumped":
      return `the clock jumped ${event.byMs > 0 ? "ahead" : "back"} by ${RelativeTime.duration(Math.abs(event.byMs))}`
    case "Throttled":
      return `the schedule of ${nameOf(event)} asks for no delay and is throttled`
    default:
      return undefined
  }
}

/** No line for an event that is not worth one. */
export const of = (event: TickEvent.TickEvent, now: number): ReadonlyArray<string> => {
  const text = textOf(event, now)
  return text === undefined ? [] : [`${timeOf(now)} ${Cells.escape(text)}`]
}
