/**
 * `tickwork watch`: how every job stands, live; where nobody looks, a line for each new line of the log.
 *
 * It only reads. However it ends, the terminal is left as it was found.
 *
 * @internal
 */
import { Options } from "@effect/cli"
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { type JobState, JobStore, LogEntry } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as InstanceStream from "../InstanceStream.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as StatusTable from "../render/StatusTable.ts"
import * as Table from "../render/Table.ts"
import * as TimeText from "../render/TimeText.ts"
import * as SharedOptions from "../SharedOptions.ts"

const forMs = SharedOptions.duration("for").pipe(
  Options.withDescription("Ends by itself after so long; at Ctrl-C unless set."),
  Options.optional
)

const everyMs = 1000

const screen = {
  enter: "\u001b[?1049h\u001b[?25l",
  leave: "\u001b[?25h\u001b[?1049l",
  home: "\u001b[H",
  clearLine: "\u001b[K",
  clearBelow: "\u001b[J"
} as const

/** Those of a screen's height; the more there are, the fewer of their last lines are shown. */
const picture = (
  states: ReadonlyArray<JobState.JobState>,
  lines: ReadonlyArray<LogEntry.Entry>,
  options: StatusTable.Options,
  { height, page, title }: { readonly height: number; readonly page: Table.Page; readonly title: string }
): ReadonlyArray<string> => {
  const head = [Table.paint("bold", Cells.cut(Cells.escape(title), page.width), page), ""]
  const status = StatusTable.render(states, options, page)
  const room = height - head.length - status.length - 2
  const log = room < 2 ? [] : ["", ...HistoryTable.render(lines.slice(0, room - 1), options, page)]
  return [...head, ...status, ...log].slice(0, Math.max(1, height - 1))
}

const live = Effect.gen(function* () {
  const output = yield* Output
  const store = yield* JobStore.JobStore
  const draw = Effect.gen(function* () {
    const height = yield* output.height
    const states = [...(yield* Stream.runCollect(Stream.take(InstanceStream.states(), height)))]
    const lines = yield* store.history({ limit: height })
    const now = yield* Clock.currentTimeMillis
    const options = { now, zone: output.zone, isGone: store.owner.isGone }
    const title = `Tickwork at ${TimeText.stamp(now, now, output.zone)}, Ctrl-C ends it`
    const shown = picture(states, lines, options, { height, page: yield* output.page, title })
    yield* output.write(screen.home + shown.map((line) => line + screen.clearLine).join("\r\n") + screen.clearBelow)
  })
  yield* Effect.acquireRelease(output.write(screen.enter), () => output.write(screen.leave))
  return yield* Effect.repeat(draw, Schedule.spaced(everyMs))
}).pipe(Effect.scoped, Effect.asVoid)

const told = (line: LogEntry.Entry, { now, zone }: HistoryTable.Options): string => {
  const name = line.key === "" ? line.jobName : `${line.jobName} ${line.key}`
  const took = LogEntry.ran(line) ? ` in ${TimeText.duration(line.durationMs)}` : ""
  const again = line.attempt > 1 ? `, attempt ${line.attempt}` : ""
  const note = HistoryTable.noteOf(line)
  const text = `${TimeText.stamp(line.startedAt, now, zone)} ${name} ${line.status}${took}${again}${note === "" ? "" : `: ${note}`}`
  return Cells.escape(text)
}

const followed = (json: boolean) =>
  Effect.gen(function* () {
    const output = yield* Output
    const store = yield* JobStore.JobStore
    let { last: mark } = yield* store.written(null)
    const tell = Effect.gen(function* () {
      const { last, entries } = yield* store.written(mark)
      mark = last
      const now = yield* Clock.currentTimeMillis
      if (json) yield* Effect.forEach(entries, (line) => output.jsonLine(HistoryTable.toJson(line)), { discard: true })
      else yield* output.lines(entries.map((line) => told(line, { now, zone: output.zone })))
    })
    yield* Effect.repeat(tell, Schedule.spaced(everyMs / 4))
  })

export const watch = DatabaseCommand.command(
  "watch",
  {
    description: "Every job as it stands, live; where the output is no terminal, each new line of the log.",
    access: "read"
  },
  { for: forMs },
  ({ for: ms }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const work = output.isTerminal && !given.json ? live : followed(given.json)
      yield* Option.match(ms, {
        onNone: () => work,
        onSome: (ms) => Effect.asVoid(Effect.timeoutOption(work, ms))
      })
    })
)
