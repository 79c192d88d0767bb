import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schedule, Schema } from "effect"
import { Job, Jobs } from "tickwork"

const { minute } = Bench

/** State that no store knows how to keep. */
class Backoff {
  readonly minutes: number
  constructor(minutes: number) {
    this.minutes = minutes
  }
}

const BackoffState = Schema.transform(Schema.Struct({ minutes: Schema.Number }), Schema.instanceOf(Backoff), {
  strict: true,
  decode: ({ minutes }) => new Backoff(minutes),
  encode: ({ minutes }) => ({ minutes })
})

const doubling = () =>
  Schedule.unfold(new Backoff(1), ({ minutes }) => new Backoff(minutes * 2)).pipe(
    Schedule.addDelay(({ minutes }) => `${minutes} minutes`)
  )

/** Runs as long as it takes for a few runs, and is opened anew, on what a file would have kept, between two of them. */
const restarted = (options: Job.ScheduleOptions) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = () => Jobs.make(work.job("poll").pipe(Job.repeat(doubling(), options)))
    let { store, tick, time } = yield* Bench.open(jobs())
    for (const wait of [0, 1, 2, 4]) {
      yield* time.advance(wait * minute)
      yield* tick.once
      store = yield* Bench.throughJson(store)
      tick = (yield* Bench.open(jobs(), { store })).tick
    }
    return { store, starts: work.starts("poll").map((at) => at / minute) }
  })

describe("the state of a schedule", () => {
  it.effect("that a Schema can encode goes on after a restart", () =>
    Effect.gen(function* () {
      const { starts, store } = yield* restarted({ state: BackoffState })
      assert.deepStrictEqual(starts, [0, 1, 3, 7])
      const state = yield* store.state("poll")
      assert.strictEqual(state.position.nextAt, Bench.start + 15 * minute)
      assert.deepInclude(state.position.cadence, { definition: 'repeat {"minutes":1}', state: { minutes: 16 } })
    }).pipe(Bench.run)
  )

  it.effect("that its Schema does not know any more is the state of another definition", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, tick, time } = yield* Bench.open(
        Jobs.make(
          work.job("poll").pipe(
            Job.repeat(
              Schedule.unfold(3, (n) => n + 1),
              { state: Schema.Number }
            )
          )
        )
      )
      yield* tick.once
      const small = Schema.Number.pipe(Schema.lessThan(4))
      const spaced = Schedule.unfold(3, (n) => n).pipe(Schedule.addDelay(() => "1 minute"))
      yield* Bench.open(Jobs.make(work.job("poll").pipe(Job.repeat(spaced, { state: small }))), { store })
      const [, control] = yield* store.logOf("poll")
      assert.deepNestedInclude(control, { status: "control", "position.nextAt": yield* time.now })
      assert.strictEqual((yield* store.state("poll")).position.cadence.state, 3)
    }).pipe(Bench.run)
  )

  it.effect("in memory only begins again after a restart, at the planned instant", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const poll = Job.repeat(doubling(), { state: "memory only" })
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("poll").pipe(poll)))
      yield* bench.time.advance("7 minutes")
      assert.deepStrictEqual(
        work.starts("poll").map((at) => at / minute),
        [0, 1, 3, 7]
      )
      const state = yield* bench.store.state("poll")
      assert.strictEqual(JSON.stringify(state.position.cadence.state), "null")
      assert.strictEqual(state.position.cadence.definition, "repeat in memory only")

      const { store } = yield* restarted({ state: "memory only" })
      assert.strictEqual((yield* store.state("poll")).position.nextAt, (yield* bench.time.now) + minute)
    }).pipe(Bench.run)
  )
})
