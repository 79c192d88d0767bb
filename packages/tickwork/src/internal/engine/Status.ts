/**
 * The engine's instances as `Tick` reports them. It changes nothing.
 *
 * @internal
 */
import { Array as Arr, Effect, Option } from "effect"
import type { StoredRequest } from "../../Control.ts"
import * as Control from "../../Control.ts"
import type { Explanation } from "../../Explanation.ts"
import * as JobState from "../../JobState.ts"
import type { JobStatus } from "../../JobStatus.ts"
import type { Ref, Service } from "../../JobStore.ts"
import type { TickHealth } from "../../TickHealth.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Plan from "../plan/Plan.ts"
import * as ControlTransition from "./ControlTransition.ts"
import * as Delays from "./Delays.ts"
import type { Engine } from "./Engine.ts"
import type { Hearing } from "./Hearing.ts"
import * as Instance from "./Instance.ts"

const candidateOf =
  (engine: Engine, now: number) =>
  (instance: Instance.Instance): Plan.Candidate & { readonly instance: Instance.Instance } => ({
    instance,
    registered: instance.registered,
    // a claim of this process that has not started still waits in order
    state: instance.phase === "claimed" ? JobState.released(instance.state) : instance.state,
    runningSince: engine.running.get(instance)?.run.startedAt ?? null,
    isOutlived: engine.outlived.has(instance),
    inactiveSince: instance.inactiveSince,
    reached: engine.rates.reachedBy(instance, now),
    leftTo: engine.presence.why(instance.state.jobName)
  })

/** An instance that another process takes care of, as it is stored. */
const stored =
  (engine: Engine) =>
  (state: JobState.JobState): ReadonlyArray<Plan.Candidate> => {
    const registered = engine.registeredOf(state)
    if (registered === undefined || engine.isHere(state)) return []
    const isListed = engine.listings.of(state.jobName)?.has(state.key) ?? true
    const leftTo = engine.presence.why(state.jobName)
    return [{ registered, state, runningSince: null, inactiveSince: isListed ? null : engine.openedAt, leftTo }]
  }

type Pending = InstanceMap<ReadonlyArray<StoredRequest>>

type Requests = ReadonlyArray<StoredRequest>

/** The requests of registered jobs, by their instances. */
const byInstance = ({ registry }: Engine, requests: Requests): Pending => {
  const pending: Pending = new InstanceMap()
  for (const request of requests)
    if (registry.has(request.jobName)) pending.set(request, [...(pending.find(request) ?? []), request])
  return pending
}

/**
 * Requests that are not carried out: those that this process has read, or where it has heard of others, those that the
 * store has.
 */
export const pending = (
  { requests, share }: Engine,
  { hasHeard }: Pick<Hearing, "hasHeard">,
  store: Pick<Service, "pending">
): Effect.Effect<Requests> =>
  hasHeard || !share.isAll
    ? Effect.orElseSucceed(store.pending, () => requests.waiting)
    : Effect.succeed(requests.waiting)

interface Shown extends Plan.Candidate {
  readonly shown: JobState.JobState
}

const statusOf = (
  engine: Engine,
  candidates: ReadonlyArray<Shown>,
  now: number,
  requests: Requests
): ReadonlyArray<JobStatus> => {
  const pending = byInstance(engine, requests)
  return Plan.decide(candidates, engine.settings.places, now).map(({ candidate, decision }) => {
    const { registered, shown } = candidate
    const { job } = registered
    return {
      jobName: job.name,
      key: shown.key,
      description: job.description,
      priority: job.priority,
      mode: job.mode,
      state: shown,
      decision,
      pending: (pending.find(shown) ?? []).map(Control.pendingOf)
    }
  })
}

interface Around {
  readonly now: number
  readonly requests: Requests
  /** What is stored of instances that other processes take care of. */
  readonly others: ReadonlyArray<JobState.JobState>
}

/** Of the instances of this process, then of those that other processes take care of. */
export const of = (engine: Engine, { now, others, requests }: Around): ReadonlyArray<JobStatus> => {
  const own = [...engine.instances].map(candidateOf(engine, now))
  const elsewhere = others.flatMap(stored(engine))
  return [
    ...statusOf(
      engine,
      own.map((one) => ({ ...one, shown: one.instance.state })),
      now,
      requests
    ),
    ...statusOf(
      engine,
      elsewhere.map((one) => ({ ...one, shown: one.state })),
      now,
      requests
    )
  ]
}

