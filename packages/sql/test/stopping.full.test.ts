import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Clock, Effect } from "effect"
import { JobState } from "tickwork"
import * as Served from "./support/Served.ts"
import type { Described, Settings } from "./support/serving.ts"
import * as Told from "./support/Told.ts"

const { hour, saying } = Served

const drainMs = 3000

const short: Described = { name: "short", everyMs: hour, takesMs: [1000, 0] }
const long: Described = { name: "long", everyMs: hour, takesMs: [hour, 0] }
const stubborn: Described = { name: "stubborn", everyMs: hour, takesMs: [hour, 0], is: "uninterruptible" }

const beginAll = (settings: Settings) =>
  Effect.tap(Served.start(settings), (served) =>
    Effect.forEach(settings.jobs, ({ name }) => served.hear(saying("begins", { job: name })), { discard: true })
  )

const stopped = (served: Served.Served) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    yield* served.end("SIGTERM")
    return (yield* Clock.currentTimeMillis) - from
  })

const log = (place: string) =>
  Effect.map(Told.onFile(place), (instances) => {
    for (const instance of instances) Told.isConsistent(instance)
    return Object.fromEntries(
      instances.map(({ lines, state }) => {
        const isLeft = lines.at(-1)?.reason === JobState.leftRunning
        assert.strictEqual(state.claim.owner !== null, isLeft, "a claim is kept for a body that has not ended, alone")
        return [state.jobName, lines.map((_) => [_.status, _.error ?? _.reason])]
      })
    )
  })

const timeoutMs = 600_000

describe("a process that is asked to stop by SIGTERM", () => {
  it.scopedLive(
    "lets go at once where nothing runs",
    () =>
      Effect.gen(function* () {
        const place = yield* TemporaryFile.make
        const served = yield* beginAll({ place, jobs: [Served.quick("quick", hour)], drain: hour })
        yield* served.hear(saying("recorded", { job: "quick" }))
        yield* served.end("SIGTERM")
        assert.deepStrictEqual(yield* log(place), { quick: [["success", null]] })
      }),
    timeoutMs
  )

  it.scopedLive(
    "waits for what ends within the drain, interrupts what does not, and records both",
    () =>
      Effect.gen(function* () {
        const place = yield* TemporaryFile.make
        const jobs = [short, long]
        const served = yield* beginAll({ place, jobs, drain: drainMs })
        assert.isAtLeast(yield* stopped(served), drainMs)
        assert.deepStrictEqual(
          Served.all(served, saying("ends")).map(({ job }) => job),
          ["short"]
        )
        assert.lengthOf(Served.all(served, saying("is cut", { job: "long" })), 1)
        assert.deepStrictEqual(yield* log(place), {
          short: [["success", null]],
          long: [["interrupted", "the tick was stopped"]]
        })

        const next = yield* Served.start({ place, jobs })
        const again = yield* next.hear(saying("ends", { job: "long" }))
        assert.strictEqual(again.attempt, 2, "the same instant is tried again")
      }),
    timeoutMs
  )

  it.scopedLive(
    "does not wait for a body that cannot be interrupted, which then ends with its process",
    () =>
      Effect.gen(function* () {
        const place = yield* TemporaryFile.make
        const jobs = [short, stubborn]
        const served = yield* beginAll({ place, jobs, drain: drainMs })
        // the body would take an hour
        assert.isAtLeast(yield* stopped(served), drainMs)
        assert.deepStrictEqual(Served.all(served, saying("ends", { job: "stubborn" })), [])
        assert.deepStrictEqual(yield* log(place), {
          short: [["success", null]],
          stubborn: [["control", JobState.leftRunning]]
        })

        const next = yield* Served.start({ place, jobs })
        const again = yield* next.hear(saying("recorded", { job: "stubborn", status: "success" }))
        assert.strictEqual(again.attempt, 2, "the same instant is tried again")
        yield* next.end("SIGTERM")
        const { stubborn: lines } = yield* log(place)
        assert.deepStrictEqual(lines?.[1], ["interrupted", "its process ended before it did"])
      }),
    timeoutMs
  )
})
