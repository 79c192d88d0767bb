/**
 * The instances of a registry in memory: what is due, what is claimed, what runs and what has to be written.
 *
 * Everything here is synchronous and happens between two suspensions, so no two callers ever interleave. It makes no
 * store call and tells no time: instants come in as arguments.
 *
 * @internal
 */
import type { JobRun } from "../JobRun.ts"
import * as JobState from "../JobState.ts"
import type { Batch, Claim, Expected, Ref, Refused, Save } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Missed from "../Missed.ts"
import * as Plan from "../Plan.ts"
import type { Run } from "../Run.ts"
import type { Alert, Recovered } from "../TickEvent.ts"
import { CatchUp, overtaken } from "./CatchUp.ts"
import { Generations } from "./Generations.ts"
import * as Instance from "./Instance.ts"
import { Lanes } from "./Lanes.ts"
import { type Change, Outbox, type Sent } from "./Outbox.ts"
import * as Outcome from "./Outcome.ts"
import { Wakes } from "./Wakes.ts"

/** At most this many claims in one commit, the most urgent first. */
const claimsAtOnce = 100

/** An attempt under way. */
export interface Started {
  readonly instance: Instance.Instance
  readonly run: Run
}

/** A body that has ended; its instant is tried again where nothing is `planned`. */
export interface Ended {
  readonly started: Started
  readonly outcome: Outcome.Outcome
  readonly endedAt: number
  readonly planned: Missed.Onward | null
}

/** What has to be written, and whom that concerns. */
export interface Pending {
  readonly batch: Batch
  readonly saved: ReadonlyArray<Sent>
  readonly claimed: ReadonlyArray<{ readonly instance: Instance.Instance; readonly state: JobState.JobState }>
}

export class Engine {
  readonly instances: ReadonlyArray<Instance.Instance>
  /** Made when it is first needed: a process alone on its database never asks. */
  #byId: ReadonlyMap<string, Instance.Instance> | undefined
  readonly #wakes: Wakes
  readonly #catchUp: CatchUp
  readonly places: Plan.Places
  readonly #lanes: Lanes
  readonly #owner: string
  readonly #leaseMs: number
  readonly #toleranceMs: number
  readonly #outbox = new Outbox()
  /** Which calls of `once` wait for what. */
  readonly generations = new Generations()
  /** Holders' leases that have run out unseen: they are looked at again. */
  readonly challenged: Array<Instance.Instance> = []
  /** What somebody has to be told once a line is in the log. */
  readonly alerts = new WeakMap<JobRun, Alert | Recovered>()
  /** Somebody else's run of an older plan went on when the registry was opened: they are planned anew when it is over. */
  readonly #outdated: Set<Instance.Instance>
  /** What this process holds a claim on: about to begin, running, or not planned yet. */
  readonly #held: Set<Instance.Instance> = new Set()

  constructor(options: {
    readonly registry: ReadonlyArray<Registered>
    readonly states: ReadonlyArray<JobState.JobState>
    readonly places: Plan.Places
    readonly owner: string
    readonly leaseMs: number
    readonly toleranceMs: number
    readonly now: number
  }) {
    this.places = options.places
    this.#lanes = new Lanes(options.places)
    this.#owner = options.owner
    this.#leaseMs = options.leaseMs
    this.#toleranceMs = options.toleranceMs
    this.#catchUp = new CatchUp(options.now)
    this.#wakes = new Wakes(options.registry.some(({ windowMs }) => windowMs > 0))
    const byName = new Map(options.registry.map((registered) => [registered.job.name, registered]))
    this.instances = options.states.flatMap((state) => {
      const registered = byName.get(state.jobName)
      return registered === undefined ? [] : [Instance.make(registered, sharing(registered, state))]
    })
    this.#outdated = new Set(this.instances.filter(({ state }) => state.claimOwner !== null).filter(isLeftAlone))
    for (const instance of this.instances) this.#rest(instance, options.now)
  }

  /** The earliest instant at which something becomes due; infinity when nothing will. */
  get nextAt(): number {
    return this.#wakes.nextAt
  }

