import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, Stream } from "effect"
import { Job, Jobs, Tick, type TickEvent } from "tickwork"

const countOf = ({ log }: Bench.Store) => Effect.map(log, (lines) => lines.length)

const secondsOf = (events: Iterable<TickEvent.TickEvent>) =>
  [...events].flatMap((event) =>
    event._tag === "RunRecorded" ? [(event.run.startedAt - Bench.start) / Bench.second] : []
  )

const opened = Effect.suspend(() =>
  Bench.open(Jobs.make(Bench.makeWork().job("every second").pipe(Job.every("1 second"))))
)

const seconds = (bench: Bench.Bench, count: number) =>
  Effect.repeatN(Effect.zipRight(bench.tick.once, bench.time.advance("1 second")), count - 1)

/** Listens, and reads on only while the gate is open. */
const listening = (bench: Bench.Bench, gate: Effect.Latch) =>
  Effect.gen(function* () {
    const heard: Array<TickEvent.TickEvent> = []
    const note = (event: TickEvent.TickEvent) => Effect.sync(() => heard.push(event))
    yield* Effect.forkScoped(Stream.runForEach(bench.tick.events, (event) => Effect.zipRight(gate.await, note(event))))
    yield* bench.time.settle
    return heard
  })

describe("Tick.events", () => {
  it.effect("a listener that never reads slows nothing, and costs no other listener an event", () =>
    Effect.gen(function* () {
      const bench = yield* opened
      const stuck = yield* listening(bench, Effect.unsafeMakeLatch(false))
      const reading = yield* listening(bench, Effect.unsafeMakeLatch(true))
      yield* seconds(bench, Tick.eventBuffer)
      assert.strictEqual(yield* countOf(bench.store), Tick.eventBuffer)
      assert.deepStrictEqual(secondsOf(reading), Arr.range(0, Tick.eventBuffer - 1))
      assert.deepStrictEqual(stuck, [])
    }).pipe(Bench.run)
  )

  it.effect("a listener that falls behind misses the oldest, and sees it by the numbers of the lines", () =>
    Effect.gen(function* () {
      const bench = yield* opened
      const gate = Effect.unsafeMakeLatch(false)
      const late = yield* listening(bench, gate)
      yield* seconds(bench, 600)
      yield* gate.open
      yield* bench.time.settle
      const newest = late.slice(-Tick.eventBuffer)
      const missed = 600 - Tick.eventBuffer / 2
      assert.isAtMost(late.length, Tick.eventBuffer + 2)
      assert.deepStrictEqual(
        newest.flatMap((event) => (event._tag === "RunRecorded" ? [event.run.seq] : [])),
        Arr.range(missed + 1, 600)
      )
    }).pipe(Bench.run)
  )

  it.effect("who listens later hears nothing of what was before", () =>
    Effect.gen(function* () {
      const bench = yield* opened
      yield* seconds(bench, 3)
      const heard = yield* listening(bench, Effect.unsafeMakeLatch(true))
      yield* seconds(bench, 1)
      assert.deepStrictEqual(secondsOf(heard), [3])
    }).pipe(Bench.run)
  )
})
