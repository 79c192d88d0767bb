import { describe, it } from "@effect/vitest"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, FastCheck as fc, Logger } from "effect"
import * as Lives from "./support/Lives.ts"
import * as Registries from "./support/registries.ts"
import { table } from "./support/scenario.ts"

const from = Date.parse("2026-03-02T12:00:00Z")
const until = from + 100_000

const crash = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 400 })),
  side: fc.constantFrom("before" as const, "after" as const),
  downMs: fc.constantFrom(0, 1, 3000, 20_000, 90_000)
})

const created = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  yield* Lives.prepare(filename, table)
  return filename
})

describe("processes that are killed one after the other", () => {
  it.live(
    "leave all that laws 2, 3 and 6 promise, whatever their jobs and wherever they are struck",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(Registries.registry, fc.array(crash, { minLength: 1, maxLength: 4 }), (registry, crashes) =>
            Effect.gen(function* () {
              const jobs = Registries.make(registry)
              const lives = yield* Lives.live({ filename: yield* created, jobs, from, until, crashes })
              const all = jobs((_, body) => body).all
              yield* Lives.hold(lives, { jobs: all, until })
            }).pipe(Effect.scoped, Effect.provide(Logger.remove(Logger.defaultLogger)), Effect.runPromise)
          ),
          { numRuns: Sets.pick({ fast: 40, full: 200 }), seed: 4, endOnFailure: true }
        )
      ),
    900_000
  )
})
