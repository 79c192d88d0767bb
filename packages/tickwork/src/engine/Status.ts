/**
 * The engine's memory, as people want to see it. It changes nothing.
 *
 * @internal
 */
import { Option } from "effect"
import * as JobState from "../JobState.ts"
import type { JobStatus } from "../JobStatus.ts"
import * as Plan from "../Plan.ts"
import type { Engine } from "./Engine.ts"
import type { Instance } from "./Instance.ts"

const isRunning = ({ phase }: Instance): boolean => phase === "running" || phase === "ended"

const candidateOf = (instance: Instance): Plan.Candidate & { readonly instance: Instance } => ({
  instance,
  registered: instance.registered,
  // a claim of our own that has not begun is still a matter of order
  state: instance.phase === "claimed" ? JobState.released(instance.state) : instance.state,
  running: isRunning(instance)
})

export const of = (engine: Engine, now: number): ReadonlyArray<JobStatus> =>
  Plan.decide(engine.instances.map(candidateOf), engine.places, now).map(({ candidate, decision }) => {
    const { instance, registered } = candidate
    const { job } = registered
    return {
      jobName: job.name,
      key: instance.state.key,
      description: job.description,
      priority: job.priority,
      place: job.place,
      state: instance.state,
      decision
    }
  })

export const next = (engine: Engine): Option.Option<{ jobName: string; key: string; at: number }> => {
  let earliest: Option.Option<{ jobName: string; key: string; at: number }> = Option.none()
  for (const { phase, state } of engine.instances) {
    const isPlanned = phase === "waiting" || phase === "due" || phase === "claimed"
    if (!isPlanned || state.nextAt === null) continue
    if (Option.isSome(earliest) && earliest.value.at <= state.nextAt) continue
    earliest = Option.some({ jobName: state.jobName, key: state.key, at: state.nextAt })
  }
  return earliest
}
