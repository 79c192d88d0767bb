/**
 * The mission's saving: an hour of a messenger's jobs, ticked every second, with cadences and without.
 *
 * Without them every job is called at every tick, one after the other in a plain loop, and nothing is recorded. The
 * floor calls what is due and records nothing either.
 */
import { Effect } from "effect"
import { Tick } from "tickwork"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Work from "../MessengerWork.ts"
import type { Family, Row } from "../Report.ts"

const seconds = 3600
const samples = 3
const goal = 95

const hour = <A, E, R>(hand: HandClock.HandClock, tick: Effect.Effect<A, E, R>) =>
  Measure.repeated(
    seconds,
    Effect.tap(tick, () => hand.goOn(1000))
  )

const measure = Effect.gen(function* () {
  const file = yield* File.make()
  const hand = HandClock.make(Date.now())
  let runs = 0
  const withCadences = Effect.map(Tick.once, (recorded) => {
    runs += recorded.length
  })
  return yield* Effect.gen(function* () {
    yield* Work.fill
    let second = 0
    const due = Effect.suspend(() => Work.dueAt(second++))
    const { floor, ours } = yield* Measure.inTurns(samples, {
      ours: Measure.spent(hour(hand, withCadences)),
      floor: Measure.spent(hour(hand, due))
    })
    const firstPlan = yield* Effect.replicateEffect(Measure.spent(hour(hand, Work.everything)), samples)
    return {
      ours: ours.cpu,
      floor: floor.cpu,
      firstPlan: Measure.median(firstPlan.map(({ cpu }) => cpu)),
      runs: runs / (samples + 1)
    }
  }).pipe(Effect.provide(File.tick(file, Work.jobs)), Effect.withClock(hand.clock))
}).pipe(Effect.scoped)

export const rows: Family = Effect.map(measure, ({ firstPlan, floor, ours, runs }): ReadonlyArray<Row> => {
  const saving = (cpu: number) => ({ value: 100 - (100 * cpu) / firstPlan, unit: "%" })
  return [
    {
      what: `messenger, CPU time of an hour with ${runs} runs (floor: the same calls, unrecorded)`,
      ours: { value: ours, unit: "ms" },
      floor: { value: floor, unit: "ms" },
      goal: "",
      met: null
    },
    {
      what: `the same, beside the first plan: ${seconds * Work.jobs.all.length} calls`,
      ours: { value: ours, unit: "ms" },
      floor: { value: firstPlan, unit: "ms" },
      goal: "",
      met: null
    },
    {
      what: "messenger, CPU time saved against the first plan (floor: the most there is to save)",
      ours: saving(ours),
      floor: saving(floor),
      goal: `≥ ${goal} %`,
      met: saving(ours).value >= goal
    }
  ]
})