  /** The latest instant to which everything that becomes due can wait. */
  get wakeAt(): number {
    return this.#wakes.wakeAt
  }

  /** How many claims this process holds. */
  get claims(): number {
    return this.#held.size
  }

  get isIdle(): boolean {
    return this.#held.size + this.#outbox.size + this.#lanes.size === 0
  }

  /** The claims that have to be renewed. */
  holdings(): ReadonlyArray<Ref & Expected> {
    return [...this.#held].map(({ state }) => ({ ...refOf(state), ...Instance.expectedOf(state) }))
  }

  /**
   * Moves what is due into its lane. What was missed is noted, and what makes up for it is spread where it is `paced`,
   * and begins as soon as it can where a host asks for what is due now.
   */
  collect(now: number, isPaced: boolean): void {
    const makingUp: Array<Instance.Instance> = []
    const dueBy = isPaced ? Number.NEGATIVE_INFINITY : now
    for (let instance = this.#wakes.take(now); instance !== undefined; instance = this.#wakes.take(now)) {
      if (instance.phase === "held") this.challenged.push(instance)
      else if (!this.#isMissed(instance, now)) {
        if (isPaced && instance.slotAt === null && Missed.isMakingUp(instance.state)) makingUp.push(instance)
        else this.#queue(instance, dueBy)
      }
    }
    for (const { instance, slot } of this.#catchUp.spread(makingUp, now)) {
      instance.slotAt = slot
      if (slot <= now) this.#queue(instance, dueBy)
      else this.#wakes.set(instance, slot)
    }
  }

  /** The clock was moved: leases begin anew, and what waits for an instant that no calendar names moves with it. */
  jumped(byMs: number, now: number): void {
    this.#catchUp.jumped(byMs, now)
    for (const instance of this.instances) {
      if (instance.phase === "held") this.#rest(instance, now)
      const { phase, registered, state } = instance
      if (byMs > 0 || phase !== "waiting" || state.nextAt === null) continue
      if (registered.cadence._tag === "Calendar" && state.attempt === 1) continue
      const line = Outcome.setBack(state, -byMs, now)
      this.#change(instance, { state: JobState.noted(state, line), runs: [line] }, now)
    }
  }

  /** The next claimed instance whose place is free; it counts as running from now on. */
  startNext(now: number): Started | undefined {
    const instance = this.#lanes.take(now)
    if (instance === undefined) return undefined
    instance.phase = "running"
    return { instance, run: Instance.runOf(instance, now) }
  }

  /** The body is over: its place is free. */
  leave(instance: Instance.Instance): void {
    this.#lanes.leave(instance)
    instance.phase = "ended"
  }

  /** The line of a run that has ended, and the state after it, ready to be written. */
  settle({ endedAt, outcome, planned, started: { instance, run } }: Ended): void {
    const { state } = instance
    const next = planned === null ? Outcome.again(state, run.scheduledAt, endedAt) : { ...planned, attempt: 1 }
    const { scheduledAt, startedAt, trigger } = run
    const line = Outcome.toRun(state, outcome, { trigger, scheduledAt, startedAt, endedAt }, next)
    const { dueBy, generation, registered } = instance
    const after = JobState.after(state, line)
    const alert = Outcome.alertOf(state, after, registered.job.alertAfter)
    if (alert !== null) this.alerts.set(line, alert)
    this.#change(instance, { state: after, runs: [line], generation }, endedAt)
    instance.madeUpAt = trigger === "missed" && Missed.isMakingUp(instance.state) ? startedAt : null
    // a host that asked for what was due gets all of it
    const { attempt, nextAt } = instance.state
    if (registered.cadence._tag === "Schedule" || attempt > 1 || nextAt === null || nextAt > dueBy) return
    this.#wakes.set(instance, null)
    this.#enter(instance, generation)
  }

  /** What has to be written now: what has ended, and claims on what is about to start. */
  pending(now: number): Pending | undefined {
    const claimed = this.#lanes.wanted(now, claimsAtOnce).map((instance) => {
      const instant = this.#overtake(instance, now)
      return { instance, state: JobState.claimed(instance.state, this.#owner, instant, now) }
    })
    const saved = this.#outbox.all()
    if (claimed.length + saved.length === 0) return undefined

    const claims: Array<Claim> = []
    const states = new Map<Instance.Instance, JobState.JobState>()
    for (const { instance, state } of claimed) {
      if (instance.unsaved === null) claims.push({ state })
      else states.set(instance, state)
    }
    const saves = saved.map(({ instance, unsaved: { expected, runs } }): Save => {
      return { expected, runs, state: states.get(instance) ?? instance.state }
    })
    return { batch: { saves, claims }, saved, claimed }
  }

  /** The batch was written, but for what was refused; answers the lines that are in the log now. */
  written({ batch, claimed, saved }: Pending, refused: Refused): ReadonlyArray<JobRun> {
    const lost = new Set([...refused.saves, ...refused.claims].map(({ state }) => idOf(state)))
    for (const [index, sent] of saved.entries()) {
      for (const generation of sent.unsaved.generations) this.generations.close(generation)
      this.#outbox.written(sent, batch.saves[index]?.state ?? sent.instance.state)
    }
    for (const { instance, state } of claimed) {
      if (lost.has(idOf(state))) continue
      instance.state = state
      instance.phase = "claimed"
      this.#held.add(instance)
    }
    return batch.saves.flatMap(({ runs, state }) => (lost.has(idOf(state)) ? [] : runs))
  }

  /** Takes over what the store says of these instances, since somebody else has changed them; one that is gone rests. */
  reload(refs: ReadonlyArray<Ref>, states: ReadonlyArray<JobState.JobState>, now: number): void {
    const stored = new Map(states.map((state) => [idOf(state), state]))
    for (const ref of refs) {
      const instance = this.#find(ref)
      if (instance === undefined) continue
      if (instance.phase !== "waiting" && instance.phase !== "held") this.generations.close(instance.generation)
      this.#held.delete(instance)
      instance.phase = "waiting"
      this.#wakes.set(instance, null)
      const state = stored.get(idOf(ref))
      if (state === undefined) continue
      instance.state = state
      this.#rest(instance, now)
    }
    this.#lanes.retain(isInLane)
  }

  /** Of these, the ones whose holder has not renewed since they were last read. */
  stillSilent(
    challenged: ReadonlyArray<Instance.Instance>,
    states: ReadonlyArray<JobState.JobState>
  ): ReadonlySet<Instance.Instance> {
    const stored = new Map(states.map((state) => [idOf(state), state]))
    return new Set(
      challenged.filter(({ state }) => {
        const { claimOwner, claimRenewals, claimToken } = stored.get(idOf(state)) ?? state
        return (
          claimOwner === state.claimOwner && claimToken === state.claimToken && claimRenewals === state.claimRenewals
        )
      })
    )
  }

  /** A stored change that somebody decided on outside a run: a claim taken over, say. */
  replace(instance: Instance.Instance, save: Save, now: number): void {
    this.#change(instance, save, now)
  }

  /** A plan that was made anew. */
  changed(save: Save, now: number): void {
    const instance = this.#find(save.state)
    if (instance?.phase === "waiting") this.#change(instance, save, now)
  }

  /** Instances whose older plan nobody runs any more: they have to be planned anew. */
  takeOutdated(): ReadonlyArray<Instance.Instance> {
    if (this.#outdated.size === 0) return []
    const free = [...this.#outdated].filter(({ phase }) => phase === "waiting")
    for (const instance of free) this.#outdated.delete(instance)
    return free.filter(isLeftAlone)
  }

  /** Nothing more is started: what is due waits again, what is claimed is let go of. */
  empty(now: number): void {
    const waiting = this.instances.filter(isInLane)
    for (const instance of waiting) {
      const { phase } = instance
      instance.phase = "waiting"
      if (phase === "claimed") {
        const { generation, state } = instance
        this.#change(instance, { state: JobState.released(state), runs: [], generation }, now)
      } else {
        this.generations.close(instance.generation)
        this.#rest(instance, now)
      }
    }
    this.#lanes.retain(isInLane)
  }

  #change(instance: Instance.Instance, change: Change, now: number): void {
    this.#outbox.add(instance, change)
    instance.phase = "waiting"
    instance.dropped = null
    instance.slotAt = null
    this.#held.delete(instance)
    this.#rest(instance, now)
  }

  /** Puts an instance on the agenda, for its next instant or for the end of its holder's lease. */
  #rest(instance: Instance.Instance, now: number): void {
    const { claimOwner, nextAt } = instance.state
    if (claimOwner !== null) instance.phase = "held"
    this.#wakes.set(instance, claimOwner !== null ? now + this.#leaseMs : isLeftAlone(instance) ? null : nextAt)
  }

  /** Notes what was missed; then the instance is looked at again. */
  #isMissed(instance: Instance.Instance, now: number): boolean {
    const { registered, state } = instance
    const { cadence, missed, windowMs } = registered
    const toleranceMs = windowMs + Math.min(this.#toleranceMs, missed.withinMs)
    if (instance.slotAt !== null && now - instance.slotAt <= toleranceMs) return false
    const finding = Missed.find(cadence, missed, state, { now, toleranceMs })
    instance.dropped = null
    if (finding === null || finding.count === 0) return false

    const reason = this.#catchUp.reasonOf(finding.first, now - finding.first > toleranceMs)
    if (finding.run === null && cadence._tag === "Schedule") {
      // only the schedule knows its next instant, and it is asked at the end of a run
      instance.dropped = reason
      return false
    }
    const line = Outcome.toVerdict(state, finding, { reason, now }, Missed.makeUp(cadence, state.cadence, finding))
    const generation = this.generations.current
    this.generations.open(generation)
    this.#change(instance, { state: JobState.noted(state, line), runs: [line], generation }, now)
    return true
  }

  /** The instant that a claim taken now is for; the ones that it has overtaken are noted. */
  #overtake(instance: Instance.Instance, now: number): number {
    const { registered, state } = instance
    const { cadence, missed } = registered
    const finding = Missed.find(cadence, missed, state, { now, toleranceMs: Number.POSITIVE_INFINITY })
    const instant = finding?.run ?? state.scheduledAt ?? now
    if (finding !== null && finding.count > 0) {
      const next = Missed.makeUp(cadence, state.cadence, finding)
      const line = Outcome.toVerdict(state, finding, { reason: overtaken, now }, next)
      this.#outbox.add(instance, { state: JobState.noted(state, line), runs: [line] })
    }
    return instant
  }

