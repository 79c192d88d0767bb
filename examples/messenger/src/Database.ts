/**
 * The SQLite file with the tables of the messenger and of its jobs. Deleted rows are overwritten with zeros.
 */
import { FileSystem, Path } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import { Effect, Layer, Schema } from "effect"
import type { JobLog, JobStore } from "tickwork"
import { migrate } from "./Migrations.ts"

export class DatabaseUnusableError extends Schema.TaggedError<DatabaseUnusableError>("messenger/DatabaseUnusableError")(
  "DatabaseUnusableError",
  { filename: Schema.String, reason: Schema.String }
) {
  override get message() {
    return `The messenger cannot use ${this.filename}: ${this.reason}. Use another file with --db.`
  }
}

const makeFolder = (filename: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(path.dirname(filename), { recursive: true })
  }).pipe(Effect.mapError(({ message }) => new DatabaseUnusableError({ filename, reason: message })))

const setUp = (filename: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`PRAGMA secure_delete = ON`
    // SQLite blocks the event loop while it waits for another process
    yield* sql`PRAGMA busy_timeout = 250`
    // VACUUM must leave no copy in a temporary file
    yield* sql`PRAGMA temp_store = MEMORY`
    yield* migrate
  }).pipe(Effect.mapError((error) => new DatabaseUnusableError({ filename, reason: reasonOf(error) })))

const reasonOf = ({ cause, message }: { readonly cause?: unknown; readonly message: string }): string =>
  cause instanceof Error ? cause.message : message

export const layer = (
  filename: string
): Layer.Layer<
  JobStore.JobStore | JobLog.JobLog | SqlClient.SqlClient,
  DatabaseError.DatabaseError | DatabaseUnusableError,
  FileSystem.FileSystem | Path.Path
> =>
  Layer.effectDiscard(setUp(filename)).pipe(Layer.provideMerge(SqlJobStore.layerSqlite({ filename })), (database) =>
    Layer.unwrapEffect(Effect.as(makeFolder(filename), database))
  )
