/**
 * The ratios to the floor that are recorded in the repository, by the words of their rows.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import * as Row from "./Row.ts"

const file = fileURLToPath(new URL("../recorded.json", import.meta.url))

/** How many times worse than recorded a ratio may be: machines and their moments differ, a lost index does more. */
export const bound = 2.5

/** The cost of each row in costs of its floor. */
export type Recorded = Readonly<Record<string, number>>

const costsOf = (rows: ReadonlyArray<Row.Row>): Recorded =>
  Object.fromEntries(
    rows.flatMap((row) => {
      const cost = Row.costOf(row)
      return cost === null ? [] : [[row.what, Number(cost.toPrecision(3))]]
    })
  )

export const read: Effect.Effect<Recorded> = Effect.sync(() => JSON.parse(fs.readFileSync(file, "utf8")))

export const write = (rows: ReadonlyArray<Row.Row>): Effect.Effect<void> =>
  Effect.sync(() => fs.writeFileSync(file, `${JSON.stringify(costsOf(rows), null, 2)}\n`))

/** How many times worse than recorded the row is; `null` for one that is not recorded. */
export const timesWorse = (row: Row.Row, recorded: Recorded): number | null => {
  const [cost, before] = [Row.costOf(row), recorded[row.what]]
  return cost === null || before === undefined ? null : cost / before
}
