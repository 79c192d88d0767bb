/**
 * The console of @effect/cli: it prints to the output, without colours where that is no terminal.
 *
 * @internal
 */
import { stripVTControlCharacters } from "node:util"
import { type Console, Effect } from "effect"
import * as Cells from "./render/Cells.ts"

export const stripColors = (text: string): string => stripVTControlCharacters(text)

/** The widest line of a help text where the output is wider. */
const widest = 80

/** What @effect/cli says of every value, and what tells a reader nothing. */
const empty = /^\s*(A user-defined piece of text|A true or false value|An integer|This setting is optional)\.$/

/** Completion scripts are printed as they are. */
const isHelp = (text: string): boolean => /^USAGE$/m.test(stripColors(text))

/** The lines of a help text without those that say nothing, wrapped under their own indent. */
export const helpLines = (text: string, width: number): ReadonlyArray<string> => {
  const lines = text.split("\n").filter((line) => !empty.test(stripColors(line)))
  return lines
    .filter((line, index) => line.trim() !== "" || (lines[index - 1] ?? "").trim() !== "")
    .flatMap((line) => {
      const [indent = ""] = /^ */.exec(line) ?? []
      if (Cells.width(stripColors(line)) <= width) return [line]
      // colours count for nothing, and a cut among them would leave them open
      const [first = "", ...rest] = Cells.wrap(stripColors(line).trim(), width - indent.length - 2)
      return [indent + first, ...rest.map((part) => `${indent}  ${part}`)]
    })
}

/**
 * What @effect/cli prints goes to the output. Its errors are dropped, since `CliError.report` prints them.
 */
export const make =
  ({
    colors,
    width,
    write
  }: {
    readonly colors: boolean
    readonly width: Effect.Effect<number>
    readonly write: (text: string) => Effect.Effect<void>
  }) =>
  (base: Console.Console): Console.Console => ({
    ...base,
    log: (...parts) => {
      const text = parts.map(String).join(" ")
      if (!isHelp(text)) return write(`${colors ? text : stripColors(text)}\n`)
      return Effect.flatMap(width, (width) => {
        const wrapped = helpLines(text, Math.min(width, widest)).join("\n")
        return write(`${(colors ? wrapped : stripColors(wrapped)).trimEnd()}\n`)
      })
    },
    error: () => Effect.void
  })
