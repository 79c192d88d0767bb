/**
 * Text without colours, and the console of a program whose text goes where colours are not wanted.
 *
 * @internal
 */
import { stripVTControlCharacters } from "node:util"
import { type Console, Effect } from "effect"

export const text = (colored: string): string => stripVTControlCharacters(colored)

const plain = (parts: ReadonlyArray<unknown>) => parts.map((part) => (typeof part === "string" ? text(part) : part))

/** @effect/cli prints helps and errors itself: its errors are left to us, who print them once, in one line. */
export const console =
  (options: { readonly colors: boolean }) =>
  (base: Console.Console): Console.Console => ({
    ...base,
    log: (...parts) => base.log(...(options.colors ? parts : plain(parts))),
    error: () => Effect.void
  })
