/**
 * What a recorded log says: how each run went, what conditions answered, when nothing ran, and what people asked for.
 *
 * Pure: it plays nothing.
 *
 * @internal
 */
import { Effect } from "effect"
import type * as Job from "tickwork/Job"
import * as JobState from "tickwork/JobState"
import * as LogEntry from "tickwork/LogEntry"
import type { Run } from "tickwork/Run"
import * as Tick from "tickwork/Tick"
import { forever } from "tickwork/testing/VirtualTime"
import type { Fault } from "./Faults.ts"
import type { Stub } from "./Stub.ts"
import type { Action } from "./World.ts"

/** The lines of one instance, oldest first. */
export interface Instance {
  readonly jobName: string
  readonly key: string
  readonly lines: readonly [LogEntry.LogEntry, ...ReadonlyArray<LogEntry.LogEntry>]
}

/** Where the replay of an instance begins: when, with which state, and what is recorded of it from then on. */
export interface Beginning {
  readonly at: number
  readonly state: JobState.JobState
  readonly lines: ReadonlyArray<LogEntry.LogEntry>
}

/** In whatever order the lines come. */
export const instancesOf = (log: ReadonlyArray<LogEntry.LogEntry>): ReadonlyArray<Instance> => {
  const groups = new Map<string, Array<LogEntry.LogEntry>>()
  for (const line of log) {
    const id = `${line.jobName}\u0000${line.key}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [line])
    else group.push(line)
  }
  return [...groups.values()].map((group) => {
    const [first, ...rest] = group.sort((one, other) => one.seq - other.seq) as [LogEntry.LogEntry]
    return { jobName: first.jobName, key: first.key, lines: [first, ...rest] }
  })
}

/**
 * The first line is replayed, too, where what was planned before it can be told from it: by the same calendar, and at the
 * first attempt. Any other instance begins with what its first line has left.
 */
export const beginningOf = ({ jobName, key, lines }: Instance, calendar: string | null): Beginning => {
  const [first, ...rest] = lines
  const { missedTo: _, ...cadence } = first.cadence
  const isPlanned = first.trigger === "schedule" && first.attempt === 1 && first.status !== "control"
  if (cadence.definition === calendar && isPlanned && LogEntry.whyMissed(first) === null) {
    const { scheduledAt } = first
    const state = JobState.initial(jobName, key, { state: cadence, nextAt: scheduledAt }, scheduledAt)
    return { at: scheduledAt, state, lines }
  }
  const planned = { state: first.cadence, nextAt: first.nextAt }
  const state = JobState.after(JobState.initial(jobName, key, planned, first.startedAt), first)
  return { at: Math.ceil(LogEntry.endedAt(first)), state, lines: rest }
}

/** The place of the last of so many instants that is not after another; -1 where all are. */
const lastBy = <A>(all: ReadonlyArray<A>, at: number, instantOf: (one: A) => number): number => {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (instantOf(all[middle] as A) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

const startOf = ({ startedAt }: LogEntry.LogEntry): number => startedAt

/** What was recorded nearest to an instant: equal verdicts in a row are one line, from the first to the last. */
const nearest = (lines: ReadonlyArray<LogEntry.LogEntry>, at: number): LogEntry.LogEntry | undefined => {
  const index = lastBy(lines, at, startOf)
  const [before, after] = [lines[index], lines[index + 1]]
  if (before === undefined || after === undefined) return before ?? after
  return at - before.lastAt <= after.startedAt - at ? before : after
}

const endOf = ({ error, status }: LogEntry.LogEntry): Effect.Effect<unknown, unknown> => {
  if (status === "success") return Effect.void
  if (status === "timeout") return forever
  return status === "interrupted" ? Effect.interrupt : Effect.fail(error ?? "it failed")
}

/** A job runs as it ran when it was recorded: as that attempt, or as the run that began nearest to it. */
export const stubOf = (job: Job.Any, instances: ReadonlyArray<Instance>): Stub => {
  const own = instances.filter(({ jobName }) => jobName === job.name)
  const runs = new Map(own.map(({ key, lines }) => [key, lines.filter(LogEntry.ran)]))
  const exactly = new Map<string, LogEntry.LogEntry>()
  for (const all of runs.values()) for (const run of all) exactly.set(idOf(run), run)
  const looks = own
    .flatMap(({ lines }) => lines)
    .filter((line) =>
      LogEntry.ran(line) ? line.attempt === 1 && line.trigger !== "manual" : line.status === "skipped"
    )
    .sort((one, other) => one.startedAt - other.startedAt)
  const holds = (reason: string) =>
    Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, (now) => nearest(looks, now)?.reason !== reason))
  return {
    body: (run: Run) => {
      const recorded = exactly.get(idOf(run)) ?? nearest(runs.get(run.key) ?? [], run.startedAt)
      return recorded === undefined ? Effect.void : Effect.zipRight(Effect.sleep(recorded.durationMs), endOf(recorded))
    },
    conditions: Object.fromEntries(job.conditions.map(({ reason }) => [reason, holds(reason)])),
    keys: own.map(({ key }) => key)
  }
}

/** Under which an attempt is the same as another. */
export const idOf = ({
  attempt,
  jobName,
  key,
  scheduledAt,
  trigger
}: Pick<LogEntry.LogEntry, "attempt" | "jobName" | "key" | "scheduledAt" | "trigger">) =>
  `${jobName}\u0000${key}\u0000${scheduledAt}\u0000${attempt}${trigger === "manual" ? "\u0000manual" : ""}`

const nothingRan: ReadonlyArray<string | null> = ["down", "asleep", "jumped"]

/** When nothing ran: from the first instant that was missed for it to when that was found. */
export const downtimeOf = (instances: ReadonlyArray<Instance>, from: number): ReadonlyArray<Fault> => {
  const spans = instances
    .flatMap(({ lines }) => lines)
    .filter((line) => nothingRan.includes(LogEntry.whyMissed(line)) && line.scheduledAt > from)
    .map((line) => ({ from: line.scheduledAt - 1, to: line.startedAt }))
    .sort((one, other) => one.from - other.from)
  const merged: Array<{ from: number; to: number }> = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last === undefined || span.from > last.to) merged.push(span)
    else last.to = Math.max(last.to, span.to)
  }
  return merged.map((span) => ({ _tag: "Crash", at: span.from - from, downMs: span.to - span.from, write: null }))
}

/** What people asked for, and when. */
export const actsOf = (
  jobs: ReadonlyArray<Job.Any>,
  instances: ReadonlyArray<Instance>,
  from: number
): ReadonlyArray<Action> =>
  instances.flatMap(({ jobName, key, lines }) => {
    const job = jobs.find(({ name }) => name === jobName)
    if (job === undefined) return []
    return lines.slice(1).flatMap((line, index) => {
      const { paused } = lines[index] as LogEntry.LogEntry
      const acts: Array<Action> = []
      const act = (at: number, effect: Effect.Effect<unknown, unknown, Tick.Tick>) => {
        // whoever is not there any more cannot be asked for anything
        if (at >= from) acts.push({ at: at - from, effect: Effect.ignore(effect) })
      }
      if (line.paused !== null && paused === null)
        act(line.paused.at, Tick.pause(job, { key, by: line.paused.by, why: line.paused.why }))
      if (line.paused === null && paused !== null) act(line.startedAt, Tick.resume(job, { key }))
      if (line.trigger === "manual" && line.attempt === 1) act(line.scheduledAt, Tick.trigger(job, { key }))
      return acts
    })
  })
