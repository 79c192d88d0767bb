/**
 * Why a database is not opened as a job store. Whatever the reason, the database is left as it was.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * `missing folder`, `unreadable` and `read-only` are matters of permission; `not a database` is a file of another
 * kind; `foreign` holds tables and none of them is Tickwork's, or tables of the same names that are not Tickwork's;
 * `newer` was written by a later release, `older` by an earlier one, where nothing may be migrated; `missing` is no file
 * and `no tables` a database without Tickwork's, where nothing may be made; `locked` is in use by a process that does not let go; `another dialect`
 * is a client of a database that this release does not speak; `unreachable` is a server that does not answer or has no
 * such database, and `forbidden` one that does not let this user in, or make tables.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "missing folder",
  "unreadable",
  "read-only",
  "not a database",
  "foreign",
  "newer",
  "older",
  "missing",
  "no tables",
  "locked",
  "another dialect",
  "unreachable",
  "forbidden"
)

/**
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const cures: Readonly<Record<Reason, string>> = {
  "missing folder": "Make its folder first.",
  unreadable: "Give this user the right to read it, or name another file.",
  "read-only": "Give this user the right to write to it and to its folder, or name another file.",
  "not a database": "Name another file.",
  foreign: "Give another file or prefix, or share this database on purpose: SqlJobStore.layer on your own SQL client.",
  newer: "Install the release of @tickwork/sql that wrote it, or a later one.",
  older:
    "Start an application of this release on it first, which brings it up to date, or use the release that wrote it.",
  missing: "Correct its name, or start the application that makes it.",
  "no tables": "Name the database and the prefix of the tables that your application uses.",
  "another dialect": "Give SqlJobStore.layer a SqliteClient or a PgClient, or use SqlJobStore.layerSqlite.",
  unreachable: "Start it, or correct its address.",
  forbidden: "Give this user the right to log in and to make tables.",
  locked: "Close the program that holds it, then try again."
}

/**
 * The database will not do as a job store, and was not changed.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatabaseError extends Schema.TaggedError<DatabaseError>("tickwork/sql/DatabaseError")("DatabaseError", {
  /** The file, or the host, port and name of the database. */
  database: Schema.String,
  reason: Reason,
  detail: Schema.String
}) {
  override get message() {
    return `${this.database} is refused as a job store (${this.reason}): ${this.detail}. ${cures[this.reason]}`
  }
}
