/**
 * The engine's instances as `Tick` reports them. It changes nothing.
 *
 * @internal
 */
import { Option } from "effect"
import type { Explanation } from "../../Explanation.ts"
import * as JobState from "../../JobState.ts"
import type { JobStatus } from "../../JobStatus.ts"
import type { Ref } from "../../JobStore.ts"
import * as Plan from "../plan/Plan.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"

const candidateOf =
  (engine: Engine) =>
  (instance: Instance.Instance): Plan.Candidate & { readonly instance: Instance.Instance } => ({
    instance,
    registered: instance.registered,
    // a claim of this process that has not started still waits in order
    state: instance.phase === "claimed" ? JobState.released(instance.state) : instance.state,
    runningSince: engine.runningSince(instance),
    inactiveSince: instance.inactiveSince
  })

export const of = (engine: Engine, now: number): ReadonlyArray<JobStatus> =>
  Plan.decide([...engine.instances].map(candidateOf(engine)), engine.places, now).map(({ candidate, decision }) => {
    const { instance, registered } = candidate
    const { job } = registered
    return {
      jobName: job.name,
      key: instance.state.key,
      description: job.description,
      priority: job.priority,
      mode: job.mode,
      state: instance.state,
      decision
    }
  })

/** Why an instance runs or waits; `null` where the engine holds none. */
export const explain = (engine: Engine, ref: Ref, now: number): Explanation | null =>
  Plan.explain([...engine.instances].map(candidateOf(engine)), engine.places, now, ref)

interface Planned {
  readonly jobName: string
  readonly key: string
  readonly at: number
}

/** The instance that has been due for longest and has not started. */
export const oldestOverdue = (engine: Engine, now: number): Planned | null => {
  let oldest: Planned | null = null
  for (const instance of engine.instances) {
    if (engine.runningSince(instance) !== null || engine.isWaiting(instance)) continue
    if (Plan.definitionMismatch(instance.registered, instance.state) !== null) continue
    const { jobName, key } = instance.state
    const at = Instance.dueAt(instance)
    if (at !== null && at < (oldest?.at ?? now)) oldest = { jobName, key, at }
  }
  return oldest
}

export const next = (engine: Engine): Option.Option<{ jobName: string; key: string; at: number }> => {
  let earliest: Option.Option<{ jobName: string; key: string; at: number }> = Option.none()
  for (const instance of engine.instances) {
    const { phase, state } = instance
    const isPlanned = !engine.isWaiting(instance) && (phase === "waiting" || phase === "due" || phase === "claimed")
    const at = isPlanned ? Instance.dueAt(instance) : null
    if (at === null || (Option.isSome(earliest) && earliest.value.at <= at)) continue
    earliest = Option.some({ jobName: state.jobName, key: state.key, at })
  }
  return earliest
}
