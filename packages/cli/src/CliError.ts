/**
 * What ends a command early: one line that says what is wrong and what helps, and the exit code that goes with it.
 *
 * @internal
 */
import { HelpDoc, ValidationError } from "@effect/cli"
import { DatabaseError } from "@tickwork/sql"
import { Cause, ConfigError, Console, Effect, Exit, Option, Schema } from "effect"
import { JobStore } from "tickwork"
import * as PlainConsole from "./PlainConsole.ts"
import * as Cells from "./render/Cells.ts"

/** What a program that calls this one learns by its exit code. */
export const codes = { fine: 0, found: 1, usage: 2, database: 3, bug: 70 } as const

/** A problem that is no fault of the program's. */
export class Problem extends Schema.TaggedError<Problem>("tickwork/cli/Problem")("Problem", {
  kind: Schema.Literal("found", "usage", "database"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Something is not there, or not as it should be. */
export const found = (reason: string): Problem => new Problem({ kind: "found", reason })

/** The command line does not say what to do. */
export const usage = (reason: string): Problem => new Problem({ kind: "usage", reason })

/** The database cannot be used. */
export const database = (reason: string): Problem => new Problem({ kind: "database", reason })

const refusedCures: Readonly<Record<DatabaseError.Reason, string>> = {
  missing: "Correct its name, or start the application that makes it.",
  "missing folder": "Correct its name.",
  unreadable: "Run this as a user who may read it.",
  "read-only": "Run this as a user who may write to it and to its folder.",
  "not a database": "Name the file of your application's database.",
  foreign: "Name another database, or the --prefix of Tickwork's tables.",
  "no tables": "Name the database and the --prefix that your application uses.",
  newer: "Use the release of @tickwork/cli that goes with the application, or a later one.",
  older: "Start an application of this release on it once, which migrates it.",
  "unreleased layout": "Move it away, and start the application with a fresh database.",
  locked: "Close the program that holds it, then try again.",
  "another dialect": "Name a SQLite file or a postgres:// URL.",
  unreachable: "Start it, or correct its address.",
  forbidden: "Name a user who may log in and read it."
}

const ofRefused = ({ database: name, detail, reason }: DatabaseError.DatabaseError): Problem =>
  database(`${name}: ${detail.replace(/\.$/, "")}. ${refusedCures[reason]}`)

const storeCures: ReadonlyArray<readonly [RegExp, string]> = [
  [/locked|busy/i, "Close the program that holds it, then try again."],
  [/read.?only/i, "Give this user the right to write to it."],
  [/no such table|does not exist/i, "Is it the right --prefix?"]
]

const ofStore = (error: JobStore.StoreError): Problem => {
  const cure = storeCures.find(([pattern]) => pattern.test(error.reason))?.[1]
  return database(cure === undefined ? error.message : `${error.message.replace(/\.$/, "")}. ${cure}`)
}

/** @effect/cli has a document for each of its errors: here it is one line, with a cure. */
const ofValidation = (error: ValidationError.ValidationError): Problem => {
  const text = PlainConsole.text(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ").trim()
  const said = text === "" ? "The command line is not understood." : /[.?]$/.test(text) ? text : `${text}.`
  return usage(`${said} See tickwork --help.`)
}

/** What is said of an error, where it is none of the program's own making. */
export const ofError = (error: unknown): Option.Option<Problem> => {
  if (error instanceof Problem) return Option.some(error)
  if (error instanceof JobStore.StoreError) return Option.some(ofStore(error))
  if (error instanceof DatabaseError.DatabaseError) return Option.some(ofRefused(error))
  if (ValidationError.isValidationError(error)) return Option.some(ofValidation(error))
  if (ConfigError.isConfigError(error)) return Option.some(usage(String(error)))
  return Option.none()
}

/** What is printed of a failure, and the exit code; nothing where it was merely interrupted. */
export const ofCause = (cause: Cause.Cause<unknown>): { readonly lines: string; readonly code: number } => {
  if (Cause.isInterruptedOnly(cause)) return { lines: "", code: codes.fine }
  const problem = Option.flatMap(Cause.failureOption(cause), ofError)
  return Option.match(problem, {
    onNone: () => ({ lines: `This is a bug in tickwork.\n${Cause.pretty(cause)}`, code: codes.bug }),
    onSome: ({ kind, message }) => ({ lines: `tickwork: ${Cells.escape(message)}`, code: codes[kind] })
  })
}

/** Says on the standard error what is wrong, and answers the exit code. */
export const told = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<number> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(codes.fine)
  const { code, lines } = ofCause(exit.cause)
  return Effect.as(lines === "" ? Effect.void : Console.error(lines), code)
}
