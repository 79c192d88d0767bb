/**
 * The processes that have a job, as the database knows them: each tick that is open has a row there.
 *
 * @internal
 */
import { Effect } from "effect"
import { JobStore } from "tickwork"

export interface JobProcess {
  readonly owner: string
  /** False where another of these processes has a newer definition of the job: then this one leaves it alone. */
  readonly runs: boolean
}

/** Two that differ by a former name alone run the same plan. */
const isNewer = (one: JobStore.StoredDefinition, other: JobStore.StoredDefinition): boolean =>
  one.version === other.version ? one.definition !== other.definition && one.id > other.id : one.version > other.version

/** Those that run it first. A process that has certainly ended is left out. */
export const of = (jobName: string): Effect.Effect<ReadonlyArray<JobProcess>, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const { processes } = yield* store.processes
    const definitions = (yield* store.define([])).filter((definition) => definition.jobName === jobName)
    const found = processes.flatMap((process) => {
      const definition = definitions.find(({ id }) => process.definitions.includes(id))
      return definition === undefined || store.owner.isGone(process.owner) ? [] : [{ owner: process.owner, definition }]
    })
    return found
      .map(({ definition, owner }) => ({ owner, runs: !found.some((other) => isNewer(other.definition, definition)) }))
      .sort((one, other) => Number(other.runs) - Number(one.runs))
  })
