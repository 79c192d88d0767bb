/**
 * The mission's saving: an hour of a messenger's jobs, ticked every second, with cadences and without.
 *
 * Without them every job is called at every tick, one after the other in a plain loop, and nothing is recorded. The
 * floor calls what is due and records nothing either.
 */

import { Effect } from "effect"
import { Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Work from "../MessengerWork.ts"
import * as Row from "../Row.ts"

/** An hour, with a tick each second. */
const seconds = 3600
const samples = 3

/** Hours on another file before, since the messages to purge last for five. */
const warmUps = 8

const during = <A, E, R>(hand: HandClock.HandClock, tick: Effect.Effect<A, E, R>) =>
  Measure.repeated(
    seconds,
    Effect.tap(tick, () => hand.goOn(1000))
  )

/** The messenger's tables and tick on a file of their own. */
const onFile = <A, E, R>(use: (hand: HandClock.HandClock) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const hand = HandClock.make(Date.now())
    return yield* Effect.zipRight(Work.fill, use(hand)).pipe(
      Effect.provide(File.tick(file, Work.jobs)),
      Effect.withClock(hand.clock)
    )
  }).pipe(Effect.scoped)

const measure = (withFloor: boolean) =>
  onFile((hand) =>
    Effect.gen(function* () {
      let second = 0
      const due = Effect.suspend(() => Work.dueAt(second++))
      const pair = {
        ours: Measure.spent(during(hand, Tick.once)),
        floor: withFloor ? Measure.spent(during(hand, due)) : null
      }
      const { floor, ours } = yield* Measure.inTurns(samples, pair, 0)
      const firstPlan = yield* Effect.replicateEffect(Measure.spent(during(hand, Work.everything)), samples)
      return {
        ours: ours.cpu,
        floor: floor?.cpu ?? null,
        firstPlan: Measure.median(firstPlan.map(({ cpu }) => cpu))
      }
    })
  )

export const rows: Row.Family = ({ withFloor }) =>
  Effect.gen(function* () {
    yield* Effect.replicateEffect(
      onFile((hand) => during(hand, Tick.once)),
      warmUps
    )
    const { firstPlan, floor, ours } = yield* measure(withFloor)
    const saving = (cpu: number) => 100 - (100 * cpu) / firstPlan
    return [
      Row.make({
        what: "messenger, CPU time of an hour (floor: the same calls, unrecorded)",
        unit: "ms",
        better: "less",
        ours,
        floor
      }),
      Row.make({
        what: "messenger, CPU time saved against every job on every tick (floor: the most there is to save)",
        unit: "%",
        better: "more",
        ours: saving(ours),
        floor: floor === null ? null : saving(floor),
        goal: Goal.atLeast(88, "%")
      })
    ]
  })
