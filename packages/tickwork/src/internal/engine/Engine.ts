/**
 * The engine's data: the instances of a registry, its queues, and what this process has claimed.
 *
 * The modules beside it are its verbs, by theme. They are synchronous and run between two suspensions, so that no two
 * callers interleave.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import type { ClaimLimit } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"
import { InstanceMap } from "../InstanceMap.ts"
import type * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import type * as Attempt from "./Attempt.ts"
import { CatchUp } from "./CatchUp.ts"
import type * as Instance from "./Instance.ts"
import { Lanes } from "./Lanes.ts"
import { Listings } from "./Listings.ts"
import { OnceCalls } from "./OnceCalls.ts"
import { Outbox } from "./Outbox.ts"
import { Requests } from "./Requests.ts"
import * as SharedLimits from "./SharedLimits.ts"
import type { NewInstance } from "./Startup.ts"
import { Waiters } from "./Waiters.ts"
import { WakeQueue } from "./WakeQueue.ts"

/** An instance that begins, and the request that enqueued it. */
export interface Admission extends NewInstance<never> {
  readonly request?: StoredRequest
}

export class Engine {
  readonly instances = new InstanceMap<Instance.Instance>()
  /** Requests of this and other processes. */
  readonly requests: Requests
  readonly listings: Listings
  readonly registry: ReadonlyMap<string, Registered>
  readonly waiters: Waiters
  /** Instances that begin with the next commit. */
  readonly admissions: Array<Admission> = []
  /** Requests about runs that are over: nothing remains to be done. */
  readonly obsolete: Array<StoredRequest> = []
  /** Requests that an instance be forgotten. */
  readonly forgets: Array<StoredRequest> = []
  readonly wakes: WakeQueue
  readonly catchUp: CatchUp
  readonly places: Plan.SlotCapacities
  readonly lanes: Lanes
  /** The limits that other processes share; `null` where the registry has none. */
  readonly limits: ReadonlyMap<Registered, ReadonlyArray<ClaimLimit>> | null
  /** Claims with such limits that were refused, and not read since. */
  readonly limitRefused = new WeakSet<Instance.Instance>()
  readonly owner: string
  readonly leaseMs: number
  readonly toleranceMs: number
  readonly outbox = new Outbox()
  /** Which calls of `once` wait for what. */
  readonly onceCalls = new OnceCalls()
  /** Instances whose holder has not been seen to renew for a whole lease. */
  readonly expiredLeases: Array<Instance.Instance> = []
  /** What to publish once an entry is in the log. */
  readonly alerts = new WeakMap<LogEntry, Alert | Recovered>()
  /** Another process ran an older plan at start-up, or was faster: these are planned again once they are free. */
  readonly outdated = new Set<Instance.Instance>()
  /** Nothing starts until the next collect. */
  isEmptied = false
  readonly ownerIsGone: (owner: string) => boolean
  readonly running = new Map<Instance.Instance, Attempt.Started>()
  /** Runs that a request has cancelled. */
  readonly cancelled = new WeakSet<Attempt.Started>()
  /** Committed entries not yet published. */
  readonly committed: Array<LogEntry> = []
  /** What this process holds a claim on: about to start, running, or not settled. */
  readonly held: Set<Instance.Instance> = new Set()

  constructor(options: {
    readonly registry: ReadonlyArray<Registered>
    readonly places: Plan.SlotCapacities
    readonly owner: string
    readonly leaseMs: number
    readonly toleranceMs: number
    readonly now: number
    readonly isGone: (owner: string) => boolean
    readonly requests: ReadonlyArray<StoredRequest>
  }) {
    this.ownerIsGone = options.isGone
    this.requests = new Requests(options.requests)
    this.places = options.places
    this.lanes = new Lanes(options.places)
    this.limits = SharedLimits.of(options.registry)
    this.owner = options.owner
    this.leaseMs = options.leaseMs
    this.toleranceMs = options.toleranceMs
    this.catchUp = new CatchUp(options.now)
    this.wakes = new WakeQueue(options.registry.some(({ windowMs }) => windowMs > 0))
    this.registry = new Map(options.registry.map((registered) => [registered.job.name, registered]))
    this.waiters = new Waiters(this.registry, this.instances)
    this.listings = new Listings(options.registry, options.now)
  }

  /** The earliest instant at which something becomes due; infinity when nothing will. */
  get nextAt(): number {
    return this.wakes.nextAt
  }

  /** The latest instant to which everything that becomes due can wait. */
  get wakeAt(): number {
    return this.wakes.wakeAt
  }

  /** How many are due and have not begun. */
  get due(): number {
    return this.lanes.size
  }

  /** When something that waits for its places may get them, though nothing has ended. */
  get reorderAt(): number {
    return this.lanes.reorderAt
  }

  /** True where its own instant has come, and it waits for others to end. */
  isWaiting(instance: Instance.Instance): boolean {
    return this.waiters.has(instance)
  }

  /** How many claims this process holds. */
  get claims(): number {
    return this.held.size
  }

  get isIdle(): boolean {
    return this.held.size + this.outbox.size + this.lanes.size === 0
  }

  /** True where something is decided, and not written yet. */
  get isOpen(): boolean {
    return this.outbox.size + this.admissions.length + this.obsolete.length + this.forgets.length > 0
  }

  /** True where the process of an owner has ended for certain. */
  isGone(owner: string | null): boolean {
    return owner !== null && this.ownerIsGone(owner)
  }

  /** When its run in this process began; `null` when none goes on. */
  runningSince(instance: Instance.Instance): number | null {
    return this.running.get(instance)?.run.startedAt ?? null
  }
}
