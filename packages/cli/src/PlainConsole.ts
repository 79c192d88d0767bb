/**
 * A console without colours, for output that is no terminal.
 *
 * @internal
 */
import { stripVTControlCharacters } from "node:util"
import { type Console, Effect } from "effect"

export const stripColors = (text: string): string => stripVTControlCharacters(text)

const plain = (parts: ReadonlyArray<unknown>) =>
  parts.map((part) => (typeof part === "string" ? stripColors(part) : part))

/** @effect/cli prints errors through `console.error`: they are dropped here, since `CliError.report` prints them. */
export const make =
  (options: { readonly colors: boolean }) =>
  (base: Console.Console): Console.Console => ({
    ...base,
    log: (...parts) => base.log(...(options.colors ? parts : plain(parts))),
    error: () => Effect.void
  })
