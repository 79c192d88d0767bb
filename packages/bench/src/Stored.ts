/**
 * A file with many instances that have run once and are due tomorrow, and their registry.
 *
 * Tickwork makes the first row; the others are copies of it under other names.
 */
import Database from "better-sqlite3"
import { Effect, type Scope } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "./File.ts"

const nameOf = (index: number): string => `job_with_a_name_of_some_width_${String(index).padStart(7, "0")}`

/** A registry of `count` daily jobs that do nothing. */
export const registry = (count: number): Jobs.Jobs<never> =>
  Jobs.make(
    ...Array.from({ length: count }, (_, index) => Job.make(nameOf(index), Effect.void).pipe(Job.every("1 day")))
  )

const copyFirst = (filename: string, count: number): void => {
  const database = new Database(filename)
  const columns = (database.prepare("SELECT name FROM pragma_table_info('job_state')").all() as Array<{ name: string }>)
    .map(({ name }) => name)
    .filter((name) => name !== "job_name" && name !== "id")
    .join(", ")
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count - 1})
    INSERT INTO job_state (job_name, ${columns})
    SELECT printf('job_with_a_name_of_some_width_%07d', n), ${columns} FROM job_state, numbers WHERE ${count} > 1`)
  database.close()
}

/** The file of `registry(count)`, after each job has run once. */
export const make = (count: number): Effect.Effect<File.File, File.Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const file = yield* File.make()
    yield* Effect.provide(Tick.once, File.tick(file, registry(1)))
    yield* Effect.sync(() => copyFirst(file.filename, count))
    return file
  })
