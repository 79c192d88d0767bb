import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Random } from "effect"
import * as Crowded from "./support/Crowded.ts"

const deaths = 10

const mostRunsBetweenDeaths = 1400

const runEverything = (place: string) =>
  Effect.gen(function* () {
    const { interrupted } = yield* Crowded.run(place, {
      backlog: 25,
      deaths,
      nextDeath: (progress) => Effect.flatMap(Random.nextIntBetween(1, mostRunsBetweenDeaths), progress)
    })
    assert.isAbove(interrupted, deaths, "bodies were cut short")
  })

const promise = "run each instant, exactly once where it is transactional, and none beside itself"
const timeoutMs = 900_000

describe("four processes on one SQLite file, killed with SIGKILL again and again", () => {
  it.scopedLive(promise, () => Effect.flatMap(TemporaryFile.make, runEverything), timeoutMs)
})

Postgres.describeOnPostgres("four processes on one PostgreSQL database, killed with SIGKILL again and again", () => {
  it.scopedLive(promise, () => Effect.flatMap(Postgres.schema, runEverything), timeoutMs)
})
