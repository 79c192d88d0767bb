/**
 * The text of `tickwork --help`: commands, global options and exit codes. @effect/cli renders the help of each command.
 *
 * @internal
 */
import * as Cells from "./Cells.ts"
import * as FieldList from "./FieldList.ts"
import * as Table from "./Table.ts"

export interface Command {
  readonly name: string
  readonly description: string
}

const options: ReadonlyArray<FieldList.Field> = [
  { name: "--db FILE|URL", text: "A SQLite file or a postgres:// URL (default: TICKWORK_DB)" },
  { name: "--prefix TEXT", text: "The prefix of Tickwork's tables (default: none)" },
  { name: "--schema TEXT", text: "Their PostgreSQL schema (default: found in the search path)" },
  { name: "--json", text: "Print JSON: instants in ms since the epoch, durations in ms" },
  { name: "--help", text: "The options of a command: tickwork history --help" },
  { name: "--version", text: "The version of this program" },
  { name: "--completions SHELL", text: "A completion script for bash, zsh or fish" }
]

const codes: ReadonlyArray<FieldList.Field> = [
  { name: "0", text: "Success" },
  { name: "1", text: "Not found, or an error found by doctor" },
  { name: "2", text: "The command line is wrong" },
  { name: "3", text: "The database cannot be used" },
  { name: "70", text: "A bug in tickwork" }
]

export interface Program {
  readonly commands: ReadonlyArray<Command>
  readonly description: string
  readonly version: string
}

export const render = (program: Program, page: Table.Page): ReadonlyArray<string> => {
  const section = (title: string, fields: ReadonlyArray<FieldList.Field>): ReadonlyArray<string> => [
    "",
    Table.paint("bold", title, page),
    ...FieldList.render(fields, page, "  ")
  ]
  return [
    `${Table.paint("bold", "tickwork", page)} ${program.version}`,
    ...Cells.wrap(program.description, page.width),
    "",
    "Usage: tickwork COMMAND [options]",
    ...section(
      "Commands",
      program.commands.map(({ description, name }) => ({ name, text: description }))
    ),
    ...section("Options, before or after the command", options),
    ...section("Exit codes", codes)
  ]
}
