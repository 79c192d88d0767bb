/**
 * Where a command's answer goes: lines for people, or JSON for programs.
 *
 * Colours are for terminals alone, and never where NO_COLOR is set. Output that is no terminal is cut nowhere.
 *
 * @internal
 */
import { Config, Context, DateTime, Deferred, Effect, Layer, Option } from "effect"
import type { Page } from "./render/Table.ts"

export interface Service {
  readonly isTerminal: boolean
  readonly colors: boolean
  readonly zone: DateTime.TimeZone
  /** How many cells a line may have, as the terminal is now. */
  readonly width: Effect.Effect<number>
  /** How many lines a terminal has, as it is now. */
  readonly height: Effect.Effect<number>
  readonly page: Effect.Effect<Page>
  readonly write: (text: string) => Effect.Effect<void>
  readonly lines: (lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** A document of JSON, on lines of its own. */
  readonly json: (value: unknown) => Effect.Effect<void>
  /** A document of JSON on one line. */
  readonly jsonLine: (value: unknown) => Effect.Effect<void>
  /** Whoever read it has gone: `head`, for one. */
  readonly readerIsGone: Effect.Effect<void>
}

/** @internal */
export class Output extends Context.Tag("tickwork/cli/Output")<Output, Service>() {}

// C1 controls, and what turns text around, reach a terminal through JSON.stringify as they are
const rest = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu

const byUnits = (character: string): string =>
  [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("")

/** JSON in which every control, invisible and turning character is escaped. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(rest, byUnits)

const narrowest = 20

const fallback = { width: Number.POSITIVE_INFINITY, height: 24 }

const make = Effect.gen(function* () {
  const { stdout } = process
  const gone = yield* Deferred.make<void>()
  // it stays for as long as the process: what is under way when the reader goes fails after that
  stdout.on("error", () => Deferred.unsafeDone(gone, Effect.void))
  const isTerminal = stdout.isTTY === true
  const noColor = yield* Effect.option(Config.nonEmptyString("NO_COLOR"))
  // a shell may leave it empty, which is no width
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
