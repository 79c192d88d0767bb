/**
 * What `tickwork --help` says: the commands, what all of them are given, and the exit codes. Pure.
 *
 * The help of each command is made by @effect/cli, out of its options.
 *
 * @internal
 */
import * as Table from "./Table.ts"

/** A command and what it is for. */
export interface Command {
  readonly name: string
  readonly description: string
}

/** Whose help a command line asks for: that of a command, or of the program; nothing where it asks for none. */
export const asked = (args: ReadonlyArray<string>, commands: ReadonlyArray<Command>): string | null | undefined => {
  const end = args.indexOf("--")
  const words = end < 0 ? args : args.slice(0, end)
  const named = words.find((word) => commands.some(({ name }) => name === word))
  if (words.length === 0 || words[0] === "help") return named ?? null
  return words.includes("--help") || words.includes("-h") ? (named ?? null) : undefined
}

type Said = readonly [name: string, text: string]

const options: ReadonlyArray<Said> = [
  ["--db FILE|URL", "A SQLite file, or the postgres:// URL of a database; TICKWORK_DB unless set"],
  ["--prefix TEXT", "What the names of Tickwork's tables begin with; nothing unless set"],
  ["--json", "Answer with JSON: times in ms since the epoch, durations in ms"],
  ["--help", "What a command takes: tickwork history --help"],
  ["--version", "Which release this is"],
  ["--completions SHELL", "A completion script for bash, zsh or fish"]
]

const codes: ReadonlyArray<Said> = [
  ["0", "All went well"],
  ["1", "Something was not found, or was found wrong"],
  ["2", "The command line is wrong"],
  ["3", "The database cannot be used"],
  ["70", "A bug"]
]

const listed = (title: string, said: ReadonlyArray<Said>, page: Table.Page): ReadonlyArray<string> => [
  "",
  Table.paint("bold", title, page),
  ...Table.pairs(said, page)
]

export const render = (
  {
    commands,
    description,
    version
  }: {
    readonly commands: ReadonlyArray<Command>
    readonly description: ReadonlyArray<string>
    readonly version: string
  },
  page: Table.Page
): ReadonlyArray<string> => [
  `${Table.paint("bold", "tickwork", page)} ${version}`,
  ...description,
  "",
  "Usage: tickwork COMMAND [options]",
  ...listed(
    "Commands",
    commands.map(({ description, name }) => [name, description] as const),
    page
  ),
  ...listed("Options, before or after the command's own", options, page),
  ...listed("Exit codes", codes, page)
]
