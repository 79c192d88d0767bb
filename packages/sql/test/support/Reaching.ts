/**
 * Two processes that watch one database: what one is asked for, the other does.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as Place from "./Place.ts"
import * as Served from "./Served.ts"
import type { Said } from "./serving.ts"
import * as Told from "./Told.ts"

const { hour, saying } = Served

const steady = Served.quick("steady", 250)
const slow = { name: "slow", everyMs: hour, takesMs: [hour, hour] } as const

/**
 * What is asked for in one of two processes reaches the other that runs the job; where `withinMs` is given, no later than
 * that.
 */
export const reachTheOther = (place: string, withinMs = Number.POSITIVE_INFINITY) =>
  Effect.gen(function* () {
    const start = Served.start({ place, jobs: [steady, slow], watch: "1 second", drain: "100 millis" })
    const both = yield* Effect.all([start, start], { concurrency: "unbounded" })
    const otherThan = (one: Served.Served) => both.find((served) => served !== one) ?? assert.fail("nobody else")
    const here = () => both.map(({ said }) => said.length)

    const runs = (served: Served.Served) => Served.many(served, saying("ends", { job: "steady" }), 8)
    const runner = yield* Effect.raceAll(both.map((served) => Effect.as(runs(served), served)))
    const asker = otherThan(runner)

    yield* asker.ask({ ask: "pause", job: "steady", by: "alice", why: "the server moves" })
    const asked = yield* asker.hear(saying("asked", { ask: "pause" }))
    const paused = yield* Served.first(both, saying("recorded", { reason: "paused by alice: the server moves" }))
    assert.isBelow(paused.said.at - asked.at, withinMs, "a pause reaches whoever runs the job")

    const beforeTrigger = here()
    yield* asker.ask({ ask: "trigger", job: "steady", by: "bob", why: "to see whether it works" })
    const triggered = yield* asker.hear(saying("asked", { ask: "trigger" }), beforeTrigger[both.indexOf(asker)])
    const manual = yield* Served.first(both, saying("ends", { job: "steady", trigger: "manual" }), beforeTrigger)
    assert.isBelow(manual.said.at - triggered.at, withinMs, "a trigger is heard")
    const isByPlan = (said: Said): said is Said =>
      saying("begins", { job: "steady" })(said) && said.trigger !== "manual"
    const late = both.flatMap((served) => Served.all(served, isByPlan)).filter(({ at }) => at > paused.said.at)
    assert.deepStrictEqual(late, [], "neither begins what was paused in the other")

    const beforeResume = here()
    yield* asker.ask({ ask: "resume", job: "steady", by: "alice" })
    const resumed = yield* asker.hear(saying("asked", { ask: "resume" }), beforeResume[both.indexOf(asker)])
    const again = yield* Served.first(both, isByPlan, beforeResume)
    assert.isBelow(again.said.at - resumed.at, withinMs, "it goes on")

    const sleeper = yield* Served.first(both, saying("begins", { job: "slow" }))
    const canceller = otherThan(sleeper.served)
    yield* canceller.ask({ ask: "cancel", job: "slow", by: "carol", why: "it takes too long" })
    const called = yield* canceller.hear(saying("asked", { ask: "cancel" }))
    const cut = yield* sleeper.served.hear(saying("is cut", { job: "slow" }))
    assert.isBelow(cut.at - called.at, withinMs, "a cancellation cuts the run in the other short")
    yield* Served.first(both, saying("recorded", { job: "slow", status: "interrupted" }))

    yield* Effect.forEach(both, (served) => served.end("SIGTERM"), { concurrency: "unbounded" })
    const instances = yield* Effect.provide(Told.instances, Place.layer(place))
    for (const instance of instances) Told.isConsistent(instance)
    const control = instances.map(({ lines, state }) => [
      state.jobName,
      lines.flatMap(({ reason, status }) => (status === "control" ? [reason] : []))
    ])
    assert.deepStrictEqual(Object.fromEntries(control), {
      steady: ["paused by alice: the server moves", "triggered by bob: to see whether it works", "resumed by alice"],
      slow: ["cancelled by carol: it takes too long"]
    })
    const cancelled = instances.flatMap(({ lines }) => lines).filter(({ jobName }) => jobName === "slow")
    assert.deepInclude(cancelled.at(-1), { status: "interrupted", error: "cancelled by carol: it takes too long" })
  })
