/**
 * What is known of instances beside their stored rows: the requests for them, and which processes have their jobs.
 *
 * @internal
 */
import { Array as Arr, Clock, type DateTime, Effect } from "effect"
import { type Control, JobState, JobStore } from "tickwork"
import type * as InstanceState from "./InstanceState.ts"
import * as JobProcesses from "./JobProcesses.ts"

export interface Known extends InstanceState.Options {
  readonly registries: JobProcesses.Registries
  /** True where no living process has the job, and others live. */
  readonly inNoRegistry: (jobName: string) => boolean
  /** Enqueued runs that no process has taken in yet, as it would store them. */
  readonly newRuns: ReadonlyArray<JobState.JobState>
}

const idOf = ({ jobName, key }: JobStore.Ref): string => JSON.stringify([jobName, key])

const firstState = ({ at, dueAt, jobName, key, payload }: Control.StoredRequest): JobState.JobState => {
  const anchor = dueAt ?? at
  const cadence = { definition: "once", anchor, seed: 0, steps: 0, state: null }
  return JobState.initial(jobName, key, { state: cadence, nextAt: anchor }, at, payload ?? { value: null })
}

const isReadable = (request: Control.StoredRequest): boolean => request.unreadable === undefined

export const read = (zone: DateTime.TimeZone): Effect.Effect<Known, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const requests = (yield* store.pending).filter(isReadable)
    const registries = yield* JobProcesses.read
    const enqueued = requests.filter(({ verb }) => verb === "enqueue")
    const stored = new Set((enqueued.length === 0 ? [] : yield* store.get(enqueued)).map(idOf))
    const byId = new Map(Object.entries(Arr.groupBy(requests, idOf)))
    const newRuns = enqueued.filter((request) => !stored.has(idOf(request))).map(firstState)
    const inNoRegistry = (jobName: string) => registries.isAnyAlive && !registries.isNamed(jobName)
    const isNew = new Set(newRuns.map(idOf))
    return {
      now: yield* Clock.currentTimeMillis,
      zone,
      isGone: store.owner.isGone,
      requestsOf: (ref) => byId.get(idOf(ref)) ?? [],
      isNew: (ref) => isNew.has(idOf(ref)),
      inNoRegistrySince: ({ jobName, updatedAt }) =>
        inNoRegistry(jobName) ? Math.max(updatedAt, registries.lastBeatOf(jobName) ?? updatedAt) : null,
      inNoRegistry,
      registries,
      newRuns
    }
  })
