/**
 * Counts the instances of each job. Pure: a store in SQL answers the same.
 *
 * @internal
 */
import { Array as Arr, Order } from "effect"
import { isFinished, type JobState } from "../../JobState.ts"
import type { CountsQuery, JobCounts } from "./Port.ts"

type Kind = "running" | "paused" | "overdue" | "failed" | "waiting" | "over"

const kindOf = (state: JobState, overdueBefore: number): Kind => {
  const { attempt, cadence, manual, nextAt, paused } = state.position
  // what runs after others has no time of its own to be late for
  const isTimed = cadence.definition !== "after others"
  if (state.claim.owner !== null) return "running"
  if (manual === null && paused !== null) return "paused"
  if (manual === null && state.lastVerdict === "invalid-cadence") return "failed"
  if (manual === null && nextAt !== null && nextAt < overdueBefore && isTimed) return "overdue"
  const isFailed = state.lastError !== null && state.lastStatus !== "success"
  if (manual === null && attempt === 1 && isFailed) return "failed"
  return isFinished(state) ? "over" : "waiting"
}

export const of = (
  states: ReadonlyArray<JobState>,
  { doneSince, overdueBefore }: CountsQuery
): ReadonlyArray<JobCounts> => {
  const inOrder = Arr.sortWith(states, ({ jobName }) => jobName, Order.string)
  if (!Arr.isNonEmptyArray(inOrder)) return []
  return Arr.groupWith(inOrder, (one, other) => one.jobName === other.jobName).map((own): JobCounts => {
    const kinds = own.map((state) => kindOf(state, overdueBefore))
    const count = (kind: Kind) => kinds.filter((other) => other === kind).length
    return {
      jobName: own[0].jobName,
      instances: own.length,
      enqueued: own.filter(({ payload }) => payload !== null).length,
      running: count("running"),
      paused: count("paused"),
      overdue: count("overdue"),
      failed: count("failed"),
      waiting: count("waiting"),
      done: own.filter(({ succeededAt }) => succeededAt !== null && succeededAt >= doneSince).length
    }
  })
}
