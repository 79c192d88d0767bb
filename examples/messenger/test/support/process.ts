/**
 * The messenger as a process of its own.
 */

import { Command } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import * as Bundle from "@tickwork/test-support/Bundle"
import { Effect, Stream } from "effect"

const text = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(stream))

export const program = (source: string, ...args: ReadonlyArray<string>) =>
  Effect.map(Bundle.of(new URL(source, import.meta.url)), (file) =>
    Command.make(process.execPath, file, ...args).pipe(Command.env({ NODE_OPTIONS: "" }))
  )

/** Runs the messenger to its end. */
export const main = (...args: ReadonlyArray<string>) => run("../../src/main.ts", ...args)

/** Runs a program to its end. */
export const run = (source: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const running = yield* Command.start(yield* program(source, ...args))
    const [output, errors, code] = yield* Effect.all([text(running.stdout), text(running.stderr), running.exitCode], {
      concurrency: "unbounded"
    })
    return { lines: output.split("\n"), output, errors, code }
  }).pipe(Effect.scoped)

/** The counts in the tables of the jobs. */
export const ledger = (filename: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<{
      readonly job: string
      readonly total: number
      readonly owner: string | null
      readonly logged: number
      readonly lines: number
      readonly seq: number
      readonly interrupted: number
    }>`
      SELECT s.job_name AS job, s.total_runs AS total, s.claim_owner AS owner,
        (SELECT COUNT(*) FROM job_log r WHERE r.job_name = s.job_name AND r.status <> 'skipped') AS logged,
        (SELECT COUNT(*) FROM job_log r WHERE r.job_name = s.job_name) AS lines,
        (SELECT COALESCE(MAX(seq), 0) FROM job_log r WHERE r.job_name = s.job_name) AS seq,
        (SELECT COUNT(*) FROM job_log r WHERE r.job_name = s.job_name AND r.status = 'interrupted') AS interrupted
      FROM job_state s ORDER BY s.job_name`
  }).pipe(Effect.provide(SqliteClient.layer({ filename })))
