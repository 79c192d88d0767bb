import { Effect, Order } from "effect"
import type { JobRun, JobState, JobStore } from "tickwork"

export type Entry = Pick<
  JobRun.JobRun,
  | "attempt"
  | "count"
  | "durationMs"
  | "error"
  | "jobName"
  | "key"
  | "lastAt"
  | "reason"
  | "scheduledAt"
  | "seq"
  | "startedAt"
  | "status"
  | "trigger"
>

export const states = (
  store: JobStore.Service,
  { after, jobName, limit = 100 }: { jobName?: string; after?: JobStore.Ref; limit?: number }
): Effect.Effect<ReadonlyArray<JobState.JobState>, JobStore.StoreError> =>
  Effect.gen(function* () {
    const names = jobName === undefined ? yield* store.names : [jobName]
    const all = (yield* store.load(names)).toSorted(
      Order.combine(
        Order.mapInput(Order.string, (s: JobState.JobState) => s.jobName),
        Order.mapInput(Order.string, (s: JobState.JobState) => s.key)
      )
    )
    const from =
      after === undefined
        ? 0
        : all.findIndex((s) => s.jobName > after.jobName || (s.jobName === after.jobName && s.key > after.key))
    return from < 0 ? [] : all.slice(from, from + limit)
  })

export const history = (
  store: JobStore.Service,
  query: JobStore.RunQuery & { after?: Pick<Entry, "jobName" | "key" | "seq" | "startedAt"> }
): Effect.Effect<ReadonlyArray<Entry>, JobStore.StoreError> => {
  const { after, limit = 100, ...rest } = query
  return Effect.map(store.runs({ ...rest, limit: 100_000 }), (all) => {
    const from =
      after === undefined
        ? 0
        : all.findIndex((r) => r.jobName === after.jobName && r.key === after.key && r.seq === after.seq) + 1
    return all.slice(from, from + limit)
  })
}
