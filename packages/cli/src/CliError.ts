/**
 * What ends a command early: one line with the cure, and an exit code.
 *
 * @internal
 */
import { HelpDoc, ValidationError } from "@effect/cli"
import { DatabaseError } from "@tickwork/sql"
import { Cause, ConfigError, Console, Effect, Exit, Option, Schema } from "effect"
import { JobStore } from "tickwork"
import * as PlainConsole from "./PlainConsole.ts"
import * as Cells from "./render/Cells.ts"

export const exitCodes = { success: 0, failure: 1, usage: 2, database: 3, bug: 70 } as const

export class CliError extends Schema.TaggedError<CliError>("tickwork/cli/CliError")("CliError", {
  kind: Schema.Literal("failure", "usage", "database"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Something is not there, or not in the state that the command needs. */
export const failure = (reason: string): CliError => new CliError({ kind: "failure", reason })

/** The standard output takes no more. */
export const unwritten = (reason: string): CliError => new CliError({ kind: "database", reason })

/** The command line is wrong. */
export const usage = (reason: string): CliError => new CliError({ kind: "usage", reason })

const withCure = (kind: CliError["kind"], reason: string, cure: string): CliError =>
  new CliError({ kind, reason: `${reason.replace(/\.$/, "")}. ${cure}`.trimEnd() })

const databaseCures: Readonly<Record<DatabaseError.Reason, string>> = {
  "invalid option": "Correct the command line or TICKWORK_DB.",
  missing: "Correct its name, or start the application that creates it.",
  "missing folder": "Correct its name.",
  unreadable: "Run this as a user who may read it. The option mode of layerSqlite says who may use a new file.",
  "read-only":
    "Run this as a user who may write to it and to its folder. The option mode of layerSqlite says who may use a new file.",
  "not a database": "Name the database file of your application.",
  foreign: "Name another database, or the --prefix of Tickwork's tables.",
  "no tables": "Name the database and the --prefix that your application uses.",
  newer: "Use the release of @tickwork/cli that goes with the application, or a later one.",
  older: "Start an application of this release on it once, which migrates it.",
  "unreleased layout": "Move it away, and start the application with a fresh database.",
  locked: "Close the program that holds it, then try again.",
  "another dialect": "Name a SQLite file or a postgres:// URL.",
  unreachable: "Start it, or correct its address.",
  "driver not built":
    "Run npm rebuild better-sqlite3, with python3, make and a C++ compiler where none can be fetched.",
  forbidden: "Name a user who may log in and read it."
}

// a driver gives its reason as text alone
const storeCures: ReadonlyArray<readonly [RegExp, string]> = [
  [/locked|busy/i, "Close the program that holds it, then try again."],
  [/read.?only/i, "Give this user the right to write to it."],
  [/no such table|does not exist/i, "Correct the --prefix."]
]

const storeCure = ({ reason }: JobStore.StoreError): string =>
  storeCures.find(([pattern]) => pattern.test(reason))?.[1] ?? ""

/** The help document of an @effect/cli error as one line. */
const ofValidation = ({ error }: ValidationError.ValidationError): CliError => {
  const text = PlainConsole.stripColors(HelpDoc.toAnsiText(error)).replace(/\s+/g, " ").trim()
  const said = text === "" ? "The command line is not understood." : /[.?]$/.test(text) ? text : `${text}.`
  return usage(`${said} See tickwork --help.`)
}

/** The message for an expected error; none for a bug. */
const ofError = (error: unknown): Option.Option<CliError> => {
  if (error instanceof CliError) return Option.some(error)
  if (error instanceof JobStore.StoreError) return Option.some(withCure("database", error.message, storeCure(error)))
  if (error instanceof DatabaseError.DatabaseError) {
    const kind = error.reason === "invalid option" ? "usage" : "database"
    return Option.some(withCure(kind, `${error.database}: ${error.detail}`, databaseCures[error.reason]))
  }
  if (ValidationError.isValidationError(error)) return Option.some(ofValidation(error))
  if (ConfigError.isConfigError(error)) return Option.some(usage(String(error)))
  return Option.none()
}

const credentials = /\b(?!file:)([a-z][a-z\d+.-]*:\/\/)[^\s@]*:\S*@/gi

/** A line as the terminal gets it. */
const shown = (line: string): string => Cells.escape(line.replace(credentials, "$1…@"))

/** Prints a failure on the standard error and answers the exit code; an interruption is a success. */
export const report = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<number> => {
  if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return Effect.succeed(exitCodes.success)
  return Option.match(Option.flatMap(Cause.failureOption(exit.cause), ofError), {
    onNone: () =>
      Effect.as(
        Console.error(["This is a bug in tickwork.", ...Cause.pretty(exit.cause).split("\n").map(shown)].join("\n")),
        exitCodes.bug
      ),
    onSome: ({ kind, message }) => Effect.as(Console.error(`tickwork: ${shown(message)}`), exitCodes[kind])
  })
}
