/**
 * A file with a long log: the product runs ten jobs three times, and what it wrote for the last two runs goes on in even
 * steps, by hand. So the log follows the layout of the product.
 */

import { Effect, type Scope } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "./File.ts"
import * as HandClock from "./HandClock.ts"
import * as Trace from "./Trace.ts"

export const start = Date.parse("2020-01-01T00:00:00Z")
export const everyMs = 5000
export const jobsOfLog = 10

export const registry = Jobs.make(
  ...Array.from({ length: jobsOfLog }, (_, index) =>
    Job.make(`job_${index}`, Effect.void).pipe(Job.every("5 seconds"), Job.parallel)
  )
)

/** The writes of the last two runs of each job, in the same order. */
const lastTwo = (file: File.File) =>
  Effect.gen(function* () {
    const { clock, goOn } = HandClock.make(start)
    const tick = Effect.suspend(() => {
      goOn(everyMs)
      return Tick.once
    })
    const runs = Effect.gen(function* () {
      yield* tick
      const one = yield* Trace.record(file, tick)
      const other = yield* Trace.record(file, tick)
      return { one: one.writes, other: other.writes }
    })
    return yield* runs.pipe(Effect.provide(File.tick(file, registry)), Effect.withClock(clock))
  })

/** The value after `steps` more runs. */
const further = (one: unknown, other: unknown, steps: number): unknown =>
  typeof one === "number" && typeof other === "number" ? other + (other - one) * steps : other

const isSameShape = (one: Trace.Trace["writes"], other: Trace.Trace["writes"]): boolean =>
  one.length === other.length && one.every(({ sql }, at) => sql === other[at]?.sql)

/** The file of a log of `entries` entries. */
export const make = (entries: number): Effect.Effect<File.File, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const { one, other } = yield* lastTwo(file)
    if (!isSameShape(one, other)) return yield* Effect.dieMessage("two runs of a job write different rows")
    const database = yield* File.open(file.filename)
    const steps = Math.round(entries / jobsOfLog) - 3
    const prepared = other.map(({ sql }) => database.prepare(sql))
    const write = (at: number, step: number) => {
      const [before, after] = [one[at]?.parameters ?? [], other[at]?.parameters ?? []]
      prepared[at]?.run(...after.map((value, index) => further(before[index], value, step)))
    }
    const inserts = other.flatMap(({ sql }, at) => (sql.startsWith("INSERT") ? [at] : []))
    const updates = other.flatMap(({ sql }, at) => (sql.startsWith("UPDATE") ? [at] : []))
    yield* Effect.sync(() => {
      database.pragma("synchronous = OFF")
      database.exec("BEGIN")
      for (let step = 1; step <= steps; step++) for (const at of inserts) write(at, step)
      for (const at of updates) write(at, steps)
      database.exec("COMMIT")
    })
    return file
  })

/** The first instant after a log of `entries` entries. */
export const endOf = (entries: number): number => start + everyMs * (Math.round(entries / jobsOfLog) + 1)
