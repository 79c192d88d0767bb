/**
 * The instances of a registry in memory: what is due, what is claimed, what runs and what has to be written.
 *
 * Everything here is synchronous and happens between two suspensions, so no two callers ever interleave. It makes no
 * store call and tells no time: instants come in as arguments.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import * as Control from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Batch, Claim, ClaimLimit, Expected, Ref, Refused, Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { Run } from "../../Run.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Missed from "../schedule/Missed.ts"
import { alertOf } from "./Alerts.ts"
import { CatchUp, overtaken } from "./CatchUp.ts"
import type { Jump } from "./ClockWatch.ts"
import * as Answer from "./ControlTransition.ts"
import * as Instance from "./Instance.ts"
import { Lanes } from "./Lanes.ts"
import { Listings } from "./Listings.ts"
import * as Line from "./LogEntries.ts"
import * as Occurrence from "./Occurrence.ts"
import { OnceCalls } from "./OnceCalls.ts"
import { type Change, Outbox, type Sent } from "./Outbox.ts"
import type * as Outcome from "./Outcome.ts"
import { Requests } from "./Requests.ts"
import * as Replan from "./Reschedule.ts"
import * as SharedLimits from "./SharedLimits.ts"
import type { NewInstance, Opened } from "./Startup.ts"
import { Waiters } from "./Waiters.ts"
import { WakeQueue } from "./WakeQueue.ts"

/** A key that so many lists in a row lack is not there any more: one of them may lack it by mistake. */
const absencesUntilInactive = 2

/** At most this many claims in one commit, the most urgent first. */
const claimsAtOnce = 100

/** What finds a limit reached that other processes share is looked at again after this time. */
const limitRetryMs = 1000

/** An attempt under way. */
export interface Started {
  readonly instance: Instance.Instance
  readonly run: Run
  /** The claim that it was made under. */
  readonly token: number
}

/** An attempt that has ended, and what follows. */
export interface Ended {
  readonly started: Started
  readonly outcome: Outcome.Outcome
  readonly endedAt: number
  readonly concluded: Occurrence.Concluded
  /** Somebody has cancelled it. */
  readonly request?: StoredRequest | undefined
  /** It is in the store already, in one transaction with the job's own writes. */
  readonly saved?: Save | undefined
}

/**
 * What is to be done about a request: nothing more, or nothing here; wait until the instance is free; cut its run short;
 * conclude its occurrence without another attempt.
 */
export type RequestOutcome =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Later" }
  | { readonly _tag: "CutShort"; readonly started: Started }
  | { readonly _tag: "CallOff"; readonly started: Started }

/** An instance that is to begin, and who has asked for it. */
export interface Admission extends NewInstance<never> {
  readonly request?: StoredRequest
}

/** What has to be written, and whom that concerns. */
export interface PendingWrite {
  readonly batch: Batch
  readonly saved: ReadonlyArray<Sent>
  readonly claimed: ReadonlyArray<{ readonly instance: Instance.Instance; readonly state: JobState.JobState }>
}

export class Engine {
  readonly instances = new InstanceMap<Instance.Instance>()
  /** What people have asked for. */
  readonly requests: Requests
  readonly listings: Listings
  readonly #registry: ReadonlyMap<string, Registered>
  readonly #waiters: Waiters
  /** Instances that are to begin. */
  readonly admissions: Array<Admission> = []
  /** Requests about runs that are over: there is nothing left to be done. */
  readonly obsolete: Array<StoredRequest> = []
  /** Requests that an instance be forgotten. */
  readonly forgets: Array<StoredRequest> = []
  readonly #wakes: WakeQueue
  readonly #catchUp: CatchUp
  readonly places: Plan.SlotCapacities
  readonly #lanes: Lanes
  /** The limits that other processes share; `null` where there are none. */
  readonly #limits: ReadonlyMap<Registered, ReadonlyArray<ClaimLimit>> | null
  /** Claims with such limits that were refused, and not read anew yet. */
  readonly #limitRefused = new WeakSet<Instance.Instance>()
  readonly #owner: string
  readonly #leaseMs: number
  readonly #toleranceMs: number
  readonly #outbox = new Outbox()
  /** Which calls of `once` wait for what. */
  readonly onceCalls = new OnceCalls()
  /** Holders' leases that have run out unseen: they are looked at again. */
  readonly expiredLeases: Array<Instance.Instance> = []
  /** What somebody has to be told once a line is in the log. */
  readonly alerts = new WeakMap<LogEntry, Alert | Recovered>()
  /**
   * Somebody else ran an older plan when the registry was opened, or was faster than its opening: they are planned anew
   * as soon as they are free.
   */
  readonly #outdated = new Set<Instance.Instance>()
  /** Nothing more is to start until something is collected again. */
  #isEmptied = false
  readonly #ownerIsGone: (owner: string) => boolean
  readonly #running = new Map<Instance.Instance, Started>()
  /** Runs that somebody has cancelled. */
  readonly #cancelled = new WeakSet<Started>()
  /** Lines that are in the log, and that nobody has been told of. */
  readonly #committed: Array<LogEntry> = []
  /** What this process holds a claim on: about to begin, running, or not planned yet. */
  readonly #held: Set<Instance.Instance> = new Set()

