/**
 * Shows what the tick does while it works: a live table on a terminal, plain lines elsewhere, and a closing table.
 *
 * It only looks. However the work ends, the terminal is left as it was found.
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
  /** What stands above the table. */
  readonly title: string
  readonly colors: boolean
}

const enter = "\u001b[?1049h\u001b[?25l"
const leave = "\u001b[?25h\u001b[?1049l"
const home = "\u001b[H"
const clearLine = "\u001b[K"
const clearBelow = "\u001b[J"

const plainWidth = 80

/** A reader that has gone away is noticed where the output is watched, not at each line. */
const display = (text: string) => Effect.flatMap(Terminal.Terminal, (terminal) => Effect.ignore(terminal.display(text)))

const displayLines = (lines: ReadonlyArray<string>) =>
  lines.length === 0 ? Effect.void : display(`${lines.join("\n")}\n`)

/** The table, and under it the last count of messages. */
const picture = (options: { readonly width: number; readonly colors: boolean }) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const table = StatusTable.render(yield* Tick.status, { ...options, now })
    // a table that cannot be read right now is worth no error of its own
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
    const lines = [Cells.cut(Cells.escape(title), width), "", ...(yield* picture({ width, colors }))]
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
    // the listener listens before the first run begins, and has heard of the last one before it is stopped
    yield* Effect.yieldNow()
    return yield* Effect.ensuring(work, Effect.yieldNow())
  }).pipe(Effect.scoped)

/** What the file remembers of earlier starts. */
export const remembered = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const states = (yield* Tick.status).map(({ state }) => state)
  const runs = states.reduce((sum, { totalRuns }) => sum + totalRuns, 0)
  const last = Math.max(...states.map(({ lastRunAt }) => lastRunAt ?? Number.NEGATIVE_INFINITY))
  return runs === 0 ? "a new file" : `remembers ${runs} runs, the last ${RelativeTime.since(last, now)}`
})

/** Shows the work from its beginning to its end, and the state in which it leaves the jobs. */
export const show = <A, E, R>(work: Effect.Effect<A, E, R>, options: Options) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const isTerminal = yield* terminal.isTTY
    const width = isTerminal ? terminal.columns : Effect.succeed(plainWidth)
    const closing = Effect.gen(function* () {
      yield* displayLines(yield* picture({ width: yield* width, colors: options.colors && isTerminal }))
    })
    const shown = isTerminal ? live(work, options) : plain(work, options)
    return yield* Effect.ensuring(shown, closing)
  })
