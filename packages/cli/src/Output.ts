/**
 * The standard output: lines for people, JSON for programs. Only a terminal gets colours, unless NO_COLOR is set, and
 * lines that are cut.
 *
 * @internal
 */
import * as fs from "node:fs"
import { Config, Context, DateTime, Deferred, Effect, Layer, Option } from "effect"
import * as CliError from "./CliError.ts"
import * as Cells from "./render/Cells.ts"
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
  /** Writes lines of which only the colours reach a terminal unescaped. */
  readonly lines: (lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** Writes an indented JSON document. */
  readonly json: (value: unknown) => Effect.Effect<void>
  /** Writes a JSON document on one line. */
  readonly jsonLine: (value: unknown) => Effect.Effect<void>
  /** Ends when the reader closes the pipe, as `head` does; fails where something could not be written. */
  readonly ended: Effect.Effect<void, CliError.CliError>
  /** Fails where something could not be written. */
  readonly written: Effect.Effect<void, CliError.CliError>
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

const unwritten = (error: Error): CliError.CliError =>
  CliError.unwritten(`The output cannot be written: ${error.message}.`)

/** A file takes a part of the text where its disk becomes full, and the stream would drop the rest without an error. */
const writeToFile = (fd: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at)
}

const isFile = (fd: number): boolean => {
  try {
    return fs.fstatSync(fd).isFile()
  } catch {
    return false
  }
}

const make = Effect.gen(function* () {
  const { stdout } = process
  const end = yield* Deferred.make<void, CliError.CliError>()
  const onError = (error: NodeJS.ErrnoException) =>
    Deferred.unsafeDone(end, error.code === "EPIPE" ? Effect.void : Effect.fail(unwritten(error)))
  // never removed: a write under way when the reader goes fails later
  stdout.on("error", onError)
  const toFile = isFile(stdout.fd)
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
      const done = (error?: Error | null) => {
        if (error !== undefined && error !== null) onError(error)
        resume(Effect.void)
      }
      if (!toFile) return void stdout.write(text, done)
      try {
        writeToFile(stdout.fd, text)
        done()
      } catch (error) {
        done(error as Error)
      }
    })
  return {
    isTerminal,
    colors,
    zone: DateTime.zoneMakeLocal(),
    width,
    height: Effect.sync(() => (isTerminal ? stdout.rows : fallback.height)),
    page: Effect.map(width, (width) => ({ width, colors })),
    write,
    lines: (lines) =>
      lines.length === 0
        ? Effect.void
        : write(`${lines.map(colors ? Cells.escapePainted : Cells.escape).join("\n")}\n`),
    json: (value) => write(`${toJson(value, 2)}\n`),
    jsonLine: (value) => write(`${toJson(value)}\n`),
    ended: Deferred.await(end),
    written: Effect.flatMap(
      Deferred.poll(end),
      Option.getOrElse(() => Effect.void)
    )
  } satisfies Service
})

export const layer = Layer.effect(Output, make)