  constructor(options: {
    readonly registry: ReadonlyArray<Registered>
    readonly opened: Opened
    readonly places: Plan.SlotCapacities
    readonly owner: string
    readonly leaseMs: number
    readonly toleranceMs: number
    readonly now: number
    readonly isGone: (owner: string) => boolean
    readonly requests: ReadonlyArray<StoredRequest>
  }) {
    this.#ownerIsGone = options.isGone
    this.requests = new Requests(options.requests)
    this.places = options.places
    this.#lanes = new Lanes(options.places)
    this.#limits = SharedLimits.of(options.registry)
    this.#owner = options.owner
    this.#leaseMs = options.leaseMs
    this.#toleranceMs = options.toleranceMs
    this.#catchUp = new CatchUp(options.now)
    this.#wakes = new WakeQueue(options.registry.some(({ windowMs }) => windowMs > 0))
    this.#registry = new Map(options.registry.map((registered) => [registered.job.name, registered]))
    this.#waiters = new Waiters(this.#registry, this.instances)
    this.listings = new Listings(options.registry, options.now)
    const { absent, states } = options.opened
    for (const state of states) this.#admit(state, absent.has(state) ? options.now : null, options.now)
  }

  /** Takes in what is stored and was not known. */
  admit(states: ReadonlyArray<JobState.JobState>, now: number): void {
    for (const state of states) if (this.instances.find(state) === undefined) this.#admit(state, null, now)
  }

  /** The keys of a job, as they are listed now: new ones begin, and what is missing from two lists in a row rests. */
  listed(registered: Registered, keys: ReadonlySet<string> | null, now: number): void {
    this.listings.listed(registered, keys !== null, now)
    if (keys === null) return
    const { name } = registered.job
    const known = this.instances.keyed(name)
    for (const [key, instance] of known) {
      if (keys.has(key)) {
        instance.absences = 0
        if (instance.inactiveSince !== null) this.#wake(instance, instance.inactiveSince, now)
      } else {
        instance.absences = Math.min(instance.absences + 1, absencesUntilInactive)
        if (instance.absences === absencesUntilInactive && instance.inactiveSince === null)
          this.#deactivate(instance, now)
      }
    }
    for (const key of keys) if (!known.has(key)) this.admissions.push({ registered, key })
  }

