/**
 * Stores requests and waits for a process to carry them out.
 *
 * It carries out nothing itself: only a process that has the jobs does.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import { type Control, JobState, JobStore } from "tickwork"
import * as ClaimOwner from "./ClaimOwner.ts"
import type * as JobProcesses from "./JobProcesses.ts"

/** A verb for an instance that is stored. */
export type Verb = Exclude<Control.Verb, "enqueue">

/** What was done, by the verb. */
export const past: Readonly<Record<Verb, string>> = {
  pause: "paused",
  resume: "resumed",
  trigger: "triggered",
  retry: "retried",
  cancel: "cancelled",
  forget: "forgotten"
}

/** What pending requests make of an instance: paused, or not. */
export type IsPaused = (state: JobState.JobState) => boolean

export const isPausedOf = (pending: ReadonlyArray<Control.StoredRequest>): IsPaused => {
  const idOf = ({ jobName, key }: JobStore.Ref) => JSON.stringify([jobName, key])
  const last = new Map<string, boolean>()
  for (const request of pending)
    if (request.verb === "pause" || request.verb === "resume") last.set(idOf(request), request.verb === "pause")
  return (state) => last.get(idOf(state)) ?? state.position.paused !== null
}

/** Why a request would change nothing; `null` where it may. */
export const refusalOf = (verb: Verb, state: JobState.JobState, isPaused: IsPaused): string | null => {
  if (state.unreadable !== undefined && verb !== "forget")
    return `takes no request, since its row cannot be read: ${state.unreadable}`
  // a pause that ends by itself may be made a longer one
  if (verb === "pause" && isPaused(state) && state.position.paused?.until === undefined) return "is already paused"
  if (verb === "resume" && !isPaused(state)) return "is not paused"
  if (verb === "retry" && !JobState.hasFailed(state)) return "has not failed"
  return null
}

const pollMs = 20

const idOf = ({ at, by, jobName, key, verb, why }: Control.Request): string =>
  JSON.stringify([verb, jobName, key, at, by, why])

export interface Sent {
  readonly answers: ReadonlyArray<JobStore.Submitted>
  /** When each request was carried out; `null` where it is pending, or was not stored as a duplicate. */
  readonly doneAt: ReadonlyArray<number | null>
}

/**
 * Stores requests in one transaction, and waits until they are carried out. It does not wait where no process is alive
 * that has one of the jobs.
 */
export const send = (
  requests: ReadonlyArray<JobStore.Submission>,
  registries: JobProcesses.Registries,
  waitMs: number
): Effect.Effect<Sent, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    // a request that is done is among those since the mark from before it was stored
    const { mark } = yield* store.requestsSince(null)
    const { answers } = yield* store.submit(requests)
    const isHeard = registries.isAnyAlive && requests.some((request) => isForLiving(request, registries))
    const deadline = (yield* Clock.currentTimeMillis) + (isHeard ? waitMs : 0)
    const done = new Map<string, number>()
    for (;;) {
      for (const request of (yield* store.requestsSince(mark)).requests)
        if (request.doneAt !== null) done.set(idOf(request), request.doneAt)
      const isOver = requests.every(
        (request, index) => done.has(idOf(request)) || answers[index]?.outcome === "duplicate"
      )
      if (isOver || (yield* Clock.currentTimeMillis) >= deadline) break
      yield* Effect.sleep(pollMs)
    }
    return { answers, doneAt: requests.map((request) => done.get(idOf(request)) ?? null) }
  })

/** What no registry names, any process forgets. */
const isForLiving = ({ jobName, verb }: Control.Request, registries: JobProcesses.Registries): boolean =>
  registries.isNamed(jobName) || verb === "forget"

/** Who will carry out a request that is pending. */
export const pendingHint = (jobName: string, registries: JobProcesses.Registries): string => {
  const owners = registries
    .of(jobName)
    .filter(({ runs }) => runs)
    .map(({ owner }) => ClaimOwner.toText(owner))
  return owners.length === 0
    ? "No process that has this job is known to run: the next one that starts carries it out."
    : `It is for ${owners.join(" or ")}, which carries it out once it hears of it (the watch option of Tick.layer), or when the run is over.`
}
