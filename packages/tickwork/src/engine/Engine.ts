/**
 * The instances of a registry in memory: what is due, what is claimed, what runs and what has to be written.
 *
 * Everything here is synchronous and happens between two suspensions, so no two callers ever interleave. It makes no
 * store call and tells no time: instants come in as arguments.
 *
 * @internal
 */
import type * as Cadence from "../Cadence.ts"
import type { Place } from "../Job.ts"
import type { JobRun } from "../JobRun.ts"
import * as JobState from "../JobState.ts"
import type { Batch, Claim, Expected, Ref, Refused, Save } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Plan from "../Plan.ts"
import type { Run } from "../Run.ts"
import { Agenda } from "./Agenda.ts"
import * as Instance from "./Instance.ts"
import { Lane } from "./Lane.ts"
import * as Outcome from "./Outcome.ts"

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
  readonly planned: Cadence.Planned | null
}

/** What has to be written, and whom that concerns. */
export interface Pending {
  readonly batch: Batch
  readonly saved: ReadonlyArray<Instance.Instance>
  readonly claimed: ReadonlyArray<{ readonly instance: Instance.Instance; readonly state: JobState.JobState }>
}

export class Engine {
  readonly instances: ReadonlyArray<Instance.Instance>
  /** Made when it is first needed: a process alone on its database never asks. */
  #byId: ReadonlyMap<string, Instance.Instance> | undefined
  readonly #agenda = new Agenda<Instance.Instance>()
  readonly places: Plan.Places
  readonly #lanes: Readonly<Record<Place, Lane>>
  readonly #owner: string
  readonly #leaseMs: number
  readonly #unsaved: Set<Instance.Instance> = new Set()
  readonly #open = new Map<number, number>()
  /** Holders' leases that have run out unseen: they are looked at again. */
  readonly challenged: Array<Instance.Instance> = []
  /** What this process holds a claim on: about to begin, running, or not planned yet. */
  readonly #held: Set<Instance.Instance> = new Set()
  generation = 0

  constructor(options: {
    readonly registry: ReadonlyArray<Registered>
    readonly states: ReadonlyArray<JobState.JobState>
    readonly places: Plan.Places
    readonly owner: string
    readonly leaseMs: number
    readonly now: number
  }) {
    this.places = options.places
    this.#lanes = { serial: new Lane(options.places.serial), parallel: new Lane(options.places.parallel) }
    this.#owner = options.owner
    this.#leaseMs = options.leaseMs
    const byName = new Map(options.registry.map((registered) => [registered.job.name, registered]))
    this.instances = options.states.flatMap((state) => {
      const registered = byName.get(state.jobName)
      return registered === undefined ? [] : [Instance.make(registered, sharing(registered, state))]
    })
    for (const instance of this.instances) this.#rest(instance, options.now)
  }

  /** The earliest instant at which something becomes due; infinity when nothing will. */
  get nextAt(): number {
    return this.#agenda.nextAt
  }

  /** How many claims this process holds. */
  get claims(): number {
    return this.#held.size
  }

  get isIdle(): boolean {
    return this.#held.size + this.#unsaved.size + this.#lanes.serial.size + this.#lanes.parallel.size === 0
  }

