/**
 * Two minutes of four hundred jobs, each every five seconds, in four processes; one of them is never killed.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Duration, Effect, Random } from "effect"
import * as Crowded from "./support/Crowded.ts"
import * as Crowd from "./support/crowd.ts"

const deaths = 20

/** Five seconds on average: nearly two minutes for all. */
const betweenDeaths = Effect.map(Random.nextIntBetween(2000, 8000), Duration.millis)

const soak = (place: string) =>
  Effect.gen(function* () {
    const { heaps, runs } = yield* Crowded.run(place, {
      backlog: 1,
      deaths,
      nextDeath: () => Effect.flatMap(betweenDeaths, Effect.sleep)
    })
    assert.isAbove(runs, (10 * deaths * 2000) / Crowd.gridMs, "it has run all the time")
    const [first = Number.NaN, last = Number.NaN] = heaps
    assert.isBelow(last, 2 * first, "the heap of a process that goes on does not grow")
  })

const promise = "runs each instant once while others are killed, and its memory does not grow"
const timeoutMs = 600_000

describe("a process among four on one SQLite file", () => {
  it.scopedLive(promise, () => Effect.flatMap(TemporaryFile.make, soak), timeoutMs)
})

Postgres.describeOnPostgres("a process among four on one PostgreSQL database", () => {
  it.scopedLive(promise, () => Effect.flatMap(Postgres.schema, soak), timeoutMs)
})
