/**
 * Reads what a store has in pages, so that no answer grows with the database.
 *
 * @internal
 */
import { Chunk, Effect, Option, Stream } from "effect"
import { type JobState, JobStore } from "tickwork"

const pageSize = 500

/** Every instance, or those of a job, in the order of job name and key. */
export const states = (jobName?: string): Stream.Stream<JobState.JobState, JobStore.StoreError, JobStore.JobStore> =>
  Stream.paginateChunkEffect(Option.none<JobStore.Ref>(), (after) =>
    Effect.map(
      Effect.flatMap(JobStore.JobStore, (store) =>
        store.states({
          ...(jobName === undefined ? {} : { jobName }),
          ...(Option.isNone(after) ? {} : { after: after.value }),
          limit: pageSize
        })
      ),
      (page) => {
        const last = page.at(-1)
        const next = last === undefined || page.length < pageSize ? Option.none() : Option.some(Option.some(last))
        return [Chunk.fromIterable(page), next] as const
      }
    )
  )
