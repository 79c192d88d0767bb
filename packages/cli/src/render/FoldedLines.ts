/**
 * Jobs whose instances are counted in place of being listed: a line for each, and JSON. Pure.
 *
 * @internal
 */
import { Counted, Folded } from "@tickwork/web/view"
import * as Cells from "./Cells.ts"
import * as Table from "./Table.ts"

const longestName = 40

const textOf = (counts: Folded.Folded): string => {
  const { enqueued, instances, isRegistered, jobName, requested } = counts
  const counted = Folded.partsOf(counts).map(([count, text]) => `${Counted.number(count)} ${text}`)
  const all = Counted.of(instances + requested, enqueued + requested > 0 ? "run" : "key")
  const name = Cells.cutName(Cells.escape(jobName), longestName)
  return `${name}: ${counted.length === 0 ? all : `${counted.join(", ")}, of ${all}`}${isRegistered ? "" : ", in no running registry"} (--all lists them)`
}

export const render = (folded: ReadonlyArray<Folded.Folded>, page: Table.Page): ReadonlyArray<string> =>
  folded.flatMap((counts) =>
    Cells.wrap(textOf(counts), page.width).map((line) =>
      Table.paint(Folded.hasTrouble(counts) ? "red" : undefined, line, page)
    )
  )
