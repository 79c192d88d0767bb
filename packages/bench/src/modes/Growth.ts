/**
 * How each cost grows, beside the order that it should have.
 */
import { Effect } from "effect"
import * as Catalog from "../Catalog.ts"
import * as Checkout from "../Checkout.ts"
import * as Child from "../Child.ts"
import type { Row } from "../growth/Growth.ts"
import * as Machine from "../Machine.ts"
import * as Postgres from "../Postgres.ts"
import * as Programs from "../Programs.ts"
import * as Progress from "../Progress.ts"
import type { Request } from "../programs/measuring.ts"
import * as Report from "../Report.ts"
import type { Outcome } from "./Outcome.ts"

const limit = "15 minutes"

const toText = (rows: ReadonlyArray<Row>): string =>
  Report.toText(
    [
      { title: "what" },
      { title: "sizes" },
      { title: "costs" },
      { title: "each doubling, times", isNumber: true },
      { title: "the last", isNumber: true },
      { title: "goal" },
      { title: "holds" }
    ],
    rows.map((row) => [
      row.what,
      row.sizes.map((size) => size.toLocaleString("en-US")).join(" "),
      `${row.costs.map(Report.numberToText).join(" ")} ${row.unit}`,
      ...(row.order === "bounded" ? ["", ""] : [Report.numberToText(row.average), Report.numberToText(row.last)]),
      `${row.order}${row.most === undefined ? "" : `, ≤ ${row.most.toLocaleString("en-US")} ${row.unit}`}`,
      Report.holdsToText(row.holds)
    ])
  )

export const run = (names: ReadonlyArray<Catalog.Growth>) =>
  Effect.gen(function* () {
    const checkout = yield* Checkout.here
    const programs = yield* Programs.ofCheckout(checkout)
    const postgres = names.some((name) => Catalog.onPostgres.has(name)) ? yield* Postgres.url : null
    const results = yield* Progress.each(names, (name) => {
      const message: Request = { kind: "growth", name, settings: { size: "table", withFloor: false, postgres } }
      return Child.run<ReadonlyArray<Row>>({
        what: name,
        program: programs.path("measuring"),
        message,
        limit,
        // a million instances need more than a heap of the default size
        execArgv: ["--max-old-space-size=8192"]
      })
    })
    const rows = results.values.flat()
    return {
      text: `${Machine.text}, commit ${checkout.commit}\n\n${toText(rows)}`,
      json: { machine: Machine.facts, commit: checkout.commit, rows, failures: results.failures },
      failures: results.failures
    } satisfies Outcome
  }).pipe(Effect.scoped)