  #find(ref: Ref): Instance.Instance | undefined {
    this.#byId ??= new Map(this.instances.map((instance) => [idOf(instance.state), instance]))
    return this.#byId.get(idOf(ref))
  }

  #queue(instance: Instance.Instance, dueBy: number): void {
    instance.dueBy = dueBy
    this.#enter(instance, this.generations.current)
  }

  #enter(instance: Instance.Instance, generation: number): void {
    instance.phase = "due"
    instance.generation = generation
    this.generations.open(generation)
    this.#lanes.add(instance)
  }
}

/** The texts that every instance of a job has are held once. */
const sharing = ({ cadence: { definition }, job }: Registered, state: JobState.JobState): JobState.JobState => ({
  ...state,
  jobName: job.name,
  cadence: state.cadence.definition === definition ? { ...state.cadence, definition } : state.cadence
})

const refOf = ({ jobName, key }: Ref): Ref => ({ jobName, key })

// most instances are the only one of their job: its name will do, and is there already
const idOf = ({ jobName, key }: Ref): string => (key === "" ? jobName : `${jobName}\u0000${key}`)

const isLeftAlone = ({ registered, state }: Instance.Instance): boolean => Plan.leftAlone(registered, state) !== null

const isInLane = ({ phase }: Instance.Instance): boolean => phase === "due" || phase === "claimed"
