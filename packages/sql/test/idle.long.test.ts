/**
 * What a process costs in which nothing is due: processor time, wake-ups and statements, in ten minutes.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { type Duration, Effect } from "effect"
import type { Cost } from "./support/idling.ts"

type Bound = Omit<Cost, "cpuMs">

/** Each minute it says that it lives, reads who else does, and checks that it would hear of a request. */
const hearing: Bound = { wakeUps: 10, statements: 100 }

/** A look at the requests each second, and the timer for it. */
const polling: Bound = { wakeUps: 620, statements: 1400 }

/** The processor time of one that hears beside that of one that polls, in the same minutes. */
const share = 0.25

const costOf = (place: string, watch: ReadonlyArray<string>, measured: Duration.DurationInput = "10 minutes") =>
  Effect.gen(function* () {
    const child = yield* Process.start(new URL("./support/idling.ts", import.meta.url), [place, ...watch], () => {})
    // what the start has cost
    yield* Process.ask(child, "")
    yield* Effect.sleep(measured)
    const cost = JSON.parse(yield* Process.ask(child, "")) as Cost
    console.log(`${watch.length === 0 ? "hearing" : "polling"}: ${JSON.stringify(cost)}`)
    return cost
  })

const isAtMost = (cost: Cost, most: Bound) => {
  for (const what of ["wakeUps", "statements"] as const) assert.isAtMost(cost[what], most[what], what)
}

const bothWays = (place: string, other: string) =>
  Effect.gen(function* () {
    const [heard, polled] = yield* Effect.all([costOf(place, []), costOf(other, ["1000"])], { concurrency: 2 })
    isAtMost(heard, hearing)
    isAtMost(polled, polling)
    assert.isAtMost(heard.cpuMs, share * polled.cpuMs)
    assert.isAtLeast(polled.statements, 300, "the statements are counted")
  })

const promise = "wakes once a minute and reads no job, and one that polls wakes once a second"
const timeoutMs = 720_000

describe("a process with nothing due on SQLite", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Effect.all([TemporaryFile.make, TemporaryFile.make]), ([one, other]) => bothWays(one, other)),
    timeoutMs
  )

  it.scopedLive(
    "that checks its clock once an hour wakes at most twice in an hour",
    () =>
      Effect.gen(function* () {
        const cost = yield* costOf(yield* TemporaryFile.make, ["", "3600000"], "59 minutes")
        isAtMost(cost, { wakeUps: 2, statements: 20 })
      }),
    3_900_000
  )
})

Postgres.describeOnPostgres("a process with nothing due on PostgreSQL", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Effect.all([Postgres.schema, Postgres.schema]), ([one, other]) => bothWays(one, other)),
    timeoutMs
  )
})
