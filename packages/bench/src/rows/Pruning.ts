/**
 * Pruning a long log beside a daemon with 100 jobs every second: how fast, and how late the jobs start meanwhile. The floor
 * of lateness is the same daemon without pruning.
 */

import { Effect, Fiber } from "effect"
import { Job, JobLog, Jobs, Tick } from "#adapter"
import * as Beside from "../Beside.ts"
import * as File from "../File.ts"
import * as FilledLog from "../FilledLog.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const sizes = { table: { entries: 50_000, seconds: 5 }, quick: { entries: 20_000, seconds: 2 } }
const jobs = 100

const registry = (onStart: (late: number) => void) =>
  Jobs.make(
    ...Array.from({ length: jobs }, (_, index) =>
      Job.make(`often_${index}`, (run) => Effect.sync(() => onStart(Date.now() - run.scheduledAt))).pipe(
        Job.every("1 second"),
        Job.parallel
      )
    )
  )

const during = <A, E>(entries: number, work: (file: File.File) => Effect.Effect<A, E, JobLog.JobLog>) =>
  Effect.gen(function* () {
    const file = yield* FilledLog.make(entries)
    const late: Array<number> = []
    let isMeasured = false
    const measuring = Effect.gen(function* () {
      const running = yield* Effect.fork(Tick.run)
      yield* Effect.sleep("2 seconds")
      isMeasured = true
      const { wall } = yield* Measure.spent(work(file))
      isMeasured = false
      yield* Fiber.interrupt(running)
      return { wall, late: Measure.percentile(late, 0.99) }
    })
    const daemon = registry((ms) => {
      if (isMeasured) late.push(ms)
    })
    return yield* Effect.provide(measuring, File.tickAndStore(file, daemon))
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const { entries, seconds } = sizes[size]
    const alone = withFloor ? (yield* during(entries, () => Effect.sleep(seconds * 1000))).late : null
    const within = yield* during(entries, () => JobLog.prune({ keep: 1 }))
    const beside = yield* during(entries, ({ filename }) => Beside.run("pruning", filename))
    return [["in its own process", within] as const, ["in another process", beside] as const].flatMap(
      ([where, { late, wall }]) => [
        Row.make({
          what: `pruning a log beside a daemon, ${where}`,
          unit: "entries/s",
          better: "more",
          ours: (entries * 1000) / wall
        }),
        Row.make({
          what: `100 jobs every second meanwhile, ${where}, p99 late (floor: without pruning)`,
          unit: "ms",
          better: "less",
          ours: late,
          floor: alone
        })
      ]
    )
  })