  /** The claims that have to be renewed. */
  holdings(): ReadonlyArray<Ref & Expected> {
    return [...this.#held].map(({ state }) => ({ ...refOf(state), ...Instance.expectedOf(state) }))
  }

  /** True while something collected by this call of `once`, or an earlier one, has not been recorded. */
  isOpen(generation: number): boolean {
    for (const [opened, count] of this.#open) if (opened <= generation && count > 0) return true
    return false
  }

  /** Moves what is due into its lane. */
  collect(now: number): void {
    for (let entry = this.#agenda.takeDue(now); entry !== undefined; entry = this.#agenda.takeDue(now)) {
      const instance = entry.item
      if (instance.wakeAt !== entry.at) continue
      instance.wakeAt = Number.POSITIVE_INFINITY
      if (instance.phase === "held") this.challenged.push(instance)
      else this.#queue(instance, now)
    }
  }

  /** The next claimed instance whose place is free; it counts as running from now on. */
  startNext(now: number): Started | undefined {
    for (const lane of [this.#lanes.serial, this.#lanes.parallel]) {
      const instance = lane.isFree ? lane.head(now) : undefined
      if (instance?.phase !== "claimed") continue
      lane.take()
      lane.running += 1
      instance.phase = "running"
      return { instance, run: Instance.runOf(instance, now) }
    }
    return undefined
  }

  /** The body is over: its place is free. */
  leave(instance: Instance.Instance): void {
    this.#lanes[instance.registered.job.place].running -= 1
    instance.phase = "ended"
  }

  /** The line of a run that has ended, and the state after it, ready to be written. */
  settle({ endedAt, outcome, planned, started: { instance, run } }: Ended): void {
    const { state } = instance
    const next = planned === null ? Outcome.again(state, run.scheduledAt, endedAt) : Outcome.onward(planned)
    const { scheduledAt, startedAt, trigger } = run
    const line = Outcome.toRun(state, outcome, { trigger, scheduledAt, startedAt, endedAt }, next)
    this.#change(instance, JobState.after(state, line), line, endedAt, { generation: instance.generation })
  }

  /** What has to be written now: what has ended, and claims on what is about to start. */
  pending(now: number): Pending | undefined {
    const claimed = this.#wanted(now).map((instance) => ({
      instance,
      state: JobState.claimed(
        instance.state,
        this.#owner,
        Plan.standsFor(instance.registered, instance.state, now),
        now
      )
    }))
    const saved = [...this.#unsaved]
    if (claimed.length + saved.length === 0) return undefined

    const claims: Array<Claim> = []
    const states = new Map<Instance.Instance, JobState.JobState>()
    for (const { instance, state } of claimed) {
      if (instance.unsaved === null) claims.push({ state })
      else states.set(instance, state)
    }
    const saves = saved.map((instance): Save => {
      const { expected, run } = instance.unsaved as Instance.Unsaved
      return { expected, run, state: states.get(instance) ?? instance.state }
    })
    return { batch: { saves, claims }, saved, claimed }
  }

  /** The batch was written, but for what was refused; answers the lines that are in the log now. */
  written({ batch, claimed, saved }: Pending, refused: Refused): ReadonlyArray<JobRun> {
    const lost = new Set([...refused.saves, ...refused.claims].map(({ state }) => idOf(state)))
    for (const instance of saved) {
      this.#close(instance.unsaved?.generation ?? null)
      this.#unsaved.delete(instance)
      instance.unsaved = null
    }
    for (const { instance, state } of claimed) {
      if (lost.has(idOf(state))) continue
      instance.state = state
      instance.phase = "claimed"
      this.#held.add(instance)
    }
    return batch.saves.flatMap(({ run, state }) => (run === null || lost.has(idOf(state)) ? [] : [run]))
  }

  /** Takes over what the store says of these instances, since somebody else has changed them; one that is gone rests. */
  reload(refs: ReadonlyArray<Ref>, states: ReadonlyArray<JobState.JobState>, now: number): void {
    const stored = new Map(states.map((state) => [idOf(state), state]))
    for (const ref of refs) {
      const instance = this.#find(ref)
      if (instance === undefined) continue
      if (instance.phase !== "waiting" && instance.phase !== "held") this.#close(instance.generation)
      this.#held.delete(instance)
      instance.phase = "waiting"
      instance.wakeAt = Number.POSITIVE_INFINITY
      const state = stored.get(idOf(ref))
      if (state === undefined) continue
      instance.state = state
      this.#rest(instance, now)
    }
    for (const lane of [this.#lanes.serial, this.#lanes.parallel]) lane.retain(isInLane)
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
    this.#change(instance, save.state, save.run, now, { expected: save.expected })
  }

  /** Nothing more is started: what is due waits again, what is claimed is let go of. */
  empty(now: number): void {
    const waiting = this.instances.filter(isInLane)
    for (const instance of waiting) {
      const { phase } = instance
      instance.phase = "waiting"
      if (phase === "claimed") {
        this.#change(instance, JobState.released(instance.state), null, now, { generation: instance.generation })
      } else {
        this.#close(instance.generation)
        this.#rest(instance, now)
      }
    }
    for (const lane of [this.#lanes.serial, this.#lanes.parallel]) lane.retain(isInLane)
  }

  #change(
    instance: Instance.Instance,
    state: JobState.JobState,
    run: JobRun | null,
    now: number,
    options: { readonly expected?: Expected; readonly generation?: number }
  ): void {
    const { expected = Instance.expectedOf(instance.state), generation = null } = options
    instance.unsaved = { expected, run, generation }
    instance.state = state
    instance.phase = "waiting"
    this.#unsaved.add(instance)
    this.#held.delete(instance)
    this.#rest(instance, now)
  }

  /** Puts an instance on the agenda, for its next instant or for the end of its holder's lease. */
  #rest(instance: Instance.Instance, now: number): void {
    const { claimOwner, nextAt } = instance.state
    if (claimOwner !== null) instance.phase = "held"
    const wakeAt = claimOwner === null ? nextAt : now + this.#leaseMs
    instance.wakeAt = wakeAt ?? Number.POSITIVE_INFINITY
    if (wakeAt !== null) this.#agenda.add(wakeAt, instance)
  }

  #find(ref: Ref): Instance.Instance | undefined {
    this.#byId ??= new Map(this.instances.map((instance) => [idOf(instance.state), instance]))
    return this.#byId.get(idOf(ref))
  }

  #queue(instance: Instance.Instance, now: number): void {
    instance.phase = "due"
    instance.seenAt = now
    instance.generation = this.generation
    this.#open.set(this.generation, (this.#open.get(this.generation) ?? 0) + 1)
    this.#lanes[instance.registered.job.place].add(instance)
  }

  /** One less that the call of `once` has to wait for. */
  #close(generation: number | null): void {
    if (generation === null) return
    const left = (this.#open.get(generation) ?? 0) - 1
    if (left > 0) this.#open.set(generation, left)
    else this.#open.delete(generation)
  }

  #wanted(now: number): ReadonlyArray<Instance.Instance> {
    const lanes = [this.#lanes.serial, this.#lanes.parallel].filter(
      (lane) => lane.isFree && lane.head(now)?.phase === "due"
    )
    const wanted = lanes.flatMap((lane) => lane.ahead(now, claimsAtOnce))
    if (wanted.length <= claimsAtOnce) return wanted
    const order = Plan.order(now)
    return wanted.sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b))).slice(0, claimsAtOnce)
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

const isInLane = ({ phase }: Instance.Instance): boolean => phase === "due" || phase === "claimed"
