/**
 * The processes whose registry has a job, as the database knows them: each tick that is open has a row there.
 *
 * @internal
 */
import { Clock, Effect } from "effect"
import { JobStore } from "tickwork"

export interface JobProcess {
  readonly owner: string
  /** False where another of these processes has a newer definition of the job: then this one leaves it alone. */
  readonly runs: boolean
}

export interface Registries {
  /** The living processes that have a job, those that run it first. */
  readonly of: (jobName: string) => ReadonlyArray<JobProcess>
  /** True where a living process has the job, also under a name that follows this one. */
  readonly isNamed: (jobName: string) => boolean
  /** The last beat of a process that has had the job and that is not known to live, in ms since the epoch. */
  readonly lastBeatOf: (jobName: string) => number | null
  /** True where any process is alive. */
  readonly isAnyAlive: boolean
  /** What releases have said of a job, the newest last; empty for a job that none had. */
  readonly definitionsOf: (jobName: string) => ReadonlyArray<JobStore.StoredDefinition>
  /** The names of all jobs that a release has had. */
  readonly names: ReadonlyArray<string>
}

/** Two that differ by a former name alone run the same plan. */
const isNewer = (one: JobStore.StoredDefinition, other: JobStore.StoredDefinition): boolean =>
  one.version === other.version ? one.definition !== other.definition && one.id > other.id : one.version > other.version

/** True where the process has beaten in time, and has not certainly ended; `now` is on the clock of its beats. */
export const isAlive = (process: JobStore.Process, now: number, isGone: (owner: string) => boolean): boolean =>
  !isGone(process.owner) && now - process.at <= JobStore.deadAfterMs(process)

export const read: Effect.Effect<Registries, JobStore.StoreError, JobStore.JobStore> = Effect.gen(function* () {
  const store = yield* JobStore.JobStore
  const { at, processes } = yield* store.processes
  const now = at ?? (yield* Clock.currentTimeMillis)
  const definitions = yield* store.define([])
  const alive = processes.filter((process) => isAlive(process, now, store.owner.isGone))
  const named = new Set(alive.flatMap(({ definitions }) => definitions))
  const living = definitions.filter(({ id }) => named.has(id))
  const names = new Set(living.flatMap(({ jobName, renamedFrom }) => [jobName, renamedFrom]))
  return {
    of: (jobName) => {
      const own = living.filter((definition) => definition.jobName === jobName)
      const found = alive.flatMap((process) => {
        const definition = own.find(({ id }) => process.definitions.includes(id))
        return definition === undefined ? [] : [{ owner: process.owner, definition }]
      })
      return found
        .map(({ definition, owner }) => ({
          owner,
          runs: !found.some((other) => isNewer(other.definition, definition))
        }))
        .sort((one, other) => Number(other.runs) - Number(one.runs))
    },
    lastBeatOf: (jobName) => {
      const ids = new Set(definitions.filter((definition) => definition.jobName === jobName).map(({ id }) => id))
      const beats = processes
        .filter((process) => !alive.includes(process) && process.definitions.some((id) => ids.has(id)))
        .map(({ at }) => at)
      return beats.length === 0 ? null : Math.max(...beats)
    },
    isNamed: (jobName) => names.has(jobName),
    isAnyAlive: alive.length > 0,
    definitionsOf: (jobName) => definitions.filter((definition) => definition.jobName === jobName),
    names: [...new Set(definitions.map(({ jobName }) => jobName))]
  }
})
