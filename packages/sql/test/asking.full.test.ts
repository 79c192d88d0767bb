import { describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import * as Reaching from "./support/Reaching.ts"

const promise = "what one is asked for, the other does, once; who and why are in the log"
const options = { timeout: 120_000 }

describe("two processes that watch one SQLite file", () => {
  it.scopedLive(promise, () => Effect.flatMap(TemporaryFile.make, Reaching.reachTheOther), options)
})

Postgres.describeOnPostgres("two processes that watch one PostgreSQL database", () => {
  it.scopedLive(promise, () => Effect.flatMap(Postgres.schema, Reaching.reachTheOther), options)
})
