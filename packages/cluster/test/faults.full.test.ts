/**
 * One of two processes that share some keys is killed or stopped: the other one goes on with all of them.
 */
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import { Clock, Effect } from "effect"
import * as Workers from "./support/Workers.ts"

const keys = 40

/** Each key has a success for an instant from now on. */
const goesOn = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  const found = sql`SELECT DISTINCT key FROM job_log WHERE status = 'success' AND scheduled_at > ${now}`
  yield* Eventually.isTrue(
    "each key runs again",
    Effect.map(found, ({ length }) => length === keys)
  )
})

const lose = (signal: "SIGKILL" | "SIGTERM") =>
  Effect.gen(function* () {
    const url = yield* Postgres.schema
    const [one, other] = [yield* Workers.start(url, `${keys}`), yield* Workers.start(url, `${keys}`)]
    const judged = yield* Effect.gen(function* () {
      yield* Workers.share([one, other])
      yield* goesOn
      yield* Process.end(one.child, signal)
      yield* Workers.share([other])
      yield* goesOn
      yield* Process.end(other.child, "SIGTERM")
      return yield* Workers.judge(0)
    }).pipe(Effect.provide(Postgres.client(url, 2)))
    assert.strictEqual(judged.keys, keys)
    assert.strictEqual(judged.doubled, 0, "no instant has two successes")
    assert.strictEqual(judged.overlapping, 0, "no key overlaps itself")
    assert.strictEqual(judged.unsaid, 0, "each planned instant has a verdict")
    return judged
  })

Postgres.describeOnPostgres("one of two processes that share some keys", () => {
  it.scopedLive("is killed, and the other one runs all of them, each instant once", () => lose("SIGKILL"))

  it.scopedLive("stops, and the other one runs all of them; no run is cut short", () =>
    Effect.map(lose("SIGTERM"), ({ interrupted }) => assert.strictEqual(interrupted, 0))
  )
})
