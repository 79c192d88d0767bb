/**
 * `tickwork timeline`: a chart of what ran, a lane for each job, as text or as a picture in a file.
 *
 * @internal
 */
import { Args, Options } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import { Timeline } from "@tickwork/simulation"
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import { JobLog, JobStats, type JobStore, type LogEntry } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const widest = 200

const jobs = Args.repeated(SharedOptions.job).pipe(
  Args.withDescription("The jobs to be drawn; all of them unless some are named.")
)

const svg = Options.text("svg").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Draw it as a picture, into this file."),
  Options.optional
)

const linesOf = (
  jobs: ReadonlyArray<string>,
  window: { readonly from: number; readonly to: number }
): Effect.Effect<ReadonlyArray<LogEntry.Entry>, JobStore.StoreError, JobStore.JobStore> => {
  const queries = jobs.length === 0 ? [window] : jobs.map((jobName) => ({ ...window, jobName }))
  return Effect.map(
    Effect.forEach(queries, (query) => Stream.runCollect(JobLog.stream(query))),
    (found) => found.flatMap((lines) => Chunk.toReadonlyArray(lines))
  )
}

const save = (filename: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.writeFileString(filename, text)).pipe(
    Effect.catchAll(({ message }) => CliError.found(`The picture could not be written to ${filename}: ${message}`))
  )

/** The figures and the lines, the oldest first: a saved timeline has wake-ups, a cost and a seed, which no log knows. */
const toJson = (newestFirst: ReadonlyArray<LogEntry.Entry>) => ({
  jobs: JobStats.of(newestFirst).map(({ jobName, ...own }) => ({ job: jobName, ...own })),
  lines: newestFirst
    .toSorted((one, other) => one.startedAt - other.startedAt || one.seq - other.seq)
    .map(HistoryTable.toJson)
})

export const timeline = DatabaseCommand.command(
  "timeline",
  { description: "A chart of what ran and what did not, a lane for each job; a picture with --svg.", access: "read" },
  { jobs, since: SharedOptions.sinceADay, until: SharedOptions.until, svg },
  ({ jobs, since, svg, until }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* Effect.forEach(jobs, Instances.checkJob, { discard: true })
      const now = yield* Clock.currentTimeMillis
      const { from, to } = SharedOptions.span({ since, until }, now)
      if (to <= from) return yield* CliError.usage("--until is not after --since: there is no time between them.")
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
      const found = yield* linesOf(jobs, { from, to })
      const drawn = Timeline.ofLog(found, { from, to, zone: timeZone })
      if (Option.isSome(svg)) yield* save(svg.value, Timeline.toSvg(drawn, { title: "Tickwork" }))
      if (given.json) return yield* output.json({ now, from, to, zone: timeZone, ...toJson(found) })
      if (Option.isSome(svg))
        return yield* output.lines([
          `${Cells.escape(svg.value)}: ${drawn.runs.length} runs of ${drawn.jobs.length} jobs.`
        ])
      if (drawn.jobs.length === 0) return yield* output.lines(["Nothing began in that time."])
      const { colors, width } = yield* output.page
      yield* output.write(Timeline.toText(drawn, { width: Math.min(width, widest), colors }))
    })
)
