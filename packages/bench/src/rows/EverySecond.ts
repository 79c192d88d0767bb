/**
 * Many jobs due at the same instant of every second, in real time: how late they start, and their share of a core.
 *
 * The floor is one timer that writes the same runs, 100 in a commit, and starts nothing.
 */
import { SqlClient } from "@effect/sql"
import { Effect, Fiber } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Raw from "../Raw.ts"
import type { Family, Row } from "../Report.ts"

const secondsOfOurs = 10
const secondsOfFloor = 5

const registry = (count: number) =>
  Jobs.make(
    ...Array.from({ length: count }, (_, index) =>
      Job.make(`job_${String(index).padStart(4, "0")}`, Effect.void).pipe(Job.every("1 second"), Job.parallel)
    )
  )

interface Result {
  readonly late: ReadonlyArray<number>
  /** The share of a core, in %. */
  readonly share: number
}

// the first run of each job coincides with the start of the program, so it is left out
const lateSql = "SELECT started_at - scheduled_at AS late FROM job_log WHERE seq > 1"

const resultOf = (rows: ReadonlyArray<{ late: number }>, cpuMs: number, seconds: number): Result => ({
  late: rows.map(({ late }) => late),
  share: cpuMs / (seconds * 10)
})

const ours = (jobs: Jobs.Jobs<never>) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    return yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const running = yield* Effect.fork(Tick.run)
      yield* Effect.sleep("500 millis")
      const { cpu } = yield* Measure.spent(Effect.sleep(secondsOfOurs * 1000))
      yield* Fiber.interrupt(running)
      return resultOf(yield* sql.unsafe<{ late: number }>(lateSql), cpu, secondsOfOurs)
    }).pipe(Effect.provide(File.tick(file, jobs)))
  }).pipe(Effect.scoped)

const floor = (jobs: Jobs.Jobs<never>) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    yield* File.prepare(file, jobs)
    const raw = yield* Raw.open(file)
    raw.runEach(Date.now, 100)
    let at = Date.now()
    const second = Effect.suspend(() => {
      at += 1000
      return Effect.map(Effect.sleep(Math.max(0, at - Date.now())), () => raw.runEach(Date.now, 100, at))
    })
    const { cpu } = yield* Measure.spent(Measure.repeated(secondsOfFloor, second))
    const rows = raw.database.prepare(lateSql).all() as ReadonlyArray<{ late: number }>
    return resultOf(rows, cpu, secondsOfFloor)
  }).pipe(Effect.scoped)

const measure = (count: number, longestMs: number, mostShares: number | null) =>
  Effect.gen(function* () {
    const jobs = registry(count)
    const raw = yield* floor(jobs)
    const tickwork = yield* ours(jobs)
    const late = (result: Result, share: number) => ({ value: Measure.percentile(result.late, share), unit: "ms" })
    const what = `${count.toLocaleString("en-US")} jobs every second`
    const p99 = late(tickwork, 0.99)
    return [
      { what: `${what}, p50 late`, ours: late(tickwork, 0.5), floor: late(raw, 0.5), goal: "", met: null },
      {
        what: `${what}, p99 late (${tickwork.late.length.toLocaleString("en-US")} runs)`,
        ours: p99,
        floor: late(raw, 0.99),
        goal: `≤ ${longestMs} ms`,
        met: p99.value <= longestMs
      },
      {
        what: `${what}, of a core`,
        ours: { value: tickwork.share, unit: "%" },
        floor: { value: raw.share, unit: "%" },
        goal: mostShares === null ? "" : `≤ ${mostShares} times`,
        met: mostShares === null ? null : tickwork.share <= mostShares * raw.share
      }
    ] satisfies ReadonlyArray<Row>
  })

export const rows: Family = Effect.map(Effect.all([measure(100, 5, 3), measure(1000, 25, null)]), (rows) => rows.flat())
