import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, HashMap, Logger } from "effect"
import { Job, Jobs, Run } from "tickwork"

const { minute, start } = Bench

/** Takes down what is logged, with all that it is annotated with. */
const noting = () => {
  const lines: Array<readonly [string, Record<string, unknown>]> = []
  const logger = Logger.make(({ annotations, message }) => {
    lines.push([[message].flat().join(" "), Object.fromEntries(HashMap.toEntries(annotations))])
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

describe("what a job logs", () => {
  it.effect("bears the job and the run; and the key, where there is one", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const plain = Job.make("plain", Effect.log("hello")).pipe(Job.every("1 minute"))
      const keyed = Job.make("keyed", { keys: Effect.succeed(["ada"]) }, () => Effect.log("hello ada")).pipe(
        Job.every("1 hour")
      )
      const bench = yield* Bench.open(Jobs.make(plain, keyed))
      yield* Effect.provide(Bench.daemon(bench), layer)
      yield* bench.time.advance("1 minute")
      assert.sameDeepMembers(lines, [
        ["hello", { job: "plain", run: Run.keyOf("plain", "", start) }],
        ["hello ada", { job: "keyed", key: "ada", run: Run.keyOf("keyed", "ada", start) }],
        ["hello", { job: "plain", run: Run.keyOf("plain", "", start + minute) }]
      ])
    }).pipe(Bench.run)
  )

  it.effect("bears it in its conditions, in fibers of its own and beside what the application annotates", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const look = Effect.as(Effect.log("looking"), true)
      const job = Job.make("sync", Effect.all([Effect.log("one"), Effect.log("two")], { concurrency: 2 })).pipe(
        Job.every("1 hour"),
        Job.when("it is time", look)
      )
      const bench = yield* Bench.open(Jobs.make(job))
      yield* bench.tick.once.pipe(Effect.annotateLogs("device", "phone"), Effect.provide(layer))
      const annotations = { job: "sync", run: Run.keyOf("sync", "", start), device: "phone" }
      assert.deepStrictEqual(
        lines,
        ["looking", "one", "two"].map((text) => [text, annotations] as const)
      )
    }).pipe(Bench.run)
  )

  it.effect("can be found by the run that the tick says has failed", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const job = Job.make("sync", Effect.zipRight(Effect.log("trying"), Effect.fail("no"))).pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* Effect.provide(bench.tick.once, layer)
      const run = Run.keyOf("sync", "", start)
      assert.deepStrictEqual(
        lines.map(([, annotations]) => annotations),
        [
          { job: "sync", run },
          { job: "sync", run, attempt: 1 }
        ]
      )
    }).pipe(Bench.run)
  )
})
