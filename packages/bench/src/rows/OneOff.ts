/**
 * Runs that are enqueued for a payload and do nothing: one after the other, and ten at once.
 */
import { Effect, Schema } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Raw from "../Raw.ts"
import type { Family, Row } from "../Report.ts"

const runs = 10_000
const samples = 3
/** What a store of one machine has to reach to be ahead of queues that have a server of their own. */
const goal = 20_000

const serial = Job.make("mail", { payload: Schema.Number }, () => Effect.void)

const enqueued = (job: typeof serial) =>
  Tick.enqueueAll(
    job,
    Array.from({ length: runs }, (_, n) => n)
  )

const ours = (job: typeof serial) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const running = Effect.gen(function* () {
      yield* enqueued(job)
      let made = 0
      const spent = yield* Measure.spent(
        Effect.map(Tick.once, (entries) => {
          made = entries.length
        })
      )
      return yield* made === runs ? Effect.succeed(spent) : Effect.dieMessage(`made ${made} runs`)
    })
    return yield* Effect.provide(running, File.tick(file, Jobs.make(job), { concurrency: 10 }))
  }).pipe(Effect.scoped)

const floor = Effect.gen(function* () {
  const file = yield* File.make()
  yield* Effect.provide(enqueued(serial), File.tick(file, Jobs.make(serial)))
  const raw = yield* Raw.open(file)
  return Measure.spentSync(() => raw.runEach(Date.now, 100))
}).pipe(Effect.scoped)

const measure = (what: string, job: typeof serial) =>
  Effect.map(Measure.inTurns(samples, { ours: ours(job), floor }), (pair): Row => {
    const rate = (ms: number) => ({ value: (runs * 1000) / ms, unit: "/s" })
    return {
      what: `one-off runs, ${what}`,
      ours: rate(pair.ours.wall),
      floor: rate(pair.floor.wall),
      goal: `≥ ${goal.toLocaleString("en-US")} /s`,
      met: rate(pair.ours.wall).value >= goal
    }
  })

export const rows: Family = Effect.all([
  measure("one after the other", serial),
  measure("ten at once", serial.pipe(Job.parallel))
])
