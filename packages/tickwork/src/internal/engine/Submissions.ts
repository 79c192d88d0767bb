/**
 * The requests of this process on their way to the store: an enqueued run goes with its first state, so that one commit
 * stores it and does the request.
 *
 * It makes no store call.
 *
 * @internal
 */
import { Array as Arr, Effect } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Submission, Submissions, Submitted } from "../../JobStore.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { Engine } from "./Engine.ts"
import type { Hearing } from "./Hearing.ts"
import * as Reschedule from "./Reschedule.ts"
import * as Startup from "./Startup.ts"
import * as Transitions from "./Transitions.ts"

/** The requests of one call; those to enqueue with the first states of their runs, where this process runs the job. */
export const withFirst = (
  { presence, registry }: Engine,
  requests: ReadonlyArray<Submission>,
  now: number
): Effect.Effect<ReadonlyArray<Submission>> => {
  const [{ jobName, key, verb } = { jobName: "", key: "", verb: "pause" }] = requests
  const registered = registry.get(jobName)
  // the log is to say who asks for a backfill, which is written with its first state
  const begins = verb === "enqueue" && !BackfillKey.is(key) && presence.runs(jobName) && !presence.isStale
  if (registered === undefined || !begins) return Effect.succeed(requests)
  const instances = requests.map(({ at, dueAt, key, payload }) => ({
    ...{ registered, key, payload },
    at: dueAt ?? at,
    isNow: dueAt === null
  }))
  return Effect.map(Effect.orDie(Startup.beginAll<never>(instances, now, Reschedule.stepLater(now))), (states) =>
    Arr.zipWith(requests, states, (request, first) => ({ ...request, first }))
  )
}

/** The first states of runs that were stored with their requests, with the numbers of these. */
type Begun = ReadonlyArray<readonly [id: number, first: JobState]>

export const begun = (requests: ReadonlyArray<Submission>, answers: ReadonlyArray<Submitted>): Begun =>
  answers.flatMap(({ doneId }, index) => {
    const first = requests[index]?.first
    return doneId === null || first === undefined ? [] : [[doneId, first] as const]
  })

/** Takes in the runs that are stored. True where others of the requests wait to be done. */
export const stored = (
  engine: Engine,
  requests: ReadonlyArray<Submission>,
  { answers }: Submissions,
  now: number
): boolean => {
  for (const [id, first] of begun(requests, answers)) {
    engine.requests.done(id)
    Transitions.admit(engine, [first], now)
  }
  return answers.some(({ doneId, outcome }) => outcome === "new" && doneId === null)
}

/** Requests in a transaction of the application, until it has `ended`: they are heard once it is committed. */
export const joined = (
  engine: Engine,
  requests: ReadonlyArray<Submission>,
  { answers }: Submissions,
  { ended, hearing }: { readonly ended: Effect.Effect<void>; readonly hearing: Hearing }
): Effect.Effect<void> => {
  const open = begun(requests, answers)
  for (const [id, first] of open) engine.requests.begun.set(id, first)
  return Effect.map(ended, () => {
    for (const [id] of open) engine.requests.begun.delete(id)
    hearing.heard()
  })
}
