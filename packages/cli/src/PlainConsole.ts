/**
 * The console of @effect/cli: it prints to the output, without colours where that is no terminal.
 *
 * @internal
 */
import { stripVTControlCharacters } from "node:util"
import { type Console, Effect } from "effect"

export const stripColors = (text: string): string => stripVTControlCharacters(text)

/**
 * What @effect/cli prints goes to the output. Its errors are dropped, since `CliError.report` prints them.
 */
export const make =
  ({ colors, write }: { readonly colors: boolean; readonly write: (text: string) => Effect.Effect<void> }) =>
  (base: Console.Console): Console.Console => ({
    ...base,
    log: (...parts) => {
      const text = parts.map(String).join(" ")
      return write(`${colors ? text : stripColors(text)}\n`)
    },
    error: () => Effect.void
  })
