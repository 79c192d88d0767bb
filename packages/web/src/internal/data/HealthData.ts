/**
 * Reads what the health screen shows.
 *
 * @internal
 */
import { Clock, Effect } from "effect"
import { JobLog, type JobState, JobStore } from "tickwork"
import { InstanceState, JobProcesses } from "../../view/index.ts"
import type { HealthData } from "../screens/HealthScreen.ts"
import type { Reading } from "./Reading.ts"

/** The oldest overdue instance is searched for in at most this number of jobs, and of instances of each. */
const most = { jobs: 20, instances: 200 }

const oldestOf = (states: ReadonlyArray<JobState.JobState>): JobState.JobState | null =>
  states.reduce<JobState.JobState | null>((oldest, state) => {
    const at = state.position.nextAt
    return at !== null && (oldest === null || at < (oldest.position.nextAt ?? at)) ? state : oldest
  }, null)

export type Facts = Omit<HealthData, "findings" | "hasDoctor" | "pruned">

export const read = (reading: Reading): Effect.Effect<Facts, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const log = yield* JobLog.JobLog
    const known = yield* reading.known
    const counts = yield* reading.counts
    const now = yield* Clock.currentTimeMillis
    const late = counts.filter(({ overdue }) => overdue > 0).slice(0, most.jobs)
    const states = yield* Effect.forEach(late, ({ jobName }) => log.states({ jobName, limit: most.instances }))
    const overdue = states.flat().filter((state) => InstanceState.of(state, { ...known, now }).kind === "overdue")
    const { at, processes } = yield* store.processes
    const [newest] = yield* log.history({ limit: 1 })
    const total = (of: "failed" | "overdue" | "running") => counts.reduce((sum, one) => sum + one[of], 0)
    return {
      oldest: oldestOf(overdue),
      overdue: total("overdue"),
      running: total("running"),
      failed: total("failed"),
      processes: processes.map((process) => ({
        ...process,
        isAlive: JobProcesses.isAlive(process, at ?? now, store.owner.isGone)
      })),
      size: yield* reading.size,
      lastEntryAt: newest?.startedAt ?? null,
      zoneData: process.versions.tz ?? "unknown"
    }
  })
