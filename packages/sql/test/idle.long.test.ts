/**
 * What a process costs in which nothing is due: processor time, wake-ups and statements, in half a minute.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import type { Cost } from "./support/idling.ts"

const measured = "30 seconds"

/** One wake-up a minute notices a clock that was set. */
const alone: Cost = { cpuMs: 100, wakeUps: 2, statements: 0 }

/** A look at the requests each second, and the timer for it. */
const watching: Cost = { cpuMs: 1000, wakeUps: 40, statements: 40 }

const costOf = (place: string, watch: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* Process.start(new URL("./support/idling.ts", import.meta.url), [place, ...watch], () => {})
    // what the start has cost
    yield* Process.ask(child, "")
    yield* Effect.sleep(measured)
    return JSON.parse(yield* Process.ask(child, "")) as Cost
  })

const isAtMost = (cost: Cost, most: Cost) => {
  for (const what of ["cpuMs", "wakeUps", "statements"] as const) assert.isAtMost(cost[what], most[what], what)
}

const bothWays = (place: string, other: string) =>
  Effect.gen(function* () {
    const [silent, watchful] = yield* Effect.all([costOf(place, []), costOf(other, ["1000"])], { concurrency: 2 })
    isAtMost(silent, alone)
    isAtMost(watchful, watching)
    assert.isAtLeast(watchful.statements, 10, "the statements are counted")
  })

const promise = "asks nothing and hardly wakes, and one that watches asks once a second"
const timeoutMs = 120_000

describe("a process with nothing due on SQLite", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Effect.all([TemporaryFile.make, TemporaryFile.make]), ([one, other]) => bothWays(one, other)),
    timeoutMs
  )
})

Postgres.describeOnPostgres("a process with nothing due on PostgreSQL", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Effect.all([Postgres.schema, Postgres.schema]), ([one, other]) => bothWays(one, other)),
    timeoutMs
  )
})
