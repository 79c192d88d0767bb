/**
 * The instances that a command line means; one that there is not is told with what is nearest.
 *
 * @internal
 */
import { Effect, Option, Order, Stream } from "effect"
import { Decision, type JobState, JobStore } from "tickwork"
import * as CliError from "./CliError.ts"
import * as InstanceStream from "./InstanceStream.ts"

/** How many characters have to be added, taken or replaced. */
export const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      const same = left === b[j - 1] ? 0 : 1
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}

const atMost = 3

/** Those that somebody may have meant, the nearest first. */
export const nearest = (name: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = name.slice(0, 200).toLowerCase()
  const scored = names.map((candidate) => {
    const other = candidate.slice(0, 200).toLowerCase()
    const contains = wanted !== "" && other.includes(wanted)
    return { candidate, score: contains ? 0 : distance(wanted, other), contains }
  })
  return scored
    .filter(({ contains, score }) => contains || score <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.score - b.score || Order.string(a.candidate, b.candidate))
    .slice(0, atMost)
    .map(({ candidate }) => candidate)
}

const listed = (names: ReadonlyArray<string>): string => names.map((name) => JSON.stringify(name)).join(", ")

const among = (name: string, names: ReadonlyArray<string>): string => {
  const near = nearest(name, names)
  if (near.length > 0) return ` Nearest: ${listed(near)}.`
  const first = names.slice(0, 5)
  return first.length === 0
    ? ""
    : ` There ${first.length === 1 ? "is" : "are"} ${listed(first)}${names.length > first.length ? ", …" : ""}.`
}

const noJob = (jobName: string, names: ReadonlyArray<string>): CliError.Problem =>
  CliError.found(
    names.length === 0
      ? `There is no job ${JSON.stringify(jobName)}: this database has none yet.`
      : `There is no job ${JSON.stringify(jobName)}.${among(jobName, names)}`
  )

/** Fails where nothing is stored of the job. */
export const checkJob = (
  jobName: string
): Effect.Effect<void, CliError.Problem | JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const names = yield* (yield* JobStore.JobStore).names
    if (!names.includes(jobName)) return yield* noJob(jobName, names)
  })

const keysNamed = 200

/** The one instance that is meant; a job with several wants a key. */
export const one = (
  jobName: string,
  key: Option.Option<string>
): Effect.Effect<JobState.JobState, CliError.Problem | JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const [exact] = yield* store.get([{ jobName, key: Option.getOrElse(key, () => "") }])
    if (exact !== undefined) return exact
    yield* checkJob(jobName)
    const some = [...(yield* Stream.runCollect(Stream.take(InstanceStream.states(jobName), keysNamed)))]
    const keys = some.map((state) => state.key)
    if (Option.isNone(key)) {
      const [only] = some
      if (only !== undefined && some.length === 1) return only
      return yield* CliError.usage(
        `${JSON.stringify(jobName)} has ${some.length === keysNamed ? "many" : some.length} keys: name one with --key.${among("", keys)}`
      )
    }
    const hint = keys.length === 1 && keys[0] === "" ? " It has no keys: leave --key out." : among(key.value, keys)
    return yield* CliError.found(`There is no ${Decision.nameOf({ jobName, key: key.value })}.${hint}`)
  })