  #deactivate(instance: Instance.Instance, now: number): void {
    instance.inactiveSince = now
    if (isInLane(instance)) {
      this.#catchUp.paused(instance, instance.state.position.scheduledAt ?? now)
      this.#withdraw(instance, now)
    }
    if (instance.phase === "waiting") this.#reschedule(instance, now)
  }

  #wake(instance: Instance.Instance, restedSince: number, now: number): void {
    instance.inactiveSince = null
    this.#catchUp.resumed(instance, { from: restedSince, to: now, why: "not listed" })
    if (instance.phase === "waiting") this.#reschedule(instance, now)
  }

  #admit(state: JobState.JobState, restsSince: number | null, now: number): void {
    const registered = this.#registry.get(state.jobName)
    if (registered === undefined || (registered.job.payload !== null && JobState.isFinished(state))) return
    const instance = Instance.make(registered, sharing(registered, state))
    instance.inactiveSince = restsSince
    this.instances.set(instance.state, instance)
    if (isOutdated(instance)) this.#outdated.add(instance)
    this.#reschedule(instance, now)
  }

  /** The earliest instant at which something becomes due; infinity when nothing will. */
  get nextAt(): number {
    return this.#wakes.nextAt
  }

  /** The latest instant to which everything that becomes due can wait. */
  get wakeAt(): number {
    return this.#wakes.wakeAt
  }

  /** How many are due and have not begun. */
  get due(): number {
    return this.#lanes.size
  }

  /** When something that waits for its places may get them, though nothing has ended. */
  get reorderAt(): number {
    return this.#lanes.reorderAt
  }

  /** True where its own instant has come, and it waits for others to end. */
  isWaiting(instance: Instance.Instance): boolean {
    return this.#waiters.has(instance)
  }

  /** How many claims this process holds. */
  get claims(): number {
    return this.#held.size
  }

  get isIdle(): boolean {
    return this.#held.size + this.#outbox.size + this.#lanes.size === 0
  }

  /** True where something is decided, and not written yet. */
  get isOpen(): boolean {
    return this.#outbox.size + this.admissions.length + this.obsolete.length + this.forgets.length > 0
  }

  /** The claims that have to be renewed; one whose transaction goes on is locked, and renews itself when it begins. */
  holdings(): ReadonlyArray<Ref & Expected> {
    return [...this.#held]
      .filter((instance) => !(instance.registered.job.isTransactional && this.#running.has(instance)))
      .map(({ state }) => ({ ...refOf(state), ...Instance.expectedOf(state) }))
  }

  /** True where something can be asked of it: whether a run is enqueued is known to the store alone. */
  knows(ref: Ref): boolean {
    const isEnqueued = ref.key !== "" && (this.#registry.get(ref.jobName)?.job.payload ?? null) !== null
    return isEnqueued || this.instances.find(ref) !== undefined
  }

  /** True where the process of an owner has surely ended. */
  isGone(owner: string | null): boolean {
    return owner !== null && this.#ownerIsGone(owner)
  }

  /** When its run in this process began; `null` when none goes on. */
  runningSince(instance: Instance.Instance): number | null {
    return this.#running.get(instance)?.run.startedAt ?? null
  }

  /**
   * Moves what is due into its lane. What was missed is noted, and what makes up for it is spread where it is `paced`,
   * and begins as soon as it can where a host asks for what is due now.
   */
  collect(now: number, isPaced: boolean): void {
    this.#isEmptied = false
    const makingUp: Array<Instance.Instance> = []
    const dueBy = isPaced ? Number.NEGATIVE_INFINITY : now
    for (let instance = this.#wakes.take(now); instance !== undefined; instance = this.#wakes.take(now)) {
      instance.runThrough = dueBy
      instance.generation = this.onceCalls.current
      if (instance.registered.job.keys !== null) this.listings.due(instance.registered, now)
      if (instance.phase === "held") this.expiredLeases.push(instance)
      else if (JobState.isManualDue(instance.state, now)) this.#queue(instance, dueBy)
      else if (!this.#waiters.mustWait(instance) && !this.#isMissed(instance, now)) {
        if (isPaced && instance.catchUpAt === null && Missed.isCatchingUp(instance.state.position))
          makingUp.push(instance)
        else this.#queue(instance, dueBy)
      }
    }
    if (makingUp.length === 0) return
    for (const { instance, slot } of this.#catchUp.spread(makingUp, now)) {
      instance.catchUpAt = slot
      if (slot <= now) this.#queue(instance, dueBy)
      else this.#wakes.set(instance, slot)
    }
  }

  /** The clock was moved: leases begin anew, and what waits for an instant that no calendar names moves with it. */
  jumped(jump: Jump, now: number): void {
    const { byMs } = jump
    this.#catchUp.jumped(jump, now)
    if (byMs < 0) this.listings.moveBack(-byMs)
    for (const instance of this.instances) {
      if (instance.phase === "held") this.#reschedule(instance, now)
      if (byMs > 0) continue
      const { phase, registered, catchUpAt, state } = instance
      if (catchUpAt !== null) instance.catchUpAt = catchUpAt + byMs
      if (catchUpAt !== null && phase === "waiting") this.#wakes.set(instance, catchUpAt + byMs)
      if (phase !== "waiting" || isMismatched(instance) || !Replan.movesBack(registered, state)) continue
      const line = Line.ofSetBack(state, -byMs, now, registered.cadence._tag === "Calendar")
      this.#change(instance, { state: JobState.applyEntry(state, line), entries: [line] }, now)
    }
  }

  /** The next claimed instance whose place is free; it counts as running from now on. */
  startNext(now: number): Started | undefined {
    const instance = this.#lanes.take(now)
    if (instance === undefined) return undefined
    instance.phase = "running"
    const started = startedOf(instance, now)
    this.#running.set(instance, started)
    return started
  }

  /** The run of an owner that is gone, or has fallen silent: it ends now, and this process says how. */
  takeOver(instance: Instance.Instance, state: JobState.JobState): Started {
    // its owner may have written lines under its claim
    instance.state = state
    this.#end(instance)
    return startedOf(instance, state.claim.claimedAt ?? state.position.scheduledAt ?? 0)
  }

  /** The body is over: its place is free. */
  free(instance: Instance.Instance): void {
    this.#lanes.leave(instance)
    this.#running.delete(instance)
    instance.phase = "ended"
  }

  #end(instance: Instance.Instance): void {
    instance.phase = "ended"
    this.onceCalls.open(instance.generation)
  }

  /** The lines of an attempt that has ended, and the state after them. */
  saveOf({ concluded, endedAt, outcome, request, started: { instance, run } }: Ended): Save {
    const { state } = instance
    const { next, superseded } = concluded
    const entries: Array<LogEntry> = []
    let after = state
    const add = (line: LogEntry) => {
      entries.push(line)
      after = JobState.after(after, line)
    }
    const isCutShort = request !== undefined && outcome.status !== "control"
    if (isCutShort) add(Line.ofControl(after, Control.toText(request), endedAt, after.position))
    if (superseded !== null) add(Line.ofSuperseded(after, superseded, run, endedAt))
    add(Line.of(after, outcome, run, endedAt, next))
    return {
      expected: Instance.expectedOf(state),
      // what nobody held is fenced by a new token
      state: state.claim.owner === null ? JobState.fenced(after) : after,
      entries,
      acknowledgements: request === undefined ? none : [{ id: request.id, at: endedAt }]
    }
  }

  /** An attempt has ended: what follows is ready to be written, unless it was written with the job's own writes. */
  settle(ended: Ended): void {
    const { endedAt, saved, started } = ended
    const { instance, run, token } = started
    // it was read anew meanwhile, since its claim had passed on: nothing of this run is recorded
    if (instance.phase !== "ended" || instance.state.claim.token !== token) {
      this.requests.requeue(ended.request?.id)
      return
    }
    const { runThrough, generation, registered, state } = instance
    const save = saved ?? this.saveOf(ended)
    const alert = alertOf(state, save.state, registered.job.alertAfter)
    const last = save.entries.at(-1)
    if (alert !== null && last !== undefined) this.alerts.set(last, alert)
    if (saved === undefined) {
      const { acknowledgements = none, expected, entries, state } = save
      this.#change(instance, { acknowledgements, expected, generation, entries, state }, endedAt)
    } else {
      instance.state = saved.state
      for (const { id } of saved.acknowledgements ?? []) this.requests.done(id)
      this.#committed.push(...saved.entries)
      this.onceCalls.close(generation)
      this.#free(instance, endedAt)
    }
    const { attempt, nextAt, paused } = instance.state.position
    // a run beside the plan, or one that began late, covers nothing of what came meanwhile
    const hasKept = run.trigger === "manual" || (nextAt !== null && nextAt < endedAt)
    if (hasKept) instance.overlappingRun = { from: run.startedAt, to: endedAt }
    const isMakingUp = run.trigger === "missed" && Missed.isCatchingUp(instance.state.position)
    instance.madeUpAt = isMakingUp ? run.startedAt : null
    // a host that asked for what was due gets all of it
    const { isCutShort } = ended.outcome
    const isAsked = isCutShort || (registered.cadence._tag === "Calendar" && attempt === 1)
    const until = isCutShort && Number.isFinite(runThrough) ? endedAt : runThrough
    if (this.#isEmptied || !isAsked || paused !== null || nextAt === null || nextAt > until) return
    this.#wakes.set(instance, null)
    if (!this.#waiters.mustWait(instance)) this.#enter(instance, generation)
  }

  /** The lines that were written with the jobs' own writes since this was last asked. */
  takeCommitted(): ReadonlyArray<LogEntry> {
    return this.#committed.splice(0)
  }

  /**
   * Everything that is asked for and not done, as it is stored now, and what was done of late; answers which instances
   * somebody else has changed with that.
   */
  sync(asked: ReadonlyArray<StoredRequest>): ReadonlyArray<Ref> {
    return this.requests.sync(asked).filter((request) => {
      const instance = this.instances.find(request)
      if (instance === undefined) return request.verb === "enqueue"
      // a claim of ours was accepted since, and what waits to be written is refused where it has to be
      return instance.unsaved === null && isNotClaimed(instance)
    })
  }

  /** Does what somebody asks for, or says who has to. */
  answer(request: StoredRequest, now: number): RequestOutcome {
    const instance = this.instances.find(request)
    const registered = this.#registry.get(request.jobName)
    if (request.verb === "forget" && registered !== undefined) return this.#forget(request, instance, now)
    const isEnqueued = registered !== undefined && registered.job.payload !== null
    if (isEnqueued && (request.verb === "enqueue" || instance === undefined)) {
      this.requests.take(request)
      const { dueAt, key, payload } = request
      // nothing is left to be done about a run that is over
      if (request.verb !== "enqueue") this.obsolete.push(request)
      else this.admissions.push({ registered, key, payload, at: dueAt ?? now, request })
      return { _tag: "Done" }
    }
    // another process may know the job, or a newer version of it
    if (instance === undefined || isMismatched(instance)) return { _tag: "Done" }
    const started = this.#running.get(instance)
    if (instance.phase === "held" || instance.phase === "ended") return { _tag: "Later" }
    if (started !== undefined) {
      const isCut = request.verb === "cancel" && !this.#cancelled.has(started)
      // a run by hand comes after this one; and the record of a transaction is made by itself
      const isAlone = request.verb === "trigger" || instance.registered.job.isTransactional
      if (!isCut && (isAlone || request.verb === "cancel")) return { _tag: "Later" }
      this.requests.take(request)
      if (isCut) {
        this.#cancelled.add(started)
        return { _tag: "CutShort", started }
      }
    } else {
      this.requests.take(request)
      const { scheduledAt } = instance.state.position
      if (request.verb === "pause" && (isInLane(instance) || instance.deferredByBudget))
        this.#catchUp.paused(instance, scheduledAt ?? now)
      this.#withdraw(instance, now)
    }
    if (request.verb === "cancel" && instance.state.position.attempt > 1) {
      const { position } = instance.state
      instance.state = { ...instance.state, position: { ...position, manual: null } }
      this.#wakes.set(instance, null)
      this.#end(instance)
      return { _tag: "CallOff", started: startedOf(instance, now) }
    }
    this.#control(instance, request, now)
    return { _tag: "Done" }
  }

  #forget(request: StoredRequest, instance: Instance.Instance | undefined, now: number): RequestOutcome {
    if (instance !== undefined) {
      this.#withdraw(instance, now)
      if (instance.phase !== "waiting" || instance.unsaved !== null) return { _tag: "Later" }
    }
    this.requests.take(request)
    this.forgets.push(request)
    return { _tag: "Done" }
  }

  /** Nothing is stored of it any more: where it is still wanted, it begins anew. */
  forgot(ref: Ref, now: number): void {
    const instance = this.instances.find(ref)
    if (instance === undefined) return
    const { absences, registered } = instance
    const { keys, payload } = registered.job
    this.#wakes.set(instance, null)
    this.#waiters.leave(instance)
    this.instances.remove(instance.state)
    this.#release(instance, now)
    const isWanted = payload === null && (keys === null ? ref.key === "" : absences === 0)
    if (isWanted) this.admissions.push({ registered, key: ref.key })
  }

  #control(instance: Instance.Instance, request: StoredRequest, now: number): void {
    const { state } = instance
    const line = Answer.entryOf(state, request, now)
    if (request.verb === "resume" && state.position.paused !== null)
      this.#catchUp.resumed(instance, { from: state.position.paused.at, to: now, why: "paused" })
    const change = {
      state: JobState.applyControl(state, line),
      entries: [line],
      acknowledgements: [{ id: request.id, at: now }]
    }
    if (this.#running.has(instance)) this.#outbox.add(instance, change)
    else this.#change(instance, change, now)
  }

  /** Takes back what waits for its place. */
  #withdraw(instance: Instance.Instance, now: number): void {
    const { generation, phase, state } = instance
    if (!isInLane(instance)) return
    instance.phase = "waiting"
    this.#lanes.retain(isInLane)
    if (phase === "claimed") this.#change(instance, { state: JobState.released(state), entries: [], generation }, now)
    else this.onceCalls.close(generation)
  }

  /** What has to be written now: what has ended, and claims on what is about to start. */
  pending(now: number): PendingWrite | undefined {
    const wanted = this.#lanes.wanted(now, claimsAtOnce).map((instance) => {
      if (JobState.isManualDue(instance.state, now)) instance.skipReason = null
      else this.#overtake(instance, now)
      return { instance, state: JobState.claimed(instance.state, this.#owner, Plan.claimOf(instance, now), now) }
    })
    const limits = this.#limits
    // no save carries a claim that a limit may refuse: that is made once it is written
    const claimed =
      limits === null
        ? wanted
        : wanted.filter(({ instance: { registered, unsaved } }) => unsaved === null || !limits.has(registered))
    const saved = this.#outbox.all()
    if (claimed.length + saved.length === 0) return undefined

    const claims: Array<Claim> = []
    const states = new Map<Instance.Instance, JobState.JobState>()
    for (const { instance, state } of claimed) {
      const shared = limits?.get(instance.registered)
      if (instance.unsaved !== null) states.set(instance, state)
      else claims.push(shared === undefined ? { state } : { state, limits: shared })
    }
    const saves = saved.map(({ instance, unsaved: { acknowledgements, expected, entries } }): Save => {
      const state = states.size === 0 ? instance.state : (states.get(instance) ?? instance.state)
      // done is what is stored: whoever watches looks for what was done of late
      return {
        expected,
        state,
        entries,
        acknowledgements: acknowledgements.length === 0 ? none : acknowledgements.map(({ id }) => ({ id, at: now }))
      }
    })
    return { batch: { saves, claims }, saved, claimed }
  }

  /** The batch was written, but for what was refused; answers the lines that are in the log now. */
  written({ batch, claimed, saved }: PendingWrite, refused: Refused): ReadonlyArray<LogEntry> {
    const isLost = among(refused)
    const lines: Array<LogEntry> = []
    const states = batch.saves.map(({ acknowledgements = none, entries, state }) => {
      const isRefused = isLost(state)
      if (!isRefused) lines.push(...entries)
      for (const { id } of acknowledgements) {
        if (isRefused) this.requests.requeue(id)
        else this.requests.done(id)
      }
      return state
    })
    for (const { unsaved } of saved) for (const generation of unsaved.generations) this.onceCalls.close(generation)
    this.#outbox.written(saved, states)
    for (const { instance, state } of claimed) {
      if (isLost(state)) {
        if (this.#limits?.has(instance.registered)) this.#limitRefused.add(instance)
        continue
      }
      instance.state = state
      instance.phase = "claimed"
      this.#held.add(instance)
    }
    return lines
  }

  /** Takes over what the store says of these instances, since somebody else has changed them; one that is gone rests. */
  reload(refs: ReadonlyArray<Ref>, states: ReadonlyArray<JobState.JobState>, now: number): void {
    const stored = new Map(states.map((state) => [idOf(state), state]))
    const free: Array<Instance.Instance> = []
    this.requests.markStale()
    for (const ref of refs) {
      const instance = this.instances.find(ref)
      if (instance === undefined) {
        const enqueued = stored.get(idOf(ref))
        if (enqueued !== undefined) this.#admit(enqueued, null, now)
        continue
      }
      const isTurnedAway = this.#limitRefused.delete(instance)
      // whether its change still holds is found when that is written
      if (instance.phase === "waiting" && instance.unsaved !== null) continue
      if (instance.phase !== "waiting" && instance.phase !== "held") this.onceCalls.close(instance.generation)
      this.#held.delete(instance)
      this.#running.delete(instance)
      instance.phase = "waiting"
      instance.deferredByBudget = false
      this.#wakes.set(instance, null)
      const state = stored.get(idOf(ref))
      if (state === undefined) {
        this.forgot(ref, now)
        continue
      }
      const { paused } = instance.state.position
      if (paused !== null && state.position.paused === null)
        this.#catchUp.resumed(instance, { from: paused.at, to: now, why: "paused" })
      instance.state = state
      this.#reschedule(instance, now)
      if (isTurnedAway && instance.phase === "waiting" && instance.wakeAt <= now) free.push(instance)
    }
    this.#lanes.retain(isInLane)
    if (free.length > 0) this.#awaitLimits(free, now)
  }

  /** Nobody holds these, so a limit is reached: they wait for a while, and so does what would be refused as they were. */
  #awaitLimits(refused: ReadonlyArray<Instance.Instance>, now: number): void {
    const limitsOf = ({ registered }: Instance.Instance) => this.#limits?.get(registered) ?? []
    const reached = new Set(refused.flatMap(limitsOf).map(({ name }) => name))
    const isMate = (instance: Instance.Instance) => limitsOf(instance).some(({ name }) => reached.has(name))
    const due = this.#lanes.all().filter((instance) => instance.phase === "due" && isMate(instance))
    this.#letGo(due, now)
    for (const instance of [...refused, ...due]) {
      instance.deferredByBudget = isSeenInTime(instance, now)
      this.#wakes.set(instance, now + limitRetryMs)
    }
  }

  /** Of these, the ones whose holder has not renewed since they were last read, with what is stored of them. */
  stillExpired(
    challenged: ReadonlyArray<Instance.Instance>,
    states: ReadonlyArray<JobState.JobState>
  ): ReadonlyMap<Instance.Instance, JobState.JobState> {
    const stored = new Map(states.map((state) => [idOf(state), state]))
    return new Map(
      challenged.flatMap((instance) => {
        const { state } = instance
        const now = stored.get(idOf(state))
        if (now?.claim.owner !== state.claim.owner || now.claim.token !== state.claim.token) return []
        const isSilent = now.claim.renewals === state.claim.renewals || this.isGone(now.claim.owner)
        return isSilent ? [[instance, now] as const] : []
      })
    )
  }

  /** A plan that was made anew. */
  changed(save: Save, now: number): void {
    const instance = this.instances.find(save.state)
    if (instance?.phase === "waiting") this.#change(instance, save, now)
  }

  /** Instances whose older plan nobody runs any more: they have to be planned anew. */
  outdated(): ReadonlyArray<Instance.Instance> {
    if (this.#outdated.size === 0) return []
    // a new plan holds only once it is written: whoever is faster than that has it made again
    const free = [...this.#outdated].filter(({ phase, unsaved }) => phase === "waiting" && unsaved === null)
    return free.filter((instance) => isOutdated(instance) || !this.#outdated.delete(instance))
  }

  /** Nothing more is started: what is due waits again, what is claimed is let go of. */
  empty(now: number): void {
    this.#isEmptied = true
    this.#letGo(this.#lanes.all(), now)
  }

  /** What a call has found due and not begun waits for a later one: it was seen in time. */
  postpone(generation: number, now: number): void {
    const waiting = this.#lanes.all().filter((instance) => instance.generation <= generation)
    if (waiting.length === 0) return
    const seen = waiting.filter((instance) => isSeenInTime(instance, now))
    for (const instance of waiting) instance.runThrough = Number.NEGATIVE_INFINITY
    this.#letGo(waiting, now)
    for (const instance of seen) instance.deferredByBudget = true
  }

  #letGo(waiting: ReadonlyArray<Instance.Instance>, now: number): void {
    for (const instance of waiting) {
      const { phase } = instance
      instance.phase = "waiting"
      if (phase === "claimed") {
        const { generation, state } = instance
        this.#change(instance, { state: JobState.released(state), entries: [], generation }, now)
      } else {
        this.onceCalls.close(instance.generation)
        this.#reschedule(instance, now)
      }
    }
    this.#lanes.retain(isInLane)
  }

  #change(instance: Instance.Instance, change: Change, now: number): void {
    this.#outbox.add(instance, change)
    this.#free(instance, now)
  }

  #free(instance: Instance.Instance, now: number): void {
    instance.phase = "waiting"
    instance.skipReason = null
    instance.deferredByBudget = false
    instance.catchUpAt = null
    this.#held.delete(instance)
    this.#reschedule(instance, now)
  }

  /** Puts an instance on the agenda, for its next instant or for the end of its holder's lease. */
  #reschedule(instance: Instance.Instance, now: number): void {
    const { registered, state } = instance
    const {
      claim: { owner: claimOwner }
    } = state
    // a run that was enqueued and is over is nothing to be held in memory
    if (registered.job.payload !== null && JobState.isFinished(state)) this.instances.remove(state)
    this.#waiters.leave(instance)
    if (claimOwner === null) {
      this.#wakes.set(instance, isMismatched(instance) ? null : Instance.dueAt(instance))
    } else {
      instance.phase = "held"
      this.#wakes.set(instance, this.isGone(claimOwner) ? now : now + this.#leaseMs)
    }
    this.#release(instance, now)
  }

  /** An instance has changed, for which others may have waited: those that wait for nothing else are due. */
  #release(instance: Instance.Instance, now: number): void {
    for (const dependent of this.#waiters.changed(instance)) {
      dependent.runThrough = instance.runThrough
      if (this.#isEmptied) this.#wakes.set(dependent, dependent.state.position.nextAt)
      else if (!this.#isMissed(dependent, now)) this.#enter(dependent, instance.generation)
    }
  }

  /** Notes what was missed; then the instance is looked at again. */
  #isMissed(instance: Instance.Instance, now: number): boolean {
    const { registered, state } = instance
    if (state.position.cadence.unanswered !== undefined) {
      // nothing was planned, so nothing is missed and nothing runs: the schedule is asked
      instance.skipReason = Line.notStepped
      return false
    }
    const { cadence, missed, windowMs } = registered
    const toleranceMs = windowMs + Math.min(this.#toleranceMs, missed.withinMs)
    const way = Occurrence.retryYields(registered, state, now)
    if (way !== null) {
      const line = Line.ofYieldedRetry(state, now, way)
      this.#enterLog(instance, line, now)
      return true
    }
    // what waited for others was seen in time, and is only late
    if (state.position.nextAt !== null && instance.metAt > state.position.nextAt && now - instance.metAt <= toleranceMs)
      return false
    if (instance.catchUpAt !== null && now - instance.catchUpAt <= toleranceMs) return false
    if (instance.deferredByBudget || this.#wasBusy(instance, now)) return false
    const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs })
    instance.skipReason = null
    if (finding === null || finding.count === 0) return false

    const reason = this.#catchUp.reasonOf(instance, finding.first, now - finding.first > toleranceMs)
    if (finding.run === null && cadence._tag === "Schedule") {
      // only the schedule knows its next instant, and it is asked at the end of a run
      instance.skipReason = reason
      return false
    }
    const line = Line.ofMissed(
      state,
      finding,
      { reason, now },
      Missed.catchUp(cadence, state.position.cadence, finding)
    )
    this.#enterLog(instance, line, now)
    return true
  }

  /** True where its instant came while a run of it went on that did not cover it: it is only late. */
  #wasBusy(
    {
      overlappingRun,
      state: {
        position: { nextAt }
      }
    }: Instance.Instance,
    now: number
  ): boolean {
    if (overlappingRun === null || nextAt === null) return false
    return nextAt >= overlappingRun.from && nextAt <= overlappingRun.to && now - overlappingRun.to <= this.#toleranceMs
  }

  #enterLog(instance: Instance.Instance, line: LogEntry, now: number): void {
    const generation = this.onceCalls.current
    this.onceCalls.open(generation)
    this.#change(instance, { ...this.#withEntry(instance, line), generation }, now)
  }

  #withEntry({ registered, state }: Instance.Instance, line: LogEntry): Change {
    const after = JobState.applyEntry(state, line)
    const alert = alertOf(state, after, registered.job.alertAfter)
    if (alert !== null) this.alerts.set(line, alert)
    return { state: after, entries: [line] }
  }

  /** Notes the instants that a claim taken now has overtaken. */
  #overtake(instance: Instance.Instance, now: number): void {
    const { registered } = instance
    const { cadence, missed } = registered
    const way = Occurrence.retryYields(registered, instance.state, now)
    if (way !== null) {
      const line = Line.ofYieldedRetry(instance.state, now, way)
      this.#outbox.add(instance, this.#withEntry(instance, line))
    }
    const { state } = instance
    const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs: Number.POSITIVE_INFINITY })
    if (finding === null || finding.count === 0) return
    const next = Missed.catchUp(cadence, state.position.cadence, finding)
    const line = Line.ofMissed(state, finding, { reason: overtaken, now }, next)
    this.#outbox.add(instance, { state: JobState.applyEntry(state, line), entries: [line] })
  }

  #queue(instance: Instance.Instance, dueBy: number): void {
    instance.runThrough = dueBy
    this.#enter(instance, this.onceCalls.current)
  }

  #enter(instance: Instance.Instance, generation: number): void {
    instance.phase = "due"
    instance.generation = generation
    this.onceCalls.open(generation)
    this.#lanes.add(instance)
  }
}

