/**
 * The standard output: lines for people, JSON for programs. Only a terminal gets colours, unless NO_COLOR is set, and
 * lines that are cut.
 *
 * @internal
 */
import { Config, Context, DateTime, Deferred, Effect, Layer, Option } from "effect"
import type { Page } from "./render/Table.ts"

export interface Service {
  readonly isTerminal: boolean
  readonly colors: boolean
  readonly zone: DateTime.TimeZone
  /** The current width of a line in cells; `Infinity` where the output is no terminal and COLUMNS is not set. */
  readonly width: Effect.Effect<number>
  /** The current height in lines. */
  readonly height: Effect.Effect<number>
  readonly page: Effect.Effect<Page>
  readonly write: (text: string) => Effect.Effect<void>
  readonly lines: (lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** Writes an indented JSON document. */
  readonly json: (value: unknown) => Effect.Effect<void>
  /** Writes a JSON document on one line. */
  readonly jsonLine: (value: unknown) => Effect.Effect<void>
  /** Ends when the reader closes the pipe, as `head` does. */
  readonly readerIsGone: Effect.Effect<void>
}

export class Output extends Context.Tag("tickwork/cli/Output")<Output, Service>() {}

// JSON.stringify leaves C1 controls and invisible and bidirectional characters as they are
const unescaped = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu

const escapeUnits = (character: string): string =>
  [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("")

/** JSON with every control, invisible and bidirectional character escaped. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(unescaped, escapeUnits)

const narrowest = 20

const fallback = { width: Number.POSITIVE_INFINITY, height: 24 }

const make = Effect.gen(function* () {
  const { stdout } = process
  const gone = yield* Deferred.make<void>()
  // never removed: a write under way when the reader goes fails later
  stdout.on("error", () => Deferred.unsafeDone(gone, Effect.void))
  const isTerminal = stdout.isTTY === true
  const noColor = yield* Effect.option(Config.nonEmptyString("NO_COLOR"))
  // a shell may set it to the empty text
  const columns = Option.filter(yield* Effect.option(Config.integer("COLUMNS")), (cells) => cells >= narrowest)
  const colors = isTerminal && Option.isNone(noColor)
  const width = Effect.sync(() =>
    isTerminal ? Math.max(narrowest, stdout.columns) : Option.getOrElse(columns, () => fallback.width)
  )
  const write = (text: string) =>
    Effect.async<void>((resume) => {
      stdout.write(text, () => resume(Effect.void))
    })
  return {
    isTerminal,
    colors,
    zone: DateTime.zoneMakeLocal(),
    width,
    height: Effect.sync(() => (isTerminal ? stdout.rows : fallback.height)),
    page: Effect.map(width, (width) => ({ width, colors })),
    write,
    lines: (lines) => (lines.length === 0 ? Effect.void : write(`${lines.join("\n")}\n`)),
    json: (value) => write(`${toJson(value, 2)}\n`),
    jsonLine: (value) => write(`${toJson(value)}\n`),
    readerIsGone: Deferred.await(gone)
  } satisfies Service
})

export const layer = Layer.effect(Output, make)
