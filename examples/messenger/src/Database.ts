/**
 * The one SQLite file: the messenger's tables, and beside them those of its jobs.
 *
 * A file that is somebody else's is refused and left as it was. What is deleted is overwritten with zeros.
 */
import { FileSystem, Path } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import { Effect, Layer, Schema } from "effect"
import type { JobStore } from "tickwork"
import { migrate } from "./Migrations.ts"

export class DatabaseUnusable extends Schema.TaggedError<DatabaseUnusable>("messenger/DatabaseUnusable")(
  "DatabaseUnusable",
  { filename: Schema.String, reason: Schema.String }
) {
  override get message() {
    return `The messenger cannot use ${this.filename}: ${this.reason}. Name another file with --db.`
  }
}

const makeFolder = (filename: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(path.dirname(filename), { recursive: true })
  }).pipe(Effect.mapError(({ message }) => new DatabaseUnusable({ filename, reason: message })))

const setUp = (filename: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`PRAGMA secure_delete = ON`
    // while it waits for another process, this one stands still
    yield* sql`PRAGMA busy_timeout = 250`
    // the copies that SQLite makes while it compacts the file belong in no other file
    yield* sql`PRAGMA temp_store = MEMORY`
    yield* migrate
  }).pipe(Effect.mapError((error) => new DatabaseUnusable({ filename, reason: reasonOf(error) })))

const reasonOf = ({ cause, message }: { readonly cause?: unknown; readonly message: string }): string =>
  cause instanceof Error ? cause.message : message

export const layer = (
  filename: string
): Layer.Layer<
  JobStore.JobStore | SqlClient.SqlClient,
  DatabaseError.DatabaseError | DatabaseUnusable,
  FileSystem.FileSystem | Path.Path
> =>
  Layer.effectDiscard(setUp(filename)).pipe(Layer.provideMerge(SqlJobStore.layerSqlite({ filename })), (database) =>
    Layer.unwrapEffect(Effect.as(makeFolder(filename), database))
  )
