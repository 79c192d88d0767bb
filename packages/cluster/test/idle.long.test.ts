/**
 * What a process of a cluster costs in which nothing is due, beside another one and beside the driver alone.
 */
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import { Effect } from "effect"
import * as Workers from "./support/Workers.ts"
import type { Cost } from "./support/worker.ts"

/** No key, so nothing is ever due. */
const costOf = (...watch: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const url = yield* Postgres.schema
    const [one, other] = [yield* Workers.start(url, "0", ...watch), yield* Workers.start(url, "0", ...watch)]
    const floor = yield* Process.start(new URL("./support/floor.ts", import.meta.url), [url], () => {})
    yield* Workers.share([one, other])
    // what the start has cost; its garbage is collected within a minute
    yield* Effect.sleep("70 seconds")
    yield* Process.ask(one.child, "")
    yield* Process.ask(floor, "")
    yield* Effect.sleep("2 minutes")
    const { cpuMs, elapsedMs, statements } = JSON.parse(yield* Process.ask(one.child, "")) as Cost
    const least = JSON.parse(yield* Process.ask(floor, "")) as Pick<Cost, "cpuMs" | "elapsedMs">
    const cost = {
      cpu: cpuMs / elapsedMs,
      floor: least.cpuMs / least.elapsedMs,
      statements: (statements * 1000) / elapsedMs
    }
    console.log(JSON.stringify(cost))
    return cost
  })

const timeoutMs = 360_000

Postgres.describeOnPostgres("a process of a cluster with nothing due", () => {
  it.scopedLive(
    "costs at most 0.3 % of a core and two statements a second",
    () =>
      Effect.map(costOf(), ({ cpu, statements }) => {
        assert.isAtMost(statements, 2)
        assert.isAtMost(cpu, 0.003)
      }),
    timeoutMs
  )

  it.scopedLive(
    "costs at most three statements a second where it hears of no event",
    () =>
      Effect.map(costOf("1000"), ({ statements }) => {
        assert.isAtMost(statements, 3)
      }),
    timeoutMs
  )
})
