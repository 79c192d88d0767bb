/**
 * `tickwork show`: one run with all its attempts and the whole error.
 *
 * @internal
 */
import { Args } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { JobLog, JobStore, type LogEntry } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as EntryName from "../EntryName.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as RunView from "../render/RunView.ts"

const run = Args.text({ name: "RUN" }).pipe(
  Args.withDescription("A log entry, JOB#12 or JOB/KEY#12, or the runKey that the body received, JOB/KEY/INSTANT.")
)

const notARun = (text: string) =>
  CliError.usage(
    `RUN must be a log entry such as sync_send#12 or a run key such as sync_send//1764115200000, got ${JSON.stringify(text)}.`
  )

/** How much of the log after the scheduled time is searched for a run, one after another: an hour, a day, all. */
const rangesMs = [3_600_000, 86_400_000, Number.POSITIVE_INFINITY]

const mostEntries = 10_000

/** The entries of a run, the first attempt first. */
const entriesOf = ({ isManual, jobName, key, scheduledAt }: EntryName.RunRef) =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const isOfRun = (entry: LogEntry.LogEntry) =>
      entry.scheduledAt === scheduledAt && (entry.trigger === "manual") === isManual && entry.status !== "control"
    for (const rangeMs of rangesMs) {
      const to = Number.isFinite(rangeMs) ? { to: scheduledAt + rangeMs } : {}
      const entries = yield* log.entries({ jobName, key, from: scheduledAt, ...to, limit: mostEntries })
      const found = entries.filter(isOfRun)
      if (found.length > 0) return found.sort((one, other) => one.seq - other.seq)
    }
    return []
  })

const byEntry = (text: string, likeliest: EntryName.EntryRef, readings: ReadonlyArray<EntryName.EntryRef>) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const log = yield* JobLog.JobLog
    const stored = yield* store.get(readings)
    const isStored = (ref: JobStore.Ref) =>
      stored.some(({ jobName, key }) => jobName === ref.jobName && key === ref.key)
    const { jobName, key, seq } = readings.find(isStored) ?? likeliest
    yield* Instances.one(jobName, Option.some(key))
    const [entry] = yield* log.entries({ jobName, key, seq })
    if (entry === undefined) {
      return yield* CliError.failure(`There is no log entry ${text}; it may have been pruned.`)
    }
    if (entry.status === "control") return [entry]
    const isManual = entry.trigger === "manual"
    const entries = yield* entriesOf({ jobName, key, scheduledAt: entry.scheduledAt, isManual })
    return entries.some((other) => other.seq === seq) ? entries : [entry]
  })

const byRunKey = (text: string) =>
  Effect.gen(function* () {
    const run = EntryName.fromRunKey(text)
    if (Option.isNone(run)) return yield* notARun(text)
    yield* Instances.one(run.value.jobName, Option.some(run.value.key))
    const entries = yield* entriesOf(run.value)
    if (entries.length > 0) return entries
    return yield* CliError.failure(
      `There is no run ${text} in the log; it may not have ended yet, or it may have been pruned.`
    )
  })

export const show = DatabaseCommand.make(
  "show",
  {
    description: "One run: its attempts, their durations, the whole error, and what was planned next.",
    access: "read"
  },
  { run },
  ({ run }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const readings = EntryName.readings(run)
      const [likeliest] = readings
      const entries = yield* likeliest === undefined ? byRunKey(run) : byEntry(run, likeliest, readings)
      const now = yield* Clock.currentTimeMillis
      if (global.json) return yield* output.json({ now, entries: RunView.toJson(entries) })
      yield* output.lines(RunView.render(entries, { now, zone: output.zone }, yield* output.page))
    })
)
