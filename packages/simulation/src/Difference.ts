/**
 * What another registry would have done over a recorded time, run by run. Plain data and its text; it replays nothing.
 *
 * @since 0.1.0
 */
import { DateTime } from "effect"
import type { Entry, Span } from "./Timeline.ts"

/**
 * A run that both made, with another end or another start.
 *
 * @since 0.1.0
 * @category models
 */
export interface Changed {
  readonly before: Entry
  readonly after: Entry
}

/**
 * How many runs a job had and would have had, and how many verdicts that ran nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobDifference {
  readonly jobName: string
  readonly runs: { readonly before: number; readonly after: number }
  readonly skips: { readonly before: number; readonly after: number }
}

/**
 * The difference over a span: `before` is what was recorded, `after` what the other registry does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference extends Span {
  /** Every job that was recorded or is registered, in the order of the names. */
  readonly jobs: ReadonlyArray<JobDifference>
  /** Runs that were made and would not be. */
  readonly gone: ReadonlyArray<Entry>
  /** Runs that were not made and would be. */
  readonly added: ReadonlyArray<Entry>
  readonly changed: ReadonlyArray<Changed>
  /** Jobs that are enqueued with a payload: no log holds payloads, so they are left out. */
  readonly leftOut: ReadonlyArray<string>
}

/**
 * True where the other registry would have done the same.
 *
 * @since 0.1.0
 * @category questions
 */
export const isNone = ({ added, changed, gone, jobs }: Difference): boolean =>
  added.length + changed.length + gone.length === 0 && jobs.every(({ skips }) => skips.before === skips.after)

const shown = (ms: number): string => DateTime.formatIso(DateTime.unsafeMake(ms))

const nameOf = ({ attempt, jobName, key, scheduledAt }: Entry): string =>
  `${jobName}${key === "" ? "" : ` ${JSON.stringify(key)}`} of ${shown(scheduledAt)}${attempt > 1 ? `, attempt ${attempt}` : ""}`

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** A list with its title, cut to its first lines. */
const listed = (title: string, lines: ReadonlyArray<string>, atMost: number): ReadonlyArray<string> => {
  if (lines.length === 0) return []
  const rest = lines.length - atMost
  return [title, ...lines.slice(0, atMost).map((line) => `  ${line}`), ...(rest > 0 ? [`  and ${rest} more`] : [])]
}

const headline = ({ from, jobs, to }: Difference): string => {
  const runs = (which: "before" | "after") => jobs.reduce((sum, job) => sum + job.runs[which], 0)
  const more = runs("after") - runs("before")
  const much = more === 0 ? "as many runs" : `${counted(Math.abs(more), more > 0 ? "more run" : "fewer run")}`
  return `With this registry, the time from ${shown(from)} to ${shown(to)} would have had ${much}: ${runs("after")} for ${runs("before")}.`
}

/**
 * The difference in words: how many runs more or fewer, for each job that differs, and which. Each list shows at most
 * `atMost` lines, 20 unless set.
 *
 * @since 0.1.0
 * @category texts
 */
export const toText = (difference: Difference, { atMost = 20 }: { readonly atMost?: number } = {}): string => {
  const { added, changed, gone, jobs, leftOut } = difference
  const differing = jobs.filter(({ runs, skips }) => runs.before !== runs.after || skips.before !== skips.after)
  const perJob = differing.map(
    ({ jobName, runs, skips }) =>
      `${jobName}: ${runs.after} runs for ${runs.before}, ${skips.after} instants without a run for ${skips.before}`
  )
  const becoming = ({ after, before }: Changed) => {
    const end = before.status === after.status ? [] : [`${after.status} for ${before.status}`]
    const start =
      before.startedAt === after.startedAt ? [] : [`begun ${shown(after.startedAt)} for ${shown(before.startedAt)}`]
    return `${nameOf(after)}: ${[...end, ...start].join(", ")}`
  }
  return [
    headline(difference),
    ...listed("By job:", perJob, atMost),
    ...listed("Gone:", gone.map(nameOf), atMost),
    ...listed("Added:", added.map(nameOf), atMost),
    ...listed("Changed:", changed.map(becoming), atMost),
    ...listed("Left out, since no log holds payloads:", leftOut, atMost)
  ].join("\n")
}
