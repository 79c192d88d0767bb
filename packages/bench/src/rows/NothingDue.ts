/**
 * A tick when nothing is due, with few instances and with many; and what the mission's first plan would pay for it.
 */
import Database from "better-sqlite3"
import { Effect } from "effect"
import { Tick } from "tickwork"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import type { Family, Row } from "../Report.ts"
import * as Stored from "../Stored.ts"

const few = 10
const many = 100_000
const samples = 9
const ticks = 20_000

const readsOf = (filename: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const database = new Database(filename)
      database.exec("CREATE INDEX bench_due ON job_state (next_at)")
      const due = database.prepare("SELECT job_name FROM job_state WHERE next_at <= ? LIMIT 1")
      const last = database.prepare("SELECT last_run_at FROM job_state WHERE job_name = ? AND key = ''")
      return { database, due, last }
    }),
    ({ database }) => Effect.sync(() => database.close())
  )

/** µs for one tick, for one indexed read of what is due, and for one SELECT for each job. */
const measure = (count: number) =>
  Effect.gen(function* () {
    const { filename, synchronous } = yield* Stored.make(count)
    const { due, last } = yield* readsOf(filename)
    const jobs = Stored.registry(count)
    const { clock } = HandClock.make(Date.now())
    const now = clock.unsafeCurrentTimeMillis()
    const firstPlan = () => {
      for (const { name } of jobs.all) last.get(name)
    }
    const indexed = () => {
      for (let tick = 0; tick < ticks; tick++) due.get(now)
    }
    return yield* Effect.gen(function* () {
      const pair = yield* Measure.inTurns(samples, {
        ours: Measure.spent(Measure.repeated(ticks, Tick.once)),
        floor: Effect.sync(() => Measure.spentSync(indexed))
      })
      const plans = Array.from({ length: 3 }, () => Measure.spentSync(firstPlan).wall)
      return {
        ours: (pair.ours.wall * 1000) / ticks,
        floor: (pair.floor.wall * 1000) / ticks,
        firstPlan: Measure.median(plans) * 1000
      }
    }).pipe(Effect.provide(File.tick({ filename, synchronous }, jobs)), Effect.withClock(clock))
  }).pipe(Effect.scoped)

const micros = (value: number) => ({ value, unit: "µs" })

export const rows: Family = Effect.gen(function* () {
  const small = yield* measure(few)
  const large = yield* measure(many)
  const isTheSame = large.ours <= small.ours * 1.25 + 0.2
  return [
    {
      what: `tick, nothing due, ${few} instances (floor: one indexed read)`,
      ours: micros(small.ours),
      floor: micros(small.floor),
      goal: "≤ 5 µs",
      met: small.ours <= 5
    },
    {
      what: `tick, nothing due, ${many.toLocaleString("en-US")} instances (floor: one indexed read)`,
      ours: micros(large.ours),
      floor: micros(large.floor),
      goal: `≤ 5 µs and as at ${few}`,
      met: large.ours <= 5 && isTheSame
    },
    {
      what: `the same, beside the first plan: a SELECT for each of ${many.toLocaleString("en-US")} jobs`,
      ours: micros(large.ours),
      floor: micros(large.firstPlan),
      goal: "",
      met: null
    }
  ] satisfies ReadonlyArray<Row>
})
