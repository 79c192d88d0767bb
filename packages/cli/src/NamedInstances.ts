/**
 * Finds the stored instances that a command line names.
 *
 * @internal
 */
import { InstanceState, Instances } from "@tickwork/web/view"
import { Effect, Option, Stream } from "effect"
import { type JobLog, type JobState, JobStore } from "tickwork"
import * as CliError from "./CliError.ts"
import * as Nearest from "./Nearest.ts"

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
    const some = [...(yield* Stream.runCollect(Stream.take(Instances.stream(jobName), mostKeys))), ...own]
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
