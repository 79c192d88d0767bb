/**
 * Many jobs due at the same instant of every second, in real time: how late they start, and their share of a core.
 *
 * The floor is one timer that makes the same writes, 100 runs in a commit, and starts nothing.
 */

import { Effect, Fiber } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Replay from "../Replay.ts"
import * as Row from "../Row.ts"
import type { Settings } from "../Settings.ts"
import * as Trace from "../Trace.ts"

const sizes = { table: { seconds: 6, floorSeconds: 3 }, quick: { seconds: 4, floorSeconds: 2 } }
const perCommit = 100

interface Result {
  readonly late: ReadonlyArray<number>
  /** The share of a core, in %. */
  readonly share: number
}

/** A registry whose jobs note how late each of them starts. */
const registry = (count: number, onStart: (late: number) => void) =>
  Jobs.make(
    ...Array.from({ length: count }, (_, index) =>
      Job.make(`job_${String(index).padStart(4, "0")}`, (run) =>
        Effect.sync(() => onStart(Date.now() - run.scheduledAt))
      ).pipe(Job.every("1 second"), Job.parallel)
    )
  )

const ours = (count: number, seconds: number) =>
  Effect.gen(function* () {
    const late: Array<number> = []
    let isMeasured = false
    const jobs = registry(count, (ms) => {
      if (isMeasured) late.push(ms)
    })
    return yield* Effect.gen(function* () {
      const running = yield* Effect.fork(Tick.run)
      // the first run of each job coincides with the start of the program; seconds begin and end between two instants
      yield* Effect.sleep(1500)
      isMeasured = true
      const { cpu } = yield* Measure.spent(Effect.sleep(seconds * 1000))
      isMeasured = false
      yield* Fiber.interrupt(running)
      return { late, share: cpu / (seconds * 10) }
    }).pipe(Effect.provide(File.tick(yield* File.make(), jobs)))
  }).pipe(Effect.scoped)

/** What the product writes for these seconds, on a clock moved by hand. */
const traced = (count: number, seconds: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const { clock, goOn } = HandClock.make(Date.now())
    const second = Effect.tap(Tick.once, () => goOn(1000))
    const context = yield* File.build(
      file,
      registry(count, () => undefined),
      { concurrency: perCommit }
    )
    const passes = Trace.record(file, Measure.repeated(seconds, second))
    return yield* Effect.zipRight(second, passes).pipe(Effect.provide(context), Effect.withClock(clock))
  })

const floor = (count: number, seconds: number) =>
  Effect.gen(function* () {
    const replay = yield* Replay.open(yield* traced(count, seconds))
    const parts = Math.ceil(count / perCommit)
    const late: Array<number> = []
    let at = Date.now()
    const second = (index: number) => {
      at += 1000
      return Effect.map(Effect.sleep(Math.max(0, at - Date.now())), () => {
        for (let part = 0; part < parts; part++) {
          const from = index + part / parts
          replay.commit(1, from / seconds, (from + 1 / parts) / seconds)
          // a run starts once its claim is committed
          for (let run = 0; run < count / parts; run++) late.push(Date.now() - at)
        }
      })
    }
    const all = Effect.forEach(
      Array.from({ length: seconds }, (_, index) => index),
      second,
      { discard: true }
    )
    const { cpu } = yield* Measure.spent(all)
    return { late, share: cpu / (seconds * 10) }
  }).pipe(Effect.scoped)

const measure = (count: number, goals: { readonly late: Goal.Goal; readonly share: Goal.Goal }, settings: Settings) =>
  Effect.gen(function* () {
    const { floorSeconds, seconds } = sizes[settings.size]
    const raw = settings.withFloor ? yield* floor(count, floorSeconds) : null
    const tickwork = yield* ours(count, seconds)
    const what = `${count.toLocaleString("en-US")} jobs every second`
    const lateRow = (name: string, share: number, goal: Goal.Goal) => {
      const late = (result: Result) => Measure.percentile(result.late, share)
      return Row.make({
        what: `${what}, ${name} late`,
        unit: "ms",
        better: "less",
        ours: late(tickwork),
        floor: raw === null ? null : late(raw),
        goal
      })
    }
    const expected = count * seconds
    if (tickwork.late.length < expected * 0.8) {
      return yield* Effect.dieMessage(`${tickwork.late.length} of ${expected} runs started`)
    }
    return [
      lateRow("p50", 0.5, Goal.none),
      lateRow("p99", 0.99, goals.late),
      Row.make({
        what: `${what}, of a core`,
        unit: "%",
        better: "less",
        ours: tickwork.share,
        floor: raw?.share ?? null,
        goal: goals.share
      })
    ]
  })

export const rows: Row.Family = (settings) =>
  Effect.map(
    Effect.all([
      measure(100, { late: Goal.atMost(5, "ms"), share: Goal.none }, settings),
      measure(1000, { late: Goal.timesFloor(1.3), share: Goal.none }, settings)
    ]),
    (rows) => rows.flat()
  )
