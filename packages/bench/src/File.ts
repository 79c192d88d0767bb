/**
 * Database files that are removed with their scope, and the tick on one of them. It fills none of them.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { SqlClient } from "@effect/sql"
import Database from "better-sqlite3"
import { type Context, Effect, Layer, type Scope } from "effect"
import {
  type DatabaseError,
  type InvalidJobs,
  type JobLog,
  type JobStore,
  type Jobs,
  SqlJobStore,
  Tick
} from "#adapter"

/** The `synchronous` setting: whether a power cut loses nothing, or the last commits. */
export type Synchronous = "normal" | "full"

export interface File {
  readonly filename: string
  readonly synchronous: Synchronous
}

/** A name for a file in a temporary folder. */
export const make = (synchronous: Synchronous = "normal"): Effect.Effect<File, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-bench-"))),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  ).pipe(Effect.map((folder) => ({ filename: path.join(folder, "bench.db"), synchronous })))

/** The bare driver on a file, until the scope closes. */
export const open = (filename: string): Effect.Effect<Database, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Database(filename)),
    (database) => Effect.sync(() => database.close())
  )

/** The errors of a tick on a file. */
export type Failure = DatabaseError.DatabaseError | InvalidJobs.InvalidJobs | JobStore.StoreError

/** The tick of these jobs on this file, and the SQL client on it for the jobs' own work. */
export const tick = (
  file: File,
  jobs: Jobs.Jobs<SqlClient.SqlClient>,
  options: Tick.Options = {}
): Layer.Layer<Tick.Tick | SqlClient.SqlClient, Failure> =>
  Layer.fresh(Tick.layer(jobs, options).pipe(Layer.provideMerge(SqlJobStore.layerSqlite(file))))

/** The same, built until the scope closes. */
export const build = (
  file: File,
  jobs: Jobs.Jobs<SqlClient.SqlClient>,
  options: Tick.Options = {}
): Effect.Effect<Context.Context<Tick.Tick | SqlClient.SqlClient>, Failure, Scope.Scope> =>
  Layer.build(tick(file, jobs, options))

/** The tick of these jobs on this file, and its store. */
export const tickAndStore = (
  file: File,
  jobs: Jobs.Jobs<SqlClient.SqlClient>
): Layer.Layer<Tick.Tick | JobStore.JobStore | JobLog.JobLog | SqlClient.SqlClient, Failure> =>
  Layer.fresh(Layer.provideMerge(Tick.layer(jobs), SqlJobStore.layerSqlite(file)))

/** Gives the file its tables and the rows of these jobs, as Tickwork itself does. */
export const prepare = (file: File, jobs: Jobs.Jobs<SqlClient.SqlClient>): Effect.Effect<void, Failure> =>
  Effect.scoped(Effect.asVoid(Layer.build(tick(file, jobs))))
