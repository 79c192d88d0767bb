/**
 * Ten due instances of 100,000: a tick beside the same ten alone, memory and opening included.
 */
import { Effect } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import type { Family, Row } from "../Report.ts"

const due = 10
const many = 100_000
const samples = 9
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

const measured = (others: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const { clock, goOn } = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const opening = Measure.spent(File.prepare(file, registry(others)))
    const { wall } = yield* Effect.withClock(opening, clock)
    const before = yield* Measure.heapUsed
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
      return { bytes: bytes / (others + due), openingMs: wall, tickMicros: Measure.median(times) }
    })
    return yield* measuring.pipe(Effect.provide(File.tick(file, registry(others))), Effect.withClock(clock))
  }).pipe(Effect.scoped)

export const rows: Family = Effect.gen(function* () {
  // the first measurement is the warm-up
  yield* measured(0)
  const alone = yield* measured(0)
  const among = yield* measured(many - due)
  return [
    {
      what: `tick, ${due} of ${many.toLocaleString("en-US")} keys due (floor: the same ${due} alone)`,
      ours: { value: among.tickMicros, unit: "µs" },
      floor: { value: alone.tickMicros, unit: "µs" },
      goal: `as the ${due} alone`,
      met: among.tickMicros <= alone.tickMicros * 1.25
    },
    {
      what: `memory of each of ${many.toLocaleString("en-US")} keys, its key included`,
      ours: { value: among.bytes, unit: "B" },
      floor: null,
      goal: "≤ 500 B",
      met: among.bytes <= 500
    },
    {
      what: `open with ${many.toLocaleString("en-US")} new keys, all of them stored`,
      ours: { value: among.openingMs, unit: "ms" },
      floor: null,
      goal: "",
      met: null
    }
  ] satisfies ReadonlyArray<Row>
})
