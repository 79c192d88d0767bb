/**
 * What the engine has found and is to be told: an event, and a line of the log.
 *
 * It publishes nothing.
 *
 * @internal
 */
import { Array as Arr, type Cause } from "effect"
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { RunRecorded, TickEvent } from "../../TickEvent.ts"
import type { TickHealth } from "../../TickHealth.ts"
import * as InstanceName from "../InstanceName.ts"
import * as PlainText from "../PlainText.ts"

export interface Notice {
  readonly event: TickEvent
  /** `null` for none. */
  readonly warning: string | null
}

/** The row of an instance cannot be read. */
export const unreadable = ({ jobName, key }: JobState, why: string): Notice => ({
  event: { _tag: "Unreadable", jobName, key, why },
  warning: `The ${InstanceName.of(jobName, key)} does not run, since its row cannot be read: ${why}. Mend the row and restart, or forget the instance`
})

/** The cadence that a key brings is wrong. */
export const invalidCadence = ({ jobName, key }: JobState, error: string): Notice => ({
  event: { _tag: "CadenceFailed", jobName, key, error },
  warning: `The ${InstanceName.of(jobName, key)} is not run: ${error}`
})

/** The function of `Job.except` threw: the day is not left out. */
export const exceptFailed = ({ jobName, key }: JobState, error: string): Notice => ({
  event: { _tag: "CadenceFailed", jobName, key, error },
  warning: `The ${InstanceName.of(jobName, key)} leaves no day out, since the function of its Job.except threw: ${error}`
})

/** An entry is in the log. A listener that logs events logs no memory, which may hold secrets, and no long stack. */
export const recorded = (entry: LogEntry, cause: Cause.Cause<unknown> | undefined): RunRecorded => {
  const { memory, stack } = entry
  const run = memory === null && stack === null ? entry : { ...entry, memory: null, stack: null }
  const event: RunRecorded = { _tag: "RunRecorded", run }
  return cause === undefined ? event : Object.defineProperty(event, "cause", { value: cause })
}

const since = (at: number): string => new Date(at).toISOString()

/** A run takes too long. */
export const stuck = ({ owner: _, ...run }: TickHealth["stuck"][number]): Notice => ({
  event: { _tag: "Stuck", ...run },
  warning: `The ${InstanceName.of(run.jobName, run.key)} has been running since ${since(run.since)}: ${run.why}. Cancel it (Tick.cancel), or give the job a shorter Job.timeout`
})

/** A job waits too long for a slot. */
export const starving = (wait: TickHealth["starving"][number]): Notice => {
  const { holders, jobName, key, slot } = wait
  const [first, ...others] = holders.map((holder) => InstanceName.of(holder.jobName, holder.key))
  const held = `${first}${others.length === 0 ? "" : ` and ${others.length} more`}`
  return {
    event: { _tag: "Starving", ...wait },
    warning: `The ${InstanceName.of(jobName, key)} has waited for a slot since ${since(wait.since)}: ${slot}, held by ${held}`
  }
}

/** What instances wait for: one event for each job and limit. */
export const ratesReached = (
  waiting: ReadonlyArray<{ readonly jobName: string; readonly limit: string; readonly until: number }>
): ReadonlyArray<Notice> =>
  Object.values(Arr.groupBy(waiting, ({ jobName, limit }) => JSON.stringify([jobName, limit]))).map((alike) => {
    const [{ jobName, limit }] = alike
    const until = alike.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY)
    return { event: { _tag: "RateReached", jobName, limit, waiting: alike.length, until }, warning: null }
  })

/** Running bodies have kept the event loop; a warning where it is the first time. */
export const blocked = (jobNames: ReadonlyArray<string>, byMs: number, isFirst: boolean): Notice => ({
  event: { _tag: "Blocked", jobNames, byMs },
  warning: isFirst
    ? `Nothing else could run for ${byMs} ms: ${jobNames.map((name) => InstanceName.of(name, "")).join(" or ")} kept the event loop. Let its body yield (Effect.yieldNow), or move the work to a worker thread`
    : null
})

/** A request is done, and nothing follows from it. */
export const refused = ({ id, jobName, key, verb }: StoredRequest, why: string): Notice => {
  const shown = PlainText.shorten(PlainText.of(key), PlainText.longestShown)
  return {
    event: { _tag: "RequestRefused", jobName, key: shown, id, verb, why },
    warning: `A request to the ${InstanceName.of(jobName, shown)} was refused: ${why}`
  }
}
