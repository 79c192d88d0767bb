/**
 * Jobs whose instances are counted in place of being listed. Pure.
 *
 * @since 0.1.0
 */
import { Order } from "effect"
import type { JobLog } from "tickwork"

/** The counts of a job, with what its rows do not tell. */
export interface Folded extends JobLog.JobCounts {
  /** Enqueued runs that no process has taken in yet. */
  readonly requested: number
  /** False where no living process has the job, and others live. */
  readonly isRegistered: boolean
}

/** True where an instance failed or is overdue. */
export const hasTrouble = ({ failed, overdue }: Pick<Folded, "failed" | "overdue">): boolean => failed + overdue > 0

/** Those with trouble first, then by name. */
export const inOrder = (folded: ReadonlyArray<Folded>): ReadonlyArray<Folded> =>
  folded.toSorted(
    (one, other) => Number(hasTrouble(other)) - Number(hasTrouble(one)) || Order.string(one.jobName, other.jobName)
  )

/** What of the instances is counted, with its word, in the order of display; nothing that is 0. */
export const partsOf = ({
  done,
  failed,
  overdue,
  paused,
  requested,
  running,
  waiting
}: Folded): ReadonlyArray<readonly [count: number, word: string]> =>
  (
    [
      [failed, "failed"],
      [overdue, "overdue"],
      [paused, "paused"],
      [running, "running"],
      [waiting, "waiting"],
      [requested, "enqueued and not taken in"],
      [done, "done today"]
    ] as const
  ).filter(([count]) => count > 0)
