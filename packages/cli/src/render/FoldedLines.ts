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

/** The counts of a job, with what its rows do not tell. */
export interface Folded extends JobLog.JobCounts {
  /** Enqueued runs that no process has taken in yet. */
  readonly requested: number
  /** False where no living process has the job, and others live. */
  readonly isRegistered: boolean
}

const hasTrouble = ({ failed, overdue }: Folded): boolean => failed + overdue > 0

/** Those with trouble first, then by name. */
export const inOrder = (folded: ReadonlyArray<Folded>): ReadonlyArray<Folded> =>
  folded.toSorted(
    (one, other) => Number(hasTrouble(other)) - Number(hasTrouble(one)) || Order.string(one.jobName, other.jobName)
  )

const longestName = 40

const textOf = (counts: Folded): string => {
  const { done, enqueued, failed, instances, isRegistered, jobName, overdue, paused, requested, running, waiting } =
    counts
  const parts = [
    [failed, "failed"],
    [overdue, "overdue"],
    [paused, "paused"],
    [running, "running"],
    [waiting, "waiting"],
    [requested, "enqueued and not taken in"],
    [done, "done today"]
  ] as const
  const counted = parts.flatMap(([count, text]) => (count === 0 ? [] : [`${Counted.number(count)} ${text}`]))
  const all = Counted.of(instances + requested, enqueued + requested > 0 ? "run" : "key")
  const name = Cells.cutName(Cells.escape(jobName), longestName)
  return `${name}: ${counted.length === 0 ? all : `${counted.join(", ")}, of ${all}`}${isRegistered ? "" : ", in no running registry"} (--all lists them)`
}

export const render = (folded: ReadonlyArray<Folded>, page: Table.Page): ReadonlyArray<string> =>
  folded.flatMap((counts) =>
    Cells.wrap(textOf(counts), page.width).map((line) =>
      Table.paint(hasTrouble(counts) ? "red" : undefined, line, page)
    )
  )

export const toJson = ({ jobName, ...counts }: Folded) => ({ job: jobName, ...counts })
