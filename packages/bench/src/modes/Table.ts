/**
 * Every row of the table, beside its floor and its goal.
 */
import { Effect } from "effect"
import * as Catalog from "../Catalog.ts"
import * as Checkout from "../Checkout.ts"
import * as Family from "../Family.ts"
import * as Machine from "../Machine.ts"
import * as Postgres from "../Postgres.ts"
import * as Programs from "../Programs.ts"
import * as Progress from "../Progress.ts"
import * as Report from "../Report.ts"
import type { Outcome } from "./Outcome.ts"

export const run = (names: ReadonlyArray<Catalog.Family>) =>
  Effect.gen(function* () {
    const checkout = yield* Checkout.here
    const programs = yield* Programs.ofCheckout(checkout)
    const postgres = names.some((name) => Catalog.onPostgres.has(name)) ? yield* Postgres.url : null
    const settings = { size: "table", withFloor: true, postgres } as const
    const results = yield* Progress.each(names, (name) => Family.measure(programs, name, settings))
    const rows = results.values.flat()
    return {
      text: `${Machine.text}, commit ${checkout.commit}\n\n${Report.rowsToText(rows)}`,
      json: { machine: Machine.facts, commit: checkout.commit, rows, failures: results.failures },
      failures: results.failures
    } satisfies Outcome
  }).pipe(Effect.scoped)
