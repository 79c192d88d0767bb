/**
 * Shows the jobs while they run: a live table on a terminal, plain lines elsewhere, and a table at the end. It leaves
 * the terminal as it found it, however the work ends.
 */
import { Terminal } from "@effect/platform"
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { Tick } from "tickwork"
import * as Cells from "./Cells.ts"
import * as RelativeTime from "./RelativeTime.ts"
import * as RunLine from "./RunLine.ts"
import * as Stats from "./Stats.ts"
import * as StatusTable from "./StatusTable.ts"

export interface Options {
  /** The line above the table. */
  readonly title: string
  readonly colors: boolean
}

const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"
const home = "\u001b[H"
const clearLine = "\u001b[K"
const clearBelow = "\u001b[J"

const plainWidth = 80

/** A closed pipe is handled in `main.ts`, not at each write. */
const display = (text: string) => Effect.flatMap(Terminal.Terminal, (terminal) => Effect.ignore(terminal.display(text)))

const displayLines = (lines: ReadonlyArray<string>) =>
  lines.length === 0 ? Effect.void : display(`${lines.join("\n")}\n`)

/** The table, and below it the last count of messages. */
const tableOf = (options: { readonly width: number; readonly colors: boolean }) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const table = StatusTable.render(yield* Tick.status, { ...options, now })
    // a failed read of this line must not end the display
    const stats = Option.flatten(yield* Effect.option(Stats.latest))
    const counted = Option.match(stats, {
      onNone: () => [],
      onSome: (stats) => ["", Cells.cut(Stats.toText(stats), options.width)]
    })
    return [...table, ...counted]
  })

const redraw = ({ colors, title }: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const width = yield* terminal.columns
    const rows = yield* terminal.rows
    const lines = [Cells.cut(Cells.escape(title), width), "", ...(yield* tableOf({ width, colors }))]
    const visible = lines.slice(0, rows).map((line) => line + clearLine)
    yield* display(home + visible.join("\r\n") + clearBelow)
  })

const live = <A, E, R>(work: Effect.Effect<A, E, R>, options: Options) =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(display(enter), () => display(leave))
    yield* Effect.forkScoped(Effect.repeat(redraw(options), Schedule.spaced("1 second")))
    return yield* work
  }).pipe(Effect.scoped)

const plain = <A, E, R>(work: Effect.Effect<A, E, R>, { title }: Options) =>
  Effect.gen(function* () {
    yield* displayLines([Cells.escape(title)])
    const listen = Stream.runForEach(Tick.events, (event) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => displayLines(RunLine.of(event, now)))
    )
    yield* Effect.forkScoped(listen)
    // the subscription starts before the first run and has received the last event when it stops
    yield* Effect.yieldNow()
    return yield* Effect.ensuring(work, Effect.yieldNow())
  }).pipe(Effect.scoped)

/** What the file holds of earlier starts. */
export const historyOf = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const states = (yield* Tick.status).map(({ state }) => state)
  const runs = states.reduce((sum, { totalRuns }) => sum + totalRuns, 0)
  const last = Math.max(...states.map(({ lastRunAt }) => lastRunAt ?? Number.NEGATIVE_INFINITY))
  return runs === 0 ? "a new file" : `${runs} runs so far, the last ${RelativeTime.since(last, now)}`
})

/** Shows the work until it ends, then the state of the jobs. */
export const show = <A, E, R>(work: Effect.Effect<A, E, R>, options: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const isTerminal = yield* terminal.isTTY
    const width = isTerminal ? terminal.columns : Effect.succeed(plainWidth)
    const closing = Effect.gen(function* () {
      yield* displayLines(yield* tableOf({ width: yield* width, colors: options.colors && isTerminal }))
    })
    const shown = isTerminal ? live(work, options) : plain(work, options)
    return yield* Effect.ensuring(shown, closing)
  })
