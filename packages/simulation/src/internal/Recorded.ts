/**
 * Reads a recorded log for a replay: how each run went, what conditions answered, when the process was down, and which
 * verbs were called. Pure: it plays nothing.
 *
 * @internal
 */
import { Effect } from "effect"
import * as Job from "tickwork/Job"
import * as JobState from "tickwork/JobState"
import * as LogEntry from "tickwork/LogEntry"
import type { Run } from "tickwork/Run"
import * as Tick from "tickwork/Tick"
import { forever } from "tickwork/testing/VirtualTime"
import type { Fault } from "./Faults.ts"
import type { Stub } from "./Stub.ts"
import type { Action } from "./World.ts"

/** The log entries of one instance, oldest first. */
export interface Instance {
  readonly jobName: string
  readonly key: string
  readonly entries: readonly [LogEntry.LogEntry, ...ReadonlyArray<LogEntry.LogEntry>]
}

/** Where the replay of an instance begins: when, with which state, and what is recorded of it from then on. */
export interface Beginning {
  readonly at: number
  readonly state: JobState.JobState
  readonly entries: ReadonlyArray<LogEntry.LogEntry>
}

/** The entries may come in any order. */
export const instancesOf = (log: ReadonlyArray<LogEntry.LogEntry>): ReadonlyArray<Instance> => {
  const groups = new Map<string, Array<LogEntry.LogEntry>>()
  for (const entry of log) {
    const id = `${entry.jobName}\u0000${entry.key}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [entry])
    else group.push(entry)
  }
  return [...groups.values()].map((group) => {
    const [first, ...rest] = group.sort((one, other) => one.seq - other.seq) as [LogEntry.LogEntry]
    return { jobName: first.jobName, key: first.key, entries: [first, ...rest] }
  })
}

/**
 * The first entry is replayed, too, where it shows the plan before it: by the same calendar, and at the first attempt. Any
 * other instance begins with the plan that its first entry left.
 */
export const beginningOf = ({ jobName, key, entries }: Instance, calendar: string | null): Beginning => {
  const [first, ...rest] = entries
  const { missedTo: _, ...cadence } = first.position.cadence
  const isPlanned = first.trigger === "schedule" && first.attempt === 1 && first.status !== "control"
  if (cadence.definition === calendar && isPlanned && first.verdict !== "missed") {
    const { scheduledAt } = first
    const state = JobState.initial(jobName, key, { state: cadence, nextAt: scheduledAt }, scheduledAt)
    return { at: scheduledAt, state, entries }
  }
  const planned = { state: first.position.cadence, nextAt: first.position.nextAt }
  const state = JobState.after(JobState.initial(jobName, key, planned, first.startedAt), first)
  return { at: Math.ceil(LogEntry.endedAt(first)), state, entries: rest }
}

/** The index of the last one whose instant is at or before `at`; -1 where all are later. */
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

/** The entry nearest to an instant; one of equal verdicts reaches from the first to the last of them. */
const nearest = (entries: ReadonlyArray<LogEntry.LogEntry>, at: number): LogEntry.LogEntry | undefined => {
  const index = lastBy(entries, at, startOf)
  const [before, after] = [entries[index], entries[index + 1]]
  if (before === undefined || after === undefined) return before ?? after
  return at - before.lastAt <= after.startedAt - at ? before : after
}

const endOf = ({ error, status }: LogEntry.LogEntry): Effect.Effect<unknown, unknown> => {
  if (status === "success") return Effect.void
  if (status === "timeout") return forever
  return status === "interrupted" ? Effect.interrupt : Effect.fail(error ?? "it failed")
}

/** A job runs as its recorded attempt did, or as the recorded run that began nearest. */
export const stubOf = (job: Job.Any, instances: ReadonlyArray<Instance>): Stub => {
  const own = instances.filter(({ jobName }) => jobName === job.name)
  const runs = new Map(own.map(({ key, entries }) => [key, entries.filter(LogEntry.ran)]))
  const exactly = new Map<string, LogEntry.LogEntry>()
  for (const all of runs.values()) for (const run of all) exactly.set(idOf(run), run)
  const checks = own
    .flatMap(({ entries }) => entries)
    .filter((entry) =>
      LogEntry.ran(entry)
        ? entry.attempt === 1 && entry.trigger !== "manual"
        : entry.status === "skipped" &&
          entry.verdict !== "missed" &&
          entry.verdict !== "superseded" &&
          entry.verdict !== "left-out"
    )
    .sort((one, other) => one.startedAt - other.startedAt)
  const holds = (reason: string) =>
    Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, (now) => nearest(checks, now)?.reason !== reason))
  return {
    body: (run: Run) => {
      const recorded = exactly.get(idOf(run)) ?? nearest(runs.get(run.key) ?? [], run.startedAt)
      return recorded === undefined ? Effect.void : Effect.zipRight(Effect.sleep(recorded.durationMs), endOf(recorded))
    },
    conditions: Object.fromEntries(Job.inspect(job).conditions.map(({ reason }) => [reason, holds(reason)])),
    keys: own.map(({ key }) => key)
  }
}

/** The identity of an attempt. */
export const idOf = ({
  attempt,
  jobName,
  key,
  scheduledAt,
  trigger
}: Pick<LogEntry.LogEntry, "attempt" | "jobName" | "key" | "scheduledAt" | "trigger">) =>
  `${jobName}\u0000${key}\u0000${scheduledAt}\u0000${attempt}${trigger === "manual" ? "\u0000manual" : ""}`

const nothingRan: ReadonlyArray<LogEntry.MissedBecause | null> = ["down", "asleep", "jumped"]

/** When the process was down: from the first instant that was missed for it to when that was found. */
export const downtimeOf = (instances: ReadonlyArray<Instance>, from: number): ReadonlyArray<Fault> => {
  const spans = instances
    .flatMap(({ entries }) => entries)
    .filter((entry) => nothingRan.includes(entry.missedBecause) && entry.scheduledAt > from)
    .map((entry) => ({ from: entry.scheduledAt - 1, to: entry.startedAt }))
    .sort((one, other) => one.from - other.from)
  const merged: Array<{ from: number; to: number }> = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last === undefined || span.from > last.to) merged.push(span)
    else last.to = Math.max(last.to, span.to)
  }
  return merged.map((span) => ({ _tag: "Crash", at: span.from - from, downMs: span.to - span.from, write: null }))
}

/** Pauses, resumes and triggers, and when. */
export const actionsOf = (
  jobs: ReadonlyArray<Job.Any>,
  instances: ReadonlyArray<Instance>,
  from: number
): ReadonlyArray<Action> =>
  instances.flatMap(({ jobName, key, entries }) => {
    const job = jobs.find(({ name }) => name === jobName)
    if (job === undefined) return []
    return entries.slice(1).flatMap((entry, index) => {
      const {
        position: { paused }
      } = entries[index] as LogEntry.LogEntry
      const actions: Array<Action> = []
      const act = (at: number, effect: Effect.Effect<unknown, unknown, Tick.Tick>) => {
        // the instance may be gone by then
        if (at >= from) actions.push({ at: at - from, effect: Effect.ignore(effect) })
      }
      if (entry.position.paused !== null && paused === null)
        act(
          entry.position.paused.at,
          Tick.pause(job, { key, by: entry.position.paused.by, why: entry.position.paused.why })
        )
      if (entry.position.paused === null && paused !== null) act(entry.startedAt, Tick.resume(job, { key }))
      if (entry.trigger === "manual" && entry.attempt === 1) act(entry.scheduledAt, Tick.trigger(job, { key }))
      return actions
    })
  })
