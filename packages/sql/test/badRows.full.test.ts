/**
 * Every column of every table holds what no run of Tickwork writes, one value at a time.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Logger } from "effect"
import * as BadRows from "./support/BadRows.ts"

const timeoutMs = 600_000

const check = ({ column, table, value }: BadRows.Case, { ran, unread, unreadable }: BadRows.Outcome) => {
  const title = `${table}.${column} holds ${value.what}: ${JSON.stringify({ ran, unread, unreadable })}`
  assert.include(ran, "well", title)
  if (table !== "job_state" && table !== "job_control") assert.include(ran, "mail", title)
  if (unreadable > 0) assert.include(unread, column, title)
  // an owner that is not known may live
  const isHeld = column === "claim_owner"
  if (table === "job_state" && unreadable === 0 && !isHeld) assert.include(ran, "broken", title)
}

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

const promise = "stop no other job, and the doctor names each that cannot be read"

describe("bad values in the rows of a SQLite file", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(TemporaryFile.make, (place) => BadRows.each(place, BadRows.cases(true), check)).pipe(quietly),
    timeoutMs
  )
})

Postgres.describeOnPostgres("bad values in the rows of a PostgreSQL database", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Postgres.schema, (place) => BadRows.each(place, BadRows.cases(false), check)).pipe(quietly),
    timeoutMs
  )
})
