/**
 * `tickwork show`: one run, with all its attempts and its whole error.
 *
 * @internal
 */
import { Args } from "@effect/cli"
import { Clock, Effect, Option } from "effect"
import { JobStore, type LogEntry, Run } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as RunView from "../render/RunView.ts"

const run = Args.text({ name: "RUN" }).pipe(
  Args.withDescription(
    "A line of the history, JOB#12 or JOB/KEY#12, or a run key as a job is told it, JOB/KEY/INSTANT."
  )
)

interface Wanted extends JobStore.Ref {
  readonly scheduledAt: number
  readonly isManual: boolean
}

/** The run that a key names; see `Run.keyOf`. */
const fromRunKey = (text: string): Option.Option<Wanted> => {
  const [, jobName = "", key = "", at = "", manual] = /^([^/]+)\/([^/]*)\/(\d+)(\/manual)?$/.exec(text) ?? []
  return Option.map(HistoryTable.fromName(`${jobName}${key === "" ? "" : `/${key}`}#0`), (ref) => ({
    jobName: ref.jobName,
    key: ref.key,
    scheduledAt: Number(at),
    isManual: manual !== undefined
  }))
}

const notUnderstood = (text: string) =>
  CliError.usage(
    `${JSON.stringify(text)} names no run: give a line such as sync_send#12, or a run key such as sync_send//1764115200000.`
  )

/** One run is looked for in so much of the log after its instant: an hour, a day, all. */
const windows = [3_600_000, 86_400_000, Number.POSITIVE_INFINITY]

const most = 10_000

/** The lines of a run, the first attempt first. */
const linesOf = ({ isManual, jobName, key, scheduledAt }: Wanted) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const isOfRun = (line: LogEntry.LogEntry) =>
      line.scheduledAt === scheduledAt && (line.trigger === "manual") === isManual && line.status !== "control"
    for (const windowMs of windows) {
      const to = Number.isFinite(windowMs) ? { to: scheduledAt + windowMs } : {}
      const lines = yield* store.entries({ jobName, key, from: scheduledAt, ...to, limit: most })
      const found = lines.filter(isOfRun)
      if (found.length > 0) return found.sort((one, other) => one.seq - other.seq)
    }
    return []
  })

const wanted = (
  text: string
): Effect.Effect<ReadonlyArray<LogEntry.LogEntry>, CliError.Problem | JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const readings = HistoryTable.readings(text)
    const stored = yield* store.get(readings)
    const [likeliest] = readings
    const named = readings.find((reading) =>
      stored.some(({ jobName, key }) => jobName === reading.jobName && key === reading.key)
    )
    const meant = named ?? likeliest
    if (meant !== undefined) {
      const { jobName, key, seq } = meant
      yield* Instances.one(jobName, Option.some(key))
      const [line] = yield* store.entries({ jobName, key, seq })
      if (line === undefined)
        return yield* CliError.found(`There is no line ${text} in the log; it may have been pruned.`)
      if (line.status === "control") return [line]
      const isManual = line.trigger === "manual"
      const lines = yield* linesOf({ jobName, key, scheduledAt: line.scheduledAt, isManual })
      return lines.some((other) => other.seq === seq) ? lines : [line]
    }
    const key = fromRunKey(text)
    if (Option.isNone(key)) return yield* notUnderstood(text)
    yield* Instances.one(key.value.jobName, Option.some(key.value.key))
    const lines = yield* linesOf(key.value)
    if (lines.length === 0) {
      const { isManual, jobName, key: of, scheduledAt } = key.value
      const name = Run.keyOf(jobName, of, scheduledAt, isManual ? "manual" : "schedule")
      return yield* CliError.found(
        `There is no run ${name} in the log; it may not have ended yet, or have been pruned.`
      )
    }
    return lines
  })

export const show = DatabaseCommand.command(
  "show",
  { description: "One run: its attempts, how long they took, the whole error, and what came next.", access: "read" },
  { run },
  ({ run }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const lines = yield* wanted(run)
      const now = yield* Clock.currentTimeMillis
      if (given.json) return yield* output.json({ now, lines: RunView.toJson(lines) })
      yield* output.lines(RunView.render(lines, { now, zone: output.zone }, yield* output.page))
    })
)
