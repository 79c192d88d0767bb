/**
 * Jobs whose instances are counted in place of being listed: a line for each, and JSON. Pure.
 *
 * @internal
 */
import { Order } from "effect"
import type { JobLog } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Counted from "./Counted.ts"
import * as Table from "./Table.ts"

const hasTrouble = ({ failed, overdue }: JobLog.JobCounts): boolean => failed + overdue > 0

/** Those with trouble first, then by name. */
export const inOrder = (folded: ReadonlyArray<JobLog.JobCounts>): ReadonlyArray<JobLog.JobCounts> =>
  folded.toSorted(
    (one, other) => Number(hasTrouble(other)) - Number(hasTrouble(one)) || Order.string(one.jobName, other.jobName)
  )

const longestName = 40

const textOf = (counts: JobLog.JobCounts): string => {
  const { done, enqueued, failed, instances, jobName, overdue, paused, running, waiting } = counts
  const parts = [
    [failed, "failed"],
    [overdue, "overdue"],
    [paused, "paused"],
    [running, "running"],
    [waiting, "waiting"],
    [done, "done today"]
  ] as const
  const counted = parts.flatMap(([count, text]) => (count === 0 ? [] : [`${Counted.number(count)} ${text}`]))
  const all = Counted.of(instances, enqueued > 0 ? "run" : "key")
  const name = Cells.cutName(Cells.escape(jobName), longestName)
  return `${name}: ${counted.length === 0 ? all : `${counted.join(", ")}, of ${all}`} (--all lists them)`
}

export const render = (folded: ReadonlyArray<JobLog.JobCounts>, page: Table.Page): ReadonlyArray<string> =>
  folded.flatMap((counts) =>
    Cells.wrap(textOf(counts), page.width).map((line) =>
      Table.paint(hasTrouble(counts) ? "red" : undefined, line, page)
    )
  )

export const toJson = ({ jobName, ...counts }: JobLog.JobCounts) => ({ job: jobName, ...counts })
