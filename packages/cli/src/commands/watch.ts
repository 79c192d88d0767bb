/**
 * `tickwork watch`: the state of every job, live on a terminal; elsewhere one line for each new log entry. It leaves
 * the terminal as it found it, however it ends.
 *
 * @internal
 */

import { Options } from "@effect/cli"
import { Answers, EntryText, InstanceState, Known, Overview, TimeText } from "@tickwork/web/view"
import { Clock, Effect, Option, Schedule } from "effect"
import { JobLog, LogEntry } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import { Output } from "../Output.ts"
import * as Cells from "../render/Cells.ts"
import * as FoldedLines from "../render/FoldedLines.ts"
import * as HistoryTable from "../render/HistoryTable.ts"
import * as StatusTable from "../render/StatusTable.ts"
import * as Table from "../render/Table.ts"
import * as SharedOptions from "../SharedOptions.ts"
import * as TimeLimit from "../TimeLimit.ts"

const forMs = SharedOptions.duration("for").pipe(
  Options.withDescription("End after this time (default: at Ctrl-C)."),
  Options.optional
)

const redrawMs = 1000

const pollMs = 250

const screen = {
  enter: "\u001b[?1049h\u001b[?25l",
  leave: "\u001b[?25h\u001b[?1049l",
  home: "\u001b[H",
  clearLine: "\u001b[K",
  clearBelow: "\u001b[J"
} as const

/** The lines of a screen: every instance, and as many of the last log entries as fit below. */
const screenOf = (
  { folded, states }: Pick<Overview.Overview, "folded" | "states">,
  entries: ReadonlyArray<LogEntry.Entry>,
  options: StatusTable.Options,
  { height, page, title }: { readonly height: number; readonly page: Table.Page; readonly title: string }
): ReadonlyArray<string> => {
  const head = [Table.paint("bold", Cells.cut(Cells.escape(title), page.width), page), ""]
  const status = [
    ...(states.length > 0 || folded.length === 0 ? StatusTable.render(states, options, page) : []),
    ...FoldedLines.render(folded, page)
  ]
  const room = height - head.length - status.length - 2
  const log = room < 2 ? [] : ["", ...HistoryTable.render(entries.slice(0, room - 1), options, page)]
  return [...head, ...status, ...log].slice(0, Math.max(1, height - 1))
}

const redraw = Effect.gen(function* () {
  const output = yield* Output
  const log = yield* JobLog.JobLog
  const draw = Effect.gen(function* () {
    const height = yield* output.height
    const options = yield* Known.read(output.zone)
    const { folded, states } = yield* Overview.read({ job: Option.none(), all: false, limit: height }, options)
    const entries = yield* log.history({ limit: height })
    const title = `Tickwork at ${TimeText.stamp(options.now, options.now, output.zone)}, Ctrl-C ends it`
    const lines = screenOf({ folded, states }, entries, options, { height, page: yield* output.page, title })
    yield* output.write(
      screen.home + lines.map((line) => Cells.escapePainted(line) + screen.clearLine).join("\r\n") + screen.clearBelow
    )
  })
  yield* Effect.acquireRelease(output.write(screen.enter), () => output.write(screen.leave))
  return yield* Effect.repeat(draw, Schedule.spaced(redrawMs))
}).pipe(Effect.scoped, Effect.asVoid)

const lineOf = (entry: LogEntry.Entry, { now, zone }: HistoryTable.Options): string => {
  const took = LogEntry.ran(entry) ? ` in ${TimeText.duration(entry.durationMs)}` : ""
  const attempt = entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""
  const detail = EntryText.detailOf(entry)
  const head = `${TimeText.stamp(entry.startedAt, now, zone)} ${InstanceState.nameOf(entry)} ${entry.status}`
  return Cells.escape(`${head}${took}${attempt}${detail === "" ? "" : `: ${detail}`}`)
}

const follow = (json: boolean) =>
  Effect.gen(function* () {
    const output = yield* Output
    const log = yield* JobLog.JobLog
    let { mark } = yield* log.since(null)
    const print = Effect.gen(function* () {
      const { entries, mark: next } = yield* log.since(mark)
      mark = next
      const now = yield* Clock.currentTimeMillis
      if (json) yield* Effect.forEach(entries, (entry) => output.jsonLine(Answers.entryOf(entry)), { discard: true })
      else yield* output.lines(entries.map((entry) => lineOf(entry, { now, zone: output.zone })))
    })
    yield* Effect.repeat(print, Schedule.spaced(pollMs))
  })

export const watch = DatabaseCommand.make(
  "watch",
  {
    description: "The state of every job, live; where the output is no terminal, one line for each new log entry.",
    access: "read"
  },
  { for: forMs },
  ({ for: ms }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const work = output.isTerminal && !global.json ? redraw : follow(global.json)
      yield* Option.match(ms, {
        onNone: () => work,
        onSome: (ms) => TimeLimit.end(work, ms)
      })
    })
)
