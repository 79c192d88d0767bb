/**
 * `tickwork timeline`: a chart of what ran, with a lane for each job, as text or as an SVG file.
 *
 * @internal
 */
import { Args, Options } from "@effect/cli"
import { Timeline } from "@tickwork/simulation"
import { Answers, Counted, LogAges } from "@tickwork/web/view"
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import { JobLog, JobStats, type LogEntry } from "tickwork"
import * as CliError from "../CliError.ts"
import * as Database from "../Database.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as PictureFile from "../PictureFile.ts"
import * as Cells from "../render/Cells.ts"
import * as SharedOptions from "../SharedOptions.ts"

const widest = 200

const jobs = Args.repeated(SharedOptions.job).pipe(Args.withDescription("The jobs to draw (default: all)."))

const svg = Options.text("svg").pipe(
  Options.withPseudoName("FILE"),
  Options.withDescription("Draw an SVG picture into this file; it replaces nothing but a picture."),
  Options.optional
)

/** Into how many slices the time is divided: some for each column of text, one and more for each point of a picture. */
const resolution = 2000

interface Span {
  readonly from: number
  readonly to: number
}

const entriesOf = (jobs: ReadonlyArray<string>, span: Span) =>
  Stream.fromIterable(jobs.length === 0 ? [span] : jobs.map((jobName) => ({ ...span, jobName }))).pipe(
    Stream.flatMap(JobLog.stream)
  )

/** The chart of a log, of which few entries are kept at a time. */
const draw = <E, R>(entries: Stream.Stream<LogEntry.Entry, E, R>, options: Span & { readonly zone: string }) =>
  Effect.gen(function* () {
    const deleted = new LogAges.Deleted()
    const seen = Stream.mapChunks(entries, (chunk) => {
      deleted.add(chunk)
      return chunk
    })
    const timeline = yield* Timeline.ofLogStream(seen, { ...options, resolution })
    const pruned = yield* deleted.pruned
    return pruned.length === 0 ? timeline : { ...timeline, pruned }
  })

/** Figures and entries, oldest first. A saved timeline would also hold wake-ups, cost and seed, which no log has. */
const toJson = (newestFirst: ReadonlyArray<LogEntry.Entry>) => ({
  jobs: JobStats.of(newestFirst).map(Answers.figuresOf),
  entries: newestFirst
    .toSorted((one, other) => one.startedAt - other.startedAt || one.seq - other.seq)
    .map(Answers.entryOf)
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
      yield* Effect.forEach(jobs, (name) => NamedInstances.checkJob(name), { discard: true })
      const now = yield* Clock.currentTimeMillis
      const to = Option.getOrElse(until, () => now)
      const from = Option.isSome(since) ? since.value : LogAges.oldestOf(yield* LogAges.read(jobs), to)
      if (to <= from) return yield* CliError.usage("--until must be after --since.")
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
      const entries = entriesOf(jobs, { from, to })
      // all of them are part of the answer
      const found = global.json ? yield* Stream.runCollect(entries) : null
      const options = { from, to, zone: timeZone }
      const drawn = yield* found === null ? draw(entries, options) : draw(Stream.fromChunk(found), options)
      if (Option.isSome(svg)) yield* PictureFile.save(svg.value, Timeline.toSvg(drawn, { title: "Tickwork" }), database)
      if (found !== null)
        return yield* output.json({
          now,
          from,
          to,
          zone: timeZone,
          pruned: (drawn.pruned ?? []).map(({ jobName, to }) => ({ job: jobName, to })),
          ...toJson(Chunk.toReadonlyArray(found))
        })
      const runs = drawn.jobs.reduce((sum, job) => sum + job.runs, 0)
      if (Option.isSome(svg))
        return yield* output.lines([
          `${Cells.escape(svg.value)}: ${Counted.of(runs, "run")} of ${Counted.of(drawn.jobs.length, "job")}.`
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
