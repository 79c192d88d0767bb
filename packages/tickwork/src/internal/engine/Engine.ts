/**
 * The engine's data: the instances of a registry, its queues, and what this process has claimed.
 *
 * The modules beside it change the data synchronously, so that no two callers interleave.
 *
 * @internal
 */
import type { Cause } from "effect"
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { Owner, Ref } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Plan from "../plan/Plan.ts"
import { forKey, type Registered } from "../plan/Registered.ts"
import type * as Attempt from "./Attempt.ts"
import { CatchUp } from "./CatchUp.ts"
import type * as Instance from "./Instance.ts"
import type * as KeyList from "./KeyList.ts"
import { Lanes } from "./Lanes.ts"
import { Listings } from "./Listings.ts"
import type { Notice } from "./Notices.ts"
import { OnceCalls } from "./OnceCalls.ts"
import { Outbox } from "./Outbox.ts"
import * as Outliving from "./Outliving.ts"
import type { Presence } from "./Presence.ts"
import { ProgressNotes } from "./ProgressNotes.ts"
import { Rates } from "./Rates.ts"
import { Requests } from "./Requests.ts"
import * as SeenClaim from "./SeenClaim.ts"
import type { Share } from "./Share.ts"
import * as SharedLimits from "./SharedLimits.ts"
import type { NewInstance } from "./Startup.ts"
import { Waiters } from "./Waiters.ts"
import { WakeQueue } from "./WakeQueue.ts"

/** An instance to create, and the request that enqueued it. */
export interface Admission extends NewInstance<never> {
  readonly request?: StoredRequest
}

/** From when on a wait or a run is too long, in ms. */
export interface DelayLimits {
  /** A wait for a slot. */
  readonly starvingMs: number
  /** A run without a timeout. */
  readonly stuckMs: number
  /** A run that outlasts three of its intervals. */
  readonly overrunMs: number
}

/** The options of a tick; times are in ms, infinity for none. */
export interface Settings {
  readonly places: Plan.SlotCapacities
  /** How long a call of `once` starts bodies. */
  readonly budgetMs: number
  readonly drainMs: number
  readonly leaseMs: number
  readonly toleranceMs: number
  readonly delays: DelayLimits
  /** The longest sleep: the clock is checked at least this often. */
  readonly longestSleepMs: number
}

export class Engine {
  readonly settings: Settings
  readonly owner: Owner
  readonly presence: Presence
  readonly share: Share
  readonly openedAt: number
  readonly instances = new InstanceMap<Instance.Instance>()
  /** Requests of this and other processes. */
  readonly requests: Requests
  readonly listings: Listings
  readonly registry: ReadonlyMap<string, Registered>
  readonly waiters: Waiters
  /** Instances to create with the next commit. */
  readonly admissions: Array<Admission> = []
  /** Requests about finished runs: they need an acknowledgement, and a retry plans its run again. */
  readonly obsolete: Array<StoredRequest> = []
  /** Instances whose keys have not been listed for so long that they are to be deleted. */
  readonly expired: Array<Instance.Instance> = []
  /** Requests to delete an instance. */
  readonly forgets: Array<StoredRequest> = []
  readonly wakes: WakeQueue
  readonly catchUp: CatchUp
  readonly lanes: Lanes
  /** The limits that other processes share; `null` where the registry has none. */
  readonly limits: ReadonlyMap<string, ReadonlyArray<SharedLimits.SharedLimit>> | null
  /** How many runs start in a time. */
  readonly rates: Rates
  /** Instances whose claim reached such a limit, and that were not read since. */
  readonly limitRefused = new WeakSet<Instance.Instance>()
  readonly outbox = new Outbox()
  /** What each call of `once` still waits for. */
  readonly onceCalls = new OnceCalls<Instance.Instance>()
  /** What was found and is not told yet. */
  readonly notices: Array<Notice> = []
  /** Instances that are due for the first time here, and with which another process goes first. */
  readonly passed = new Set<Instance.Instance>()
  /** Instances that another process held when they were last read, or had last: they are due to be read again. */
  readonly heldElsewhere: Array<Instance.Instance> = []
  /** The alert to publish once its entry is in the log. */
  readonly alerts = new WeakMap<LogEntry, Alert | Recovered>()
  /** Why an attempt failed, until its entry is in the log and told. */
  readonly causes = new WeakMap<LogEntry, Cause.Cause<unknown>>()
  /** Instances of which something is under way here, and that another process takes care of from then on. */
  readonly leaving = new Set<Instance.Instance>()
  /** True where such an instance was handed over, and the other processes have not heard of it yet. */
  hasHandedOver = false
  /** Instances that another process held when they were last read, and perhaps some that it does not hold any more. */
  readonly awaited = new Set<Instance.Instance>()
  /** Instances whose row could not be read when it was last read, and some that were read or deleted since. */
  readonly unreadable = new InstanceMap<Ref>()
  /** Instances that another definition has planned: they are planned again once no process holds them. */
  readonly outdated = new Set<Instance.Instance>()
  /** True while `run` drives it: a caller of `once` does not come back half a second later. */
  isPaced = false
  /** True after a drain: nothing starts until the next collect. */
  isEmptied = false
  /** How far running bodies are, as far as that is not stored yet. */
  readonly progress = new ProgressNotes()
  readonly running = new Map<Instance.Instance, Attempt.Started>()
  /** Running attempts that a request cancelled. */
  readonly cancelled = new WeakSet<Attempt.Started>()
  /** Committed entries not yet published. */
  readonly committed: Array<LogEntry> = []
  /** Instances that this process has claimed: about to start, running, or not settled. */
  readonly held: Set<Instance.Instance> = new Set()
  /** When its claims are renewed next: a third of a lease after they were taken or last renewed. */
  renewAt = 0
  /** Instances whose body another tick of this process has left, each with what ends the listening to it. */
  readonly outlived = new Map<Instance.Instance, () => void>()
  /** Wakes the waiting callers. */
  wake: () => void = () => {}

