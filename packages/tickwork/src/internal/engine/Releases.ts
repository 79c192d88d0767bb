/**
 * Leaves jobs to a newer release, and takes them back.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import { Array as Arr, Effect } from "effect"
import type * as JobState from "../../JobState.ts"
import * as DurationText from "../DurationText.ts"
import type { Admission, Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Leases from "./Leases.ts"
import type { Presence } from "./Presence.ts"
import * as Transitions from "./Transitions.ts"

const instancesOf = (engine: Engine, jobName: string): ReadonlyArray<Instance.Instance> => {
  const plain = engine.instances.find({ jobName, key: "" })
  return [...(plain === undefined ? [] : [plain]), ...engine.instances.keyed(jobName).values()]
}

/** What a process says of a job that a newer release runs. */
export const leftWarning = (presence: Presence, jobName: string): string =>
  `Job "${jobName}" is not run here: ${presence.why(jobName)}`

/** Warns of a clock that is not the database's, once for each difference. */
export const warnOfClock = (presence: Presence): Effect.Effect<void> => {
  const byMs = presence.takeDifference("log")
  if (byMs === null) return Effect.void
  const way = byMs > 0 ? "ahead of" : "behind"
  return Effect.logWarning(
    `The database's clock is ${DurationText.of(Math.abs(byMs))} ${way} the clock of this host: check both`
  )
}

/** Starts nothing more of a job; what runs goes on to its end. */
export const leave = (engine: Engine, jobName: string, now: number): void => {
  for (const instance of instancesOf(engine, jobName)) {
    Transitions.withdraw(engine, instance, now)
    if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
  }
  dropAdmissions(engine)
}

/** Takes in the stored states of a job that this process runs from now on, and creates what is missing. */
export const takeOver = (
  engine: Engine,
  jobName: string,
  states: ReadonlyArray<JobState.JobState>,
  now: number
): void => {
  const registered = engine.registry.get(jobName)
  if (registered === undefined) return
  const known = instancesOf(engine, jobName)
  const refs = new Map(
    [...states, ...known.map(({ state }) => state)].map((state) => [state.key, Instance.refOf(state)])
  )
  // what still runs here is read at its end
  for (const { phase, state, unsaved } of known)
    if (unsaved !== null || !["waiting", "held", "due"].includes(phase)) refs.delete(state.key)
  const { keys, payload } = registered.job
  if (keys === null && payload === null && known.length + states.length === 0)
    engine.admissions.push({ registered, key: "" })
  Leases.reload(engine, [...refs.values()], states, now)
  engine.listings.refreshNow(now, jobName)
}

/** Makes no instance of a job that a newer release runs, that is still stored under a former name, or of another process's. */
export const dropAdmissions = (engine: Engine): void => {
  const { presence, requests, share } = engine
  const isOthers = ({ key, registered: { job } }: Admission) =>
    !presence.runs(job.name) || !share.has({ jobName: job.name, key })
  const [kept, dropped] = Arr.partition(engine.admissions, isOthers)
  if (dropped.length === 0) return
  engine.admissions.splice(0, engine.admissions.length, ...kept)
  for (const { request } of dropped) requests.requeue(request?.id)
}
