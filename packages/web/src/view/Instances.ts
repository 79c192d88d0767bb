/**
 * The stored instances, read in pages.
 *
 * @since 0.1.0
 */
import { Chunk, Effect, Option, Stream } from "effect"
import { JobLog, type JobState, type JobStore } from "tickwork"

const pageSize = 500

/** Every instance, or those of a job, by job name and key; read in pages, so that memory does not grow with the store. */
export const stream = (jobName?: string): Stream.Stream<JobState.JobState, JobStore.StoreError, JobLog.JobLog> =>
  Stream.paginateChunkEffect(Option.none<JobStore.Ref>(), (after) =>
    Effect.gen(function* () {
      const log = yield* JobLog.JobLog
      const page = yield* log.states({
        ...(jobName === undefined ? {} : { jobName }),
        ...(Option.isNone(after) ? {} : { after: after.value }),
        limit: pageSize
      })
      const last = page.at(-1)
      const next = last === undefined || page.length < pageSize ? Option.none() : Option.some(Option.some(last))
      return [Chunk.fromIterable(page), next] as const
    })
  )

/** All of them, or those of a job. */
export const all = (
  jobName?: string
): Effect.Effect<ReadonlyArray<JobState.JobState>, JobStore.StoreError, JobLog.JobLog> =>
  Effect.map(Stream.runCollect(stream(jobName)), Chunk.toReadonlyArray)
