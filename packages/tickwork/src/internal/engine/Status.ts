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
import type { TickHealth } from "../../TickHealth.ts"
import * as Plan from "../plan/Plan.ts"
import * as Delays from "./Delays.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"

const candidateOf =
  (engine: Engine) =>
  (instance: Instance.Instance): Plan.Candidate & { readonly instance: Instance.Instance } => ({
    instance,
    registered: instance.registered,
    // a claim of this process that has not started still waits in order
    state: instance.phase === "claimed" ? JobState.released(instance.state) : instance.state,
    runningSince: engine.running.get(instance)?.run.startedAt ?? null,
    isOutlived: engine.outlived.has(instance),
    inactiveSince: instance.inactiveSince,
    leftTo: engine.presence.why(instance.state.jobName)
  })

export const of = (engine: Engine, now: number): ReadonlyArray<JobStatus> =>
  Plan.decide([...engine.instances].map(candidateOf(engine)), engine.settings.places, now).map(
    ({ candidate, decision }) => {
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
    }
  )

/** Why an instance runs or waits; `null` where the engine holds none. */
export const explain = (engine: Engine, ref: Ref, now: number): Explanation | null =>
  Plan.explain([...engine.instances].map(candidateOf(engine)), engine.settings.places, now, ref)

interface Planned extends Ref {
  readonly at: number
}

/** The instance that is due first among those that wait for no other; `null` where none is. */
const earliest = (engine: Engine, isAmong: (instance: Instance.Instance) => boolean): Planned | null => {
  let first: Planned | null = null
  for (const instance of engine.instances) {
    const at = engine.waiters.has(instance) || !isAmong(instance) ? null : Instance.dueAt(instance)
    if (at !== null && (first === null || at < first.at)) first = { ...Instance.refOf(instance.state), at }
  }
  return first
}

/** What the engine tells of its health. */
export const health = (
  engine: Engine,
  now: number
): Pick<TickHealth, "clockDifferenceMs" | "left" | "oldestOverdue" | "starving" | "stuck" | "unreadable"> => {
  const { presence } = engine
  const first = earliest(engine, (instance) => !engine.running.has(instance) && !engine.leaves(instance))
  let unreadable = 0
  for (const { state } of engine.instances) if (state.unreadable !== undefined) unreadable += 1
  return {
    ...Delays.of(engine, now),
    unreadable,
    oldestOverdue: first !== null && first.at < now ? first : null,
    left: presence.leftJobs.map((jobName) => ({ jobName, why: presence.why(jobName) ?? "" })),
    clockDifferenceMs: presence.clockDifferenceMs
  }
}

export const next = (engine: Engine): Option.Option<Planned> =>
  Option.fromNullable(earliest(engine, (instance) => instance.phase === "waiting" || Instance.isInLane(instance)))
