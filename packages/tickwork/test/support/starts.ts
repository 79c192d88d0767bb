/**
 * When a body starts under Effect's own drivers, and when a cadence plans it to.
 */

import type { Make } from "@tickwork/test-support/Schedules"
import { Effect, Either, Exit, Fiber, Random, TestClock } from "effect"
import type { CadenceState } from "tickwork"
import * as Cadence from "../../src/internal/schedule/Cadence.ts"

export const start = Date.parse("2026-10-30T12:00:00Z")
const howMany = 6

export const cadenceOf = (make: Make, first: "run" | "ask") => Either.getOrThrow(Cadence.schedule(make(), first))
const dice = (seed: string) => Effect.withRandom(Random.make(seed))
/** Every third run fails, as far as the cadence is told. */
const endOf = (run: number) => (run % 3 === 2 ? Exit.fail("no luck") : Exit.succeed(run))

/** The starts of a body that takes `durations` in turn, as Effect's own driver makes them. */
export const drivenStarts = (make: Make, first: "run" | "ask", durations: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const starts: Array<number> = []
    const body = Effect.gen(function* () {
      if (starts.length === howMany) return yield* Effect.never
      starts.push(yield* Effect.clockWith((clock) => clock.currentTimeMillis))
      const run = starts.length
      yield* Effect.sleep(durations[(run - 1) % durations.length] ?? 0)
      return yield* endOf(run)
    })
    yield* TestClock.setTime(start)
    const drive = first === "run" ? Effect.repeat : Effect.schedule
    const driver = yield* Effect.fork(drive(Effect.exit(body), make()))
    yield* TestClock.adjust("1000 days")
    yield* Fiber.interrupt(driver)
    return starts
  }).pipe(dice("dice"))

/** The same starts, as they are planned; `keep` is what becomes of the state and its cadence between two runs. */
export const plannedStarts = (
  make: Make,
  first: "run" | "ask",
  durations: ReadonlyArray<number>,
  keep = (cadence: Cadence.OnSchedule<unknown, never>, state: CadenceState.CadenceState) => [cadence, state] as const,
  seed = "dice"
) =>
  Effect.gen(function* () {
    const starts: Array<number> = []
    let cadence = cadenceOf(make, first)
    let planned = yield* Cadence.begin(cadence, { now: start, seed: 1, input: undefined })
    while (planned.nextAt !== null && starts.length < howMany) {
      starts.push(planned.nextAt)
      const now = planned.nextAt + (durations[(starts.length - 1) % durations.length] ?? 0)
      const kept = keep(cadence, planned.state)
      cadence = kept[0]
      planned = yield* Cadence.step(cadence, kept[1], { now, input: endOf(starts.length) })
    }
    return starts
  }).pipe(dice(seed))
