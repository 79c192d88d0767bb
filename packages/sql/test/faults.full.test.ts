/**
 * Ten seconds in which the connections of two processes to PostgreSQL fail at random: what comes of it, and in which order.
 */
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Random } from "effect"
import * as Faulty from "./support/Faulty.ts"

Postgres.describeOnPostgres("connections that fail for a while under 100 jobs each second", () => {
  it.scopedLive("lose and double no instant, and no run overlaps another that holds its claim", () =>
    Effect.gen(function* () {
      const faulty = Faulty.run(yield* Postgres.schema, { faults: "10 seconds", calm: "5 seconds" })
      const outcome = yield* Effect.withRandom(faulty, Random.make("ten seconds"))
      const counts = Object.values(Faulty.countsOf(outcome))
      assert.isAbove(
        counts.reduce((sum, count) => sum + count, 0),
        0
      )
      Faulty.hasRecordedAll(outcome)
      Faulty.hasNoOverlap(outcome)
    })
  )
})
