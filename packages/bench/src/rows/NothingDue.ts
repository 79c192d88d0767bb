/**
 * A tick when nothing is due, with few instances and with many; and what the mission's first plan would pay for it.
 *
 * The floor and the first plan read tables of their own, with the instants alone.
 */

import { Effect } from "effect"
import { Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"
import * as Stored from "../Stored.ts"

const few = 10
const sizes = {
  table: { many: 100_000, samples: 9, ticks: 20_000 },
  quick: { many: 2000, samples: 5, ticks: 10_000 }
}

const readsOf = (count: number) =>
  Effect.gen(function* () {
    const { filename } = yield* File.make()
    const database = yield* File.open(filename)
    database.exec(`
      CREATE TABLE state (job_name TEXT PRIMARY KEY, last_run_at INTEGER, next_at INTEGER);
      CREATE INDEX due ON state (next_at);
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
      INSERT INTO state SELECT 'job_' || i, 0, ${Number.MAX_SAFE_INTEGER} FROM n`)
    const due = database.prepare("SELECT job_name FROM state WHERE next_at <= ? LIMIT 1")
    const last = database.prepare("SELECT last_run_at FROM state WHERE job_name = ?")
    return { isDue: (now: number) => due.get(now), lastRunOf: (job: number) => last.get(`job_${job}`) }
  })

/** µs for one tick, for one indexed read of what is due, and for one SELECT for each job. */
const measure = (count: number, { samples, ticks }: { readonly samples: number; readonly ticks: number }) =>
  Effect.gen(function* () {
    const file = yield* Stored.make(count)
    const { isDue, lastRunOf } = yield* readsOf(count)
    const { clock } = HandClock.make(Date.now())
    const now = clock.unsafeCurrentTimeMillis()
    const indexed = () => {
      for (let tick = 0; tick < ticks; tick++) isDue(now)
    }
    const firstPlan = () => {
      for (let job = 0; job < count; job++) lastRunOf(job)
    }
    const tick = Measure.spent(Measure.repeated(ticks, Tick.once))
    const { floor, ours } = yield* Measure.inTurns(samples, {
      ours: tick,
      floor: Effect.sync(() => Measure.spentSync(indexed))
    }).pipe(Effect.provide(File.tick(file, Stored.registry(count))), Effect.withClock(clock))
    return {
      ours: (ours.wall * 1000) / ticks,
      floor: floor === null ? null : (floor.wall * 1000) / ticks,
      firstPlan: Measure.spentSync(firstPlan).wall * 1000
    }
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const { many, ...samples } = sizes[size]
    const small = yield* measure(few, samples)
    const large = yield* measure(many, samples)
    const goal = Goal.atMost(5, "µs")
    // a cost of each instance would show as thousands of times as much
    const isTheSame = Goal.make(`≤ 2 × that at ${few}`, ({ ours }) => ours <= 2 * small.ours + 0.2)
    const count = many.toLocaleString("en-US")
    const common = { unit: "µs", better: "less" } as const
    return [
      Row.make({
        ...common,
        what: `tick, nothing due, ${few} instances (floor: one indexed read)`,
        ...small,
        goal
      }),
      Row.make({
        ...common,
        what: `tick, nothing due, ${count} instances (floor: one indexed read)`,
        ...large,
        goal: Goal.and(goal, isTheSame)
      }),
      ...(withFloor && size === "table"
        ? [
            Row.make({
              ...common,
              what: `the same, beside the first plan: a SELECT for each of ${count} jobs`,
              ours: large.ours,
              floor: large.firstPlan
            })
          ]
        : [])
    ]
  })
