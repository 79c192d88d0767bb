/**
 * Why a database cannot be used as a job store. Start-up fails with this error, and the database is not changed.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as PlainText from "./internal/PlainText.ts"

/**
 * | reason | what was found |
 * | --- | --- |
 * | `invalid option` | a file name, prefix, schema, mode or URL that cannot be used, wherever the database is |
 * | `missing folder` | the folder of the file does not exist |
 * | `unreadable`, `read-only` | this user may not read the file, or not write to it or to its folder |
 * | `not a database` | a folder, a file of another kind, or a damaged file |
 * | `foreign` | tables that Tickwork did not make |
 * | `newer` | tables of a later release |
 * | `older` | tables of an earlier release, where a tool may not migrate them |
 * | `unreleased layout` | tables of a build from before the first release, whose data cannot be migrated |
 * | `missing`, `no tables` | no file, or a database without Tickwork's tables, where a tool may not make them |
 * | `locked` | another process holds the database for more than 10 seconds |
 * | `another dialect` | a SQL client of neither SQLite nor PostgreSQL |
 * | `unreachable` | a server that does not answer, or that has no such database |
 * | `driver not built` | a SQLite driver without its native part, or with one for another version of Node |
 * | `forbidden` | a server that does not let this user log in or make tables |
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "invalid option",
  "missing folder",
  "unreadable",
  "read-only",
  "not a database",
  "foreign",
  "newer",
  "older",
  "unreleased layout",
  "missing",
  "no tables",
  "locked",
  "another dialect",
  "unreachable",
  "driver not built",
  "forbidden"
)

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const cures: Readonly<Record<Reason, string>> = {
  "invalid option": "Correct the option.",
  "missing folder": "Make its folder first.",
  unreadable:
    "Give this user the right to read it, or name another file. The option mode of layerSqlite says who may use a new one.",
  "read-only":
    "Give this user the right to write to it and to its folder, or name another file. The option mode of layerSqlite says who may use a new one.",
  "not a database": "Name another file.",
  foreign: "Name another file or prefix, or use SqlJobStore.layer on your own SQL client to share this database.",
  newer: "Install the release of @tickwork/sql that wrote it, or a later one.",
  older: "Start an application of this release on it once, which migrates it, or use the release that wrote it.",
  "unreleased layout":
    "The data of an unreleased layout cannot be migrated: move the file away, or export what you need of it, and start with a fresh database.",
  missing: "Correct its name, or start the application that makes it.",
  "no tables": "Name the database and the prefix of the tables that your application uses.",
  "another dialect": "Give SqlJobStore.layer a SqliteClient or a PgClient, or use SqlJobStore.layerSqlite.",
  unreachable: "Start it, or correct its address.",
  "driver not built":
    "Build it with npm rebuild better-sqlite3, which needs python3, make and a C++ compiler where no built one can be fetched; an install with --ignore-scripts leaves it out.",
  forbidden: "Give this user the right to log in and to make tables.",
  locked: "Close the program that holds it, then try again."
}

/** Quoted where a reader would not see all of it. */
const named = (database: string): string =>
  database !== database.trim() || /^$|\p{C}/u.test(database) ? JSON.stringify(database) : database

/**
 * A database cannot be used as a job store, and was not changed. The message names it, and ends with the cure.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatabaseError extends Schema.TaggedError<DatabaseError>("tickwork/sql/DatabaseError")("DatabaseError", {
  /** The file, or the host, port and name of the database. */
  database: Schema.String,
  reason: Reason,
  /** What was found. */
  detail: Schema.String
}) {
  override get message() {
    const found = PlainText.of(`${named(this.database)} as a job store (${this.reason}): ${this.detail}`)
    return `Cannot use ${found}. ${cures[this.reason]}`
  }
}