/** Why an instance runs or waits; `null` where it does not exist. */
export const explain = (engine: Engine, ref: Ref, { now, others, requests }: Around): Explanation | null => {
  const { registry, share } = engine
  const candidates = engine.isHere(ref)
    ? [...engine.instances].map(candidateOf(engine, now))
    : others.flatMap(stored(engine))
  const explanation = Plan.explain(candidates, engine.settings.places, now, ref)
  if (explanation === null) return null
  const pending = (byInstance(engine, requests).find(ref) ?? []).map(Control.pendingOf)
  const withPending = pending.length === 0 ? explanation : { ...explanation, pending }
  if (share.isAll || !registry.has(ref.jobName)) return withPending
  const { of, pinned } = share.partitions
  const placement = { partition: of(ref), isPinned: pinned.has(ref.jobName), isElsewhere: !share.has(ref) }
  return { ...withPending, placement }
}

interface Planned extends Ref {
  readonly at: number
}

/** The instance that is due first among those that are queued or under way here; `null` where none is. */
const earliest = (engine: Engine, isAmong: (instance: Instance.Instance) => boolean): Planned | null => {
  let first: Planned | null = null
  const look = (instance: Instance.Instance) => {
    const at = isAmong(instance) ? Instance.dueAt(instance) : null
    if (at !== null && (first === null || at < first.at)) first = { ...Instance.refOf(instance.state), at }
  }
  for (const instance of engine.lanes.all()) look(instance)
  for (const instance of engine.held) look(instance)
  for (const instance of engine.wakes.early(() => first?.at ?? Number.POSITIVE_INFINITY)) look(instance)
  return first
}

const unreadable = ({ instances, unreadable }: Engine): number => {
  for (const ref of unreadable) if (instances.find(ref)?.state.unreadable === undefined) unreadable.remove(ref)
  return unreadable.size
}

/** What the engine tells of its health. */
export const health = (
  engine: Engine,
  now: number
): Pick<TickHealth, "clockDifferenceMs" | "left" | "oldestOverdue" | "starving" | "stuck" | "unreadable"> => {
  const { presence } = engine
  const first = earliest(engine, (instance) => !engine.running.has(instance) && !engine.leaves(instance))
  return {
    ...Delays.of(engine, now),
    unreadable: unreadable(engine),
    oldestOverdue: first !== null && first.at < now ? first : null,
    left: presence.leftJobs.map((jobName) => ({ jobName, why: presence.why(jobName) ?? "" })),
    clockDifferenceMs: presence.clockDifferenceMs
  }
}

/** When it is due once the requests for it are carried out. */
const dueAfter = (state: JobState.JobState, requests: ReadonlyArray<StoredRequest>, now: number): number | null =>
  JobState.dueAt(
    requests.reduce(
      (state, request) => JobState.applyControl(state, ControlTransition.entryOf(state, request, now)),
      state
    )
  )

/** The instances and the enqueued runs that have a pending request, with when they are due then. */
const requested = (engine: Engine, pending: Pending, now: number): ReadonlyArray<Planned> =>
  [...pending].flatMap((requests): ReadonlyArray<Planned> => {
    const [first] = requests
    if (first === undefined || first.unreadable !== undefined || !engine.share.has(first)) return []
    const instance = engine.instances.find(first)
    const enqueued = requests.find(({ verb }) => verb === "enqueue")
    const at = instance === undefined ? null : dueAfter(instance.state, requests, now)
    const enqueuedAt = enqueued === undefined ? null : (enqueued.dueAt ?? enqueued.at)
    const due = at === null || (enqueuedAt !== null && enqueuedAt < at) ? enqueuedAt : at
    return due === null ? [] : [{ jobName: first.jobName, key: first.key, at: due }]
  })

export const next = (engine: Engine, now: number, requests: Requests): Option.Option<Planned> => {
  const pending = byInstance(engine, requests)
  const isPlain = (instance: Instance.Instance) =>
    pending.find(instance.state) === undefined && (instance.phase === "waiting" || Instance.isInLane(instance))
  const planned = [earliest(engine, isPlain), ...requested(engine, pending, now)]
  return Arr.reduce(planned, Option.none<Planned>(), (first, one) =>
    one === null || Option.exists(first, ({ at }) => at <= one.at) ? first : Option.some(one)
  )
}
