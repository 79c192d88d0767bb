/**
 * A log of 1,000,000 entries: the cost of a page, of figures over it, and of pruning it while a daemon runs.
 *
 * The floor of a page is the same page read by the bare driver; that of lateness is the same daemon without pruning.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { SqlClient } from "@effect/sql"
import Database from "better-sqlite3"
import { Effect, Fiber } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import type { Family, Row } from "../Report.ts"

const lines = 1_000_000
const jobsOfLog = 10
const seconds = 10

const registry = Jobs.make(
  ...Array.from({ length: 100 }, (_, index) =>
    Job.make(`job_${String(index).padStart(2, "0")}`, Effect.void).pipe(Job.every("1 second"), Job.parallel)
  )
)

/** Jobs that have run every five seconds for days, with one failure in a hundred runs. */
const fill = (filename: string): void => {
  const each = lines / jobsOfLog
  const database = new Database(filename)
  const columns = (table: string) =>
    (database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as Array<{ name: string }>)
      .map(({ name }) => `"${name}"`)
      .filter(
        (name) =>
          !['"id"', '"instance"', '"job_name"', '"seq"', '"status"', '"started_at"', '"duration_ms"'].includes(name)
      )
      .join(", ")
  const numbers = (to: number) =>
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to}),
      o (j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM o WHERE j < ${jobsOfLog - 1})`
  database.exec(`${numbers(1)}
    INSERT INTO job_state (job_name, seq, ${columns("job_state")})
    SELECT 'old_' || j, ${each}, ${columns("job_state")} FROM o, (SELECT * FROM job_state LIMIT 1)`)
  database.exec(`${numbers(each)}
    INSERT INTO job_entry (instance, seq, status, started_at, duration_ms, ${columns("job_entry")})
    SELECT (SELECT id FROM job_state WHERE job_name = 'old_' || j), i,
      CASE WHEN i % 100 = 0 THEN 'error' ELSE 'success' END, i * 5000 + j, i % 200, ${columns("job_entry")}
    FROM n, o, (SELECT * FROM job_entry LIMIT 1)`)
  database.close()
}

const lateSql = "SELECT started_at - scheduled_at AS late FROM job_log WHERE job_name LIKE 'job%' AND started_at > ?"

const lateWhile = <A, E>(beside: Effect.Effect<A, E, JobLog.JobLog>, file: File.File) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const running = yield* Effect.fork(Tick.run)
    yield* Effect.sleep("2 seconds")
    const from = Date.now()
    const { wall } = yield* Measure.spent(beside)
    const late = yield* sql.unsafe<{ late: number }>(lateSql, [from])
    yield* Fiber.interrupt(running)
    return { wall, late: late.map(({ late }) => late) }
  }).pipe(Effect.provide(File.tickAndStore(file, registry)))

const inAnotherProcess = (filename: string) =>
  Effect.async<void, Error>((resume) => {
    const script = fileURLToPath(new URL("../pruning.ts", import.meta.url))
    const child = spawn(process.execPath, ["--import", "tsx", script, filename], {
      stdio: ["ignore", "ignore", "inherit"]
    })
    child.on("exit", (code) => resume(code === 0 ? Effect.void : Effect.fail(new Error(`pruning ended with ${code}`))))
  })

const filled = Effect.gen(function* () {
  const file = yield* File.make()
  yield* Effect.provide(Tick.once, File.tick(file, registry))
  yield* Effect.sync(() => fill(file.filename))
  return file
})

const ms = (value: number) => ({ value, unit: "ms" })
const none = { goal: "", met: null }

export const rows: Family = Effect.gen(function* () {
  const file = yield* filled
  const other = yield* filled
  const query = { jobName: "old_3", to: 5_000 * 50_000, limit: 100 }
  const database = new Database(file.filename)
  const bare = database.prepare(
    "SELECT * FROM job_log WHERE job_name = ? AND started_at < ? ORDER BY started_at DESC, id DESC LIMIT 100"
  )
  const page = yield* Effect.gen(function* () {
    const own = yield* JobLog.JobLog
    return yield* Measure.inTurns(50, {
      ours: Measure.spent(own.history(query)),
      floor: Measure.spent(Effect.sync(() => bare.all(query.jobName, query.to)))
    })
  }).pipe(Effect.provide(File.tickAndStore(file, registry)))
  database.close()
  const day = { from: 5_000 * 80_000, to: 5_000 * 80_000 + 86_400_000 }
  const figures = yield* Effect.gen(function* () {
    return {
      day: yield* Measure.spent(JobLog.stats({ ...day, jobName: "old_3" })),
      all: yield* Measure.spent(JobLog.stats())
    }
  }).pipe(Effect.provide(File.tickAndStore(file, registry)))

  const alone = yield* lateWhile(Effect.sleep(seconds * 1000), file)
  const within = yield* lateWhile(JobLog.prune({ keep: 1 }), file)
  const beside = yield* lateWhile(inAnotherProcess(other.filename), other)
  const p99 = ({ late }: { readonly late: ReadonlyArray<number> }) => ms(Measure.percentile(late, 0.99))
  const rate = (wall: number) => ({ value: lines / (wall / 1000), unit: "lines/s" })
  return [
    {
      what: "a page of 100 lines in the middle of 1,000,000",
      ours: ms(page.ours.wall),
      floor: ms(page.floor.wall),
      ...none
    },
    { what: "figures of a job over a day of it, 17,280 lines", ours: ms(figures.day.wall), floor: null, ...none },
    { what: "figures of all jobs over all of it", ours: ms(figures.all.wall), floor: null, ...none },
    { what: "pruning it in the daemon's own process", ours: rate(within.wall), floor: null, ...none },
    {
      what: "meanwhile 100 jobs every second, p99 late (floor: without pruning)",
      ours: p99(within),
      floor: p99(alone),
      ...none
    },
    { what: "pruning it in another process", ours: rate(beside.wall), floor: null, ...none },
    {
      what: "meanwhile 100 jobs every second, p99 late (floor: without pruning)",
      ours: p99(beside),
      floor: p99(alone),
      ...none
    }
  ] satisfies ReadonlyArray<Row>
}).pipe(Effect.scoped)
