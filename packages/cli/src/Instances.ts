/**
 * Finds the stored instances that a command line names.
 *
 * @internal
 */
import { Chunk, Effect, Option, Stream } from "effect"
import { JobLog, type JobState, JobStore } from "tickwork"
import * as CliError from "./CliError.ts"
import * as Nearest from "./Nearest.ts"
import * as InstanceState from "./render/InstanceState.ts"

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

/** The names that a pattern with `*` takes; none where the text has no `*`, or is the name of a job itself. */
export const named = (
  pattern: string
): Effect.Effect<ReadonlyArray<string>, CliError.CliError | JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const names = yield* (yield* JobStore.JobStore).names
    if (!pattern.includes("*") || names.includes(pattern)) return []
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    const matching = new RegExp(`^${parts.join(".*")}$`, "s")
    const found = names.filter((name) => matching.test(name))
    return found.length > 0 ? found : yield* CliError.failure(`No job has a name like ${JSON.stringify(pattern)}.`)
  })

/** Fails where the store has no instance of the job. */
export const checkJob = (
  jobName: string,
  newRuns: ReadonlyArray<JobStore.Ref> = []
): Effect.Effect<void, CliError.CliError | JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const names = yield* (yield* JobStore.JobStore).names
    if (names.includes(jobName) || newRuns.some((run) => run.jobName === jobName)) return
    const rest = names.length === 0 ? ": this database has no job yet." : `.${Nearest.hint(jobName, names)}`
    return yield* CliError.failure(`There is no job ${JSON.stringify(jobName)}${rest}`)
  })

const mostKeys = 200

/** The one instance that a job name and a key name; a job with several keys needs a key. */
export const one = (
  jobName: string,
  key: Option.Option<string>,
  newRuns: ReadonlyArray<JobState.JobState> = []
): Effect.Effect<JobState.JobState, CliError.CliError | JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const [exact] = yield* store.get([{ jobName, key: Option.getOrElse(key, () => "") }])
    if (exact !== undefined) return exact
    const own = newRuns.filter((run) => run.jobName === jobName)
    const requested = own.find((run) => Option.contains(key, run.key))
    if (requested !== undefined) return requested
    yield* checkJob(jobName, own)
    const some = [...(yield* Stream.runCollect(Stream.take(stream(jobName), mostKeys))), ...own]
    const keys = some.map((state) => state.key)
    if (Option.isNone(key)) {
      const [only] = some
      if (only !== undefined && some.length === 1) return only
      const count = some.length === mostKeys ? `${mostKeys} or more` : some.length
      return yield* CliError.usage(
        `${JSON.stringify(jobName)} has ${count} keys: name one with --key.${Nearest.hint("", keys)}`
      )
    }
    const hasNoKeys = keys.length === 1 && keys[0] === ""
    const hint = hasNoKeys ? " The job has no keys: leave --key out." : Nearest.hint(key.value, keys)
    return yield* CliError.failure(`There is no instance ${InstanceState.nameOf({ jobName, key: key.value })}.${hint}`)
  })
