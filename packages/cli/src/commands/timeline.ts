/**
 * `tickwork timeline`: a chart of what ran, with a lane for each job, as text or as an SVG file.
 *
 * @internal
 */
import { Args, Options } from "@effect/cli"
import { Timeline } from "@tickwork/simulation"
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import { JobLog, JobStats, type JobStore, type LogEntry } from "tickwork"
import * as CliError from "../CliError.ts"
import * as Database from "../Database.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as PictureFile from "../PictureFile.ts"
import * as Cells from "../render/Cells.ts"
import * as Counted from "../render/Counted.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const widest = 200

const jobs = Args.repeated(SharedOptions.job).pipe(Args.withDescription("The jobs to draw (default: all)."))

const svg = Options.text("svg").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Draw an SVG picture into this file; it replaces nothing but a picture."),
  Options.optional
)

const entriesOf = (
  jobs: ReadonlyArray<string>,
  range: { readonly from: number; readonly to: number }
): Effect.Effect<ReadonlyArray<LogEntry.Entry>, JobStore.StoreError, JobLog.JobLog> => {
  const queries = jobs.length === 0 ? [range] : jobs.map((jobName) => ({ ...range, jobName }))
  return Effect.map(
    Effect.forEach(queries, (query) => Stream.runCollect(JobLog.stream(query))),
    (found) => found.flatMap((entries) => Chunk.toReadonlyArray(entries))
  )
}

/** The stored log of these jobs: when each one's oldest entry started. */
const ages = (jobs: ReadonlyArray<string>) =>
  Effect.map(
    Effect.flatMap(JobLog.JobLog, (log) => log.size),
    ({ jobs: all }) => all.filter(({ jobName }) => jobs.length === 0 || jobs.includes(jobName))
  )

type Ages = Effect.Effect.Success<ReturnType<typeof ages>>

/** When the oldest log entry started; a minute before the end where nothing is stored. */
const oldestOf = (stored: Ages, to: number): number => {
  const starts = stored.flatMap(({ oldestAt }) => (oldestAt === null || oldestAt >= to ? [] : [oldestAt]))
  return starts.reduce((least, at) => Math.min(least, at), starts[0] ?? to - 60_000)
}

/**
 * Until when entries of each job were deleted. Where the range holds all that is stored of a job, an instance whose entries
 * do not begin with the first one has lost those before.
 */
const prunedOf = (entries: ReadonlyArray<LogEntry.Entry>, stored: Ages, from: number) => {
  const isWhole = new Set(stored.filter(({ oldestAt }) => (oldestAt ?? from) >= from).map(({ jobName }) => jobName))
  const first = new Map<string, LogEntry.Entry>()
  for (const entry of entries) {
    const id = JSON.stringify([entry.jobName, entry.key])
    if (isWhole.has(entry.jobName) && entry.seq <= (first.get(id)?.seq ?? entry.seq)) first.set(id, entry)
  }
  const pruned = new Map<string, number>()
  for (const { jobName, seq, startedAt } of first.values())
    if (seq > 1) pruned.set(jobName, Math.max(startedAt, pruned.get(jobName) ?? startedAt))
  return [...pruned].map(([jobName, to]) => ({ jobName, to }))
}

/** Figures and entries, oldest first. A saved timeline would also hold wake-ups, cost and seed, which no log has. */
const toJson = (newestFirst: ReadonlyArray<LogEntry.Entry>) => ({
  jobs: JobStats.of(newestFirst).map(({ jobName, ...own }) => ({ job: jobName, ...own })),
  entries: newestFirst
    .toSorted((one, other) => one.startedAt - other.startedAt || one.seq - other.seq)
    .map(HistoryTable.toJson)
})

export const timeline = DatabaseCommand.make(
  "timeline",
  {
    description: "A chart of what ran and what did not, with a lane for each job; --svg draws a picture.",
    access: "read"
  },
  { jobs, since: SharedOptions.sinceOldest, until: SharedOptions.until, svg },
  ({ jobs, since, svg, until }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const database = yield* Database.fileOf(global)
      if (Option.isSome(svg)) yield* PictureFile.check(svg.value, database)
      yield* Effect.forEach(jobs, (name) => Instances.checkJob(name), { discard: true })
      const now = yield* Clock.currentTimeMillis
      const to = Option.getOrElse(until, () => now)
      const stored = yield* ages(jobs)
      const from = Option.getOrElse(since, () => oldestOf(stored, to))
      if (to <= from) return yield* CliError.usage("--until must be after --since.")
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
      const found = yield* entriesOf(jobs, { from, to })
      const pruned = prunedOf(found, stored, from)
      const drawn = Timeline.ofLog(found, { from, to, zone: timeZone, pruned })
      if (Option.isSome(svg)) yield* PictureFile.save(svg.value, Timeline.toSvg(drawn, { title: "Tickwork" }), database)
      if (global.json)
        return yield* output.json({
          now,
          from,
          to,
          zone: timeZone,
          pruned: pruned.map(({ jobName, to }) => ({ job: jobName, to })),
          ...toJson(found)
        })
      if (Option.isSome(svg))
        return yield* output.lines([
          `${Cells.escape(svg.value)}: ${Counted.of(drawn.runs.length, "run")} of ${Counted.of(drawn.jobs.length, "job")}.`
        ])
      if (drawn.jobs.length === 0) return yield* output.lines(["No run started in this time range."])
      const { colors, width } = yield* output.page
      yield* output.lines(
        Timeline.toText(drawn, { width: Math.min(width, widest), colors })
          .trimEnd()
          .split("\n")
      )
    })
)
