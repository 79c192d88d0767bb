/**
 * `tickwork show`: one run with all its attempts and the whole error.
 *
 * @internal
 */
import { Args } from "@effect/cli"
import { Answers, EntryName, RunEntries } from "@tickwork/web/view"
import { Clock, Effect, Option } from "effect"
import { JobLog, JobStore } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as RunView from "../render/RunView.ts"

const run = Args.text({ name: "RUN" }).pipe(
  Args.withDescription("A log entry, JOB#12 or JOB/KEY#12, or the runKey that the body received, JOB/KEY/INSTANT.")
)

const notARun = (text: string) =>
  CliError.usage(
    `RUN must be a log entry such as sync_send#12 or a run key such as sync_send//1764115200000, got ${JSON.stringify(text)}.`
  )

const byEntry = (text: string, likeliest: EntryName.EntryRef, readings: ReadonlyArray<EntryName.EntryRef>) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const log = yield* JobLog.JobLog
    const stored = yield* store.get(readings)
    const isStored = (ref: JobStore.Ref) =>
      stored.some(({ jobName, key }) => jobName === ref.jobName && key === ref.key)
    const { jobName, key, seq } = readings.find(isStored) ?? likeliest
    yield* NamedInstances.one(jobName, Option.some(key))
    const [entry] = yield* log.entries({ jobName, key, seq })
    if (entry === undefined) {
      return yield* CliError.failure(`There is no log entry ${text}; it may have been pruned.`)
    }
    return yield* RunEntries.ofEntry(entry)
  })

const byRunKey = (text: string) =>
  Effect.gen(function* () {
    const run = EntryName.fromRunKey(text)
    if (Option.isNone(run)) return yield* notARun(text)
    yield* NamedInstances.one(run.value.jobName, Option.some(run.value.key))
    const entries = yield* RunEntries.of(run.value)
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
      if (global.json) return yield* output.json({ now, entries: entries.map(Answers.attemptOf) })
      yield* output.lines(RunView.render(entries, { now, zone: output.zone }, yield* output.page))
    })
)
