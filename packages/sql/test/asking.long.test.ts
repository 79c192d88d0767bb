import { describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import * as Reaching from "./support/Reaching.ts"

/** A second of watching, and what a machine may take that does little else. */
const withinMs = 8000

const promise = "what one is asked for, the other does within its watch"
const timeoutMs = 300_000

describe("two processes that watch one SQLite file", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(TemporaryFile.make, (place) => Reaching.reachTheOther(place, withinMs)),
    timeoutMs
  )
})

Postgres.describeOnPostgres("two processes that watch one PostgreSQL database", () => {
  it.scopedLive(
    promise,
    () => Effect.flatMap(Postgres.schema, (place) => Reaching.reachTheOther(place, withinMs)),
    timeoutMs
  )
})