  constructor(options: {
    readonly registry: ReadonlyArray<Registered>
    readonly settings: Settings
    readonly owner: Owner
    readonly presence: Presence
    readonly share: Share
    readonly now: number
    readonly keys: ReadonlyMap<string, KeyList.Keys | null>
    readonly requests: ReadonlyArray<StoredRequest>
  }) {
    this.settings = options.settings
    this.owner = options.owner
    this.presence = options.presence
    this.share = options.share
    this.openedAt = options.now
    this.requests = new Requests(options.requests)
    this.lanes = new Lanes(options.settings.places)
    this.limits = SharedLimits.of(options.registry)
    this.rates = new Rates(options.registry)
    this.catchUp = new CatchUp(options.now)
    this.wakes = new WakeQueue(options.registry.some(({ windowMs }) => windowMs > 0))
    this.registry = new Map(options.registry.map((registered) => [registered.job.name, registered]))
    this.waiters = new Waiters(this.registry, this.instances)
    this.listings = new Listings(options.registry, options.keys, options.now)
  }

  /** The job of an instance, as its key has it. */
  registeredOf({ jobName, key, position }: JobState): Registered | undefined {
    const registered = this.registry.get(jobName)
    return registered && forKey(registered, key, this.listings.of(jobName)?.get(key), position.cadence.definition)
  }

  /** True where its claims are to be renewed before anything else: later on another process may have one of them. */
  mustRenew(now: number): boolean {
    return this.held.size > 0 && now >= this.renewAt
  }

  get isIdle(): boolean {
    return this.held.size + this.outbox.size + this.lanes.size === 0
  }

  /** True where a decision is not written yet. */
  get isOpen(): boolean {
    const { admissions, forgets, hasHandedOver, obsolete, outbox } = this
    return hasHandedOver || outbox.size + admissions.length + obsolete.length + forgets.length > 0
  }

  /** True where it does not run here: another process takes care of it, a newer release has the job, or another definition made its plan. */
  leaves({ registered, state }: Instance.Instance): boolean {
    const isOthers = this.presence.leaves(registered.job.name) || !this.share.has(state)
    return isOthers || Plan.definitionMismatch(registered, state) !== null
  }

  /** True where this process takes care of an instance, or has something of it under way. */
  isHere(ref: Ref): boolean {
    return this.share.has(ref) || this.instances.find(ref) !== undefined
  }

  /** True where another definition made its plan, and this process is to make a new one. */
  isOutdated({ registered, state }: Instance.Instance): boolean {
    const isOurs =
      state.unreadable === undefined && registered.invalid === null && !this.presence.leaves(registered.job.name)
    return isOurs && Plan.definitionMismatch(registered, state) !== null
  }

  /** True where the holder of a claim has certainly ended, and the body with it. */
  isGone(state: JobState): boolean {
    const { owner } = state.claim
    return owner !== null && this.owner.isGone(owner) && !Outliving.has(state)
  }

  /** True where the holder of a stored claim has ended, or has not renewed it for a whole lease. */
  isLost({ seenClaim }: Instance.Instance, state: JobState, now: number): boolean {
    return SeenClaim.isExpired(seenClaim, state.claim, this.settings.leaseMs, now) || this.isGone(state)
  }

  /** True where a holder that may live has a claim on a row that cannot be read. */
  isHeldUnread(instance: Instance.Instance | undefined, state: JobState, now: number): boolean {
    if (state.unreadable === undefined || state.claim.owner === null) return false
    return instance === undefined ? !this.isGone(state) : !this.isLost(instance, state, now)
  }
}
