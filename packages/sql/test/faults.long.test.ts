/**
 * Two minutes in which the connections of two processes to PostgreSQL are swallowed, delayed, cut and reset at random.
 */
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Clock, Effect, Random } from "effect"
import * as Faulty from "./support/Faulty.ts"

/** A busy machine begins a hundred bodies within this time. */
const beginsWithinMs = 2000

Postgres.describeOnPostgres("connections that fail for two minutes under 100 jobs each second", () => {
  it.scopedLive(
    "lose and double no instant, health tells the truth, and 15 s later all is as before",
    () =>
      Effect.gen(function* () {
        const seed = process.env.TICKWORK_SEED ?? `${yield* Clock.currentTimeMillis}`
        console.log(`TICKWORK_SEED=${seed}`)
        const faulty = Faulty.run(yield* Postgres.schema, { faults: "2 minutes", calm: "30 seconds" })
        const outcome = yield* Effect.withRandom(faulty, Random.make(seed))
        const counts = Faulty.countsOf(outcome)
        console.log(JSON.stringify(counts))
        for (const [fault, count] of Object.entries(counts)) assert.isAbove(count, 0, `${fault} has happened`)
        Faulty.hasRecordedAll(outcome)
        Faulty.hasNoOverlap(outcome)
        Faulty.healthIsTrue(outcome)
        Faulty.isAsBefore(outcome, beginsWithinMs)
      }),
    600_000
  )
})
