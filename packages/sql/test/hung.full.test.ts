/**
 * A body that never ends in a real process: what the process says of it, and how the others go on once it is cancelled from
 * outside.
 */
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Job, Jobs, TickClient } from "tickwork"
import * as Place from "./support/Place.ts"
import * as ProcessCases from "./support/ProcessCases.ts"
import * as Served from "./support/Served.ts"

const { saying } = Served

const hang = Job.make("hang", Effect.void).pipe(Job.every("1 hour"))
const client = (place: string) => Layer.provide(TickClient.layer(Jobs.make(hang)), Place.layer(place))

const named: ProcessCases.Case = (place) =>
  Effect.gen(function* () {
    const served = yield* Served.start({
      place,
      lease: "3 seconds",
      starvingAfter: "1 second",
      jobs: [
        { name: "hang", everyMs: Served.hour, is: "serial", untilAsked: true },
        { name: "other", everyMs: 1000, is: "serial" }
      ]
    })
    const { holders } = yield* served.hear(saying("starving", { job: "other" }))
    assert.deepStrictEqual(holders, [{ jobName: "hang", key: "" }])
    yield* served.hear(
      (said): said is typeof said & { readonly what: "log" } =>
        said.what === "log" && /job "other" has waited for a slot since .* held by job "hang"$/.test(said.text)
    )
    yield* served.ask({ ask: "health" })
    const { health } = yield* served.hear(saying("health"))
    assert.deepStrictEqual(
      health.starving.map(({ holders, jobName }) => [jobName, holders]),
      [["other", holders]]
    )

    const before = Served.all(served, saying("ends", { job: "other" })).length
    yield* Effect.provide(TickClient.cancel(hang, { by: "ada", why: "it hangs" }), client(place))
    yield* served.hear(saying("recorded", { job: "hang", status: "interrupted" }))
    yield* Served.many(served, saying("ends", { job: "other" }), before + 3)
    yield* served.end("SIGTERM")
    // the runtime has a logger of its own beside that of the program
    const isWarning = ({ text }: { readonly text: string }) => text.startsWith('The job "other" has waited')
    assert.strictEqual(Served.all(served, saying("log")).filter(isWarning).length, 1)
  })

ProcessCases.describeCases("a body that never ends", {
  "is named with those that wait for it, and they go on once another process cancels it": named
})
