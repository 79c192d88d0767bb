/**
 * Cases of real processes that mostly wait, on a database each: they go on beside one another.
 */
import { describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, type Scope } from "effect"

/** A case in the place of its database. */
export type Case = (place: string) => Effect.Effect<void, unknown, Scope.Scope>

const timeoutMs = 600_000

/** Each case on SQLite and on PostgreSQL; `what` is how the titles begin. */
export const describeCases = (what: string, cases: Readonly<Record<string, Case>>): void => {
  describe(`${what} on one SQLite file`, { concurrent: true }, () => {
    for (const [name, run] of Object.entries(cases)) {
      it.scopedLive(name, () => Effect.flatMap(TemporaryFile.make, run), timeoutMs)
    }
  })
  Postgres.describeOnPostgres(`${what} on one PostgreSQL database`, { concurrent: true }, () => {
    for (const [name, run] of Object.entries(cases)) {
      it.scopedLive(name, () => Effect.flatMap(Postgres.schema, run), timeoutMs)
    }
  })
}
