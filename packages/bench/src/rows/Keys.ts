/**
 * Ten due instances of 100,000: a tick beside the same ten alone, memory and opening included.
 */

import { Effect } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const due = 10
const sizes = { table: { many: 100_000, samples: 9 }, quick: { many: 10_000, samples: 3 } }
const ticks = 100

const keysOf = (count: number) => Effect.succeed(Array.from({ length: count }, (_, n) => `peer ${n}`))

/** Keys that are due each second, beside others that wait for the next day. */
const registry = (others: number) => {
  const instances = <const Name extends string>(name: Name, count: number) =>
    Job.make(name, { keys: keysOf(count), refresh: "1 day" }, () => Effect.void).pipe(Job.parallel)
  return Jobs.make(
    instances("due", due).pipe(Job.every("1 second")),
    instances("waiting", others).pipe(Job.cron("0 0 * * *"))
  )
}

const measured = (others: number, samples: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const { clock, goOn } = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const before = yield* Measure.heapUsed
    const opening = Measure.spent(File.prepare(file, registry(others)))
    const { wall: newMs } = yield* Effect.withClock(opening, clock)
    const { wall: storedMs } = yield* Effect.withClock(opening, clock)
    const tick = Effect.suspend(() => {
      goOn(1000)
      return Tick.once
    })
    const measuring = Effect.gen(function* () {
      const bytes = (yield* Measure.heapUsed) - before
      const times: Array<number> = []
      for (let sample = 0; sample <= samples; sample++) {
        const { wall } = yield* Measure.spent(Measure.repeated(ticks, tick))
        if (sample > 0) times.push((wall * 1000) / ticks)
      }
      return { bytes: bytes / (others + due), newMs, storedMs, tickMicros: Measure.median(times) }
    })
    return yield* measuring.pipe(Effect.provide(File.tick(file, registry(others))), Effect.withClock(clock))
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const { many, samples } = sizes[size]
    // the first measurement is the warm-up
    yield* measured(0, samples)
    const alone = withFloor ? (yield* measured(0, samples)).tickMicros : null
    const among = yield* measured(many - due, samples)
    const count = many.toLocaleString("en-US")
    return [
      Row.make({
        what: `tick, ${due} of ${count} keys due (floor: the same ${due} alone)`,
        unit: "µs",
        better: "less",
        ours: among.tickMicros,
        floor: alone,
        goal: Goal.timesFloor(1.25)
      }),
      Row.make({
        what: `memory of each of ${count} keys, its key included`,
        unit: "B",
        better: "less",
        ours: among.bytes,
        goal: Goal.atMost(400, "B")
      }),
      Row.make({
        what: `open with ${count} new keys, all of them stored`,
        unit: "ms",
        better: "less",
        ours: among.newMs
      }),
      Row.make({
        what: `open with ${count} stored keys`,
        unit: "ms",
        better: "less",
        ours: among.storedMs,
        goal: Goal.atMost(1000, "ms")
      })
    ]
  })