/** The texts that every instance of a job has are held once. */
const sharing = ({ cadence: { definition }, job }: Registered, state: JobState.JobState): JobState.JobState => {
  const { position } = state
  const isOwn = position.cadence.definition === definition
  const shared = isOwn ? { ...position, cadence: { ...position.cadence, definition } } : position
  return { ...state, jobName: job.name, position: shared }
}

const none: ReadonlyArray<never> = []

const never = () => false

/** Whether an instance is among what was refused: mostly nothing is. */
const among = ({ claims, saves }: Refused): ((ref: Ref) => boolean) => {
  if (claims.length + saves.length === 0) return never
  const ids = new Set([...saves, ...claims].map(({ state }) => idOf(state)))
  return (ref) => ids.has(idOf(ref))
}

const refOf = ({ jobName, key }: Ref): Ref => ({ jobName, key })

// most instances are the only one of their job: its name will do, and is there already
const idOf = ({ jobName, key }: Ref): string => (key === "" ? jobName : `${jobName}\u0000${key}`)

const startedOf = (instance: Instance.Instance, at: number): Started => ({
  instance,
  run: Instance.runOf(instance, at),
  token: instance.state.claim.token
})

const isMismatched = ({ registered, state }: Instance.Instance): boolean =>
  Plan.definitionMismatch(registered, state) !== null

/** Planned by an older version, or by another definition of the same. */
const isOutdated = (instance: Instance.Instance): boolean =>
  isMismatched(instance) && (instance.state.position.cadence.version ?? 1) <= instance.registered.job.version

/** Its own instant has come, and it was not found to be missed. */
const isSeenInTime = (
  {
    skipReason,
    state: {
      position: { nextAt, paused }
    }
  }: Instance.Instance,
  now: number
): boolean => paused === null && nextAt !== null && nextAt <= now && skipReason === null

const isNotClaimed = ({ phase }: Instance.Instance): boolean =>
  phase === "waiting" || phase === "held" || phase === "due"

const isInLane = ({ phase }: Instance.Instance): boolean => phase === "due" || phase === "claimed"
