/**
 * Reads requests, leases and other processes' changes from the store, and writes claims and log entries to it.
 *
 * It takes one step at a time in the driver's turn, and drops nothing that a failing store did not take.
 *
 * @internal
 */
import { type Clock, Effect } from "effect"
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { Ref, Save, Service, StoreError } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Run from "../../Run.ts"
import type { Alert, Recovered, TickEvent } from "../../TickEvent.ts"
import * as Claims from "./Claims.ts"
import type { ClockWatch } from "./ClockWatch.ts"
import * as Collect from "./Collect.ts"
import * as Control from "./Control.ts"
import type { Admission, Engine } from "./Engine.ts"
import type { Instance } from "./Instance.ts"
import * as Leases from "./Leases.ts"
import type { Runner } from "./Runner.ts"
import { requestOverlapMs } from "./Tuning.ts"

/** Whether a step did something. */
const done = Effect.succeed(true)
const nothing = Effect.succeed(false)

export interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly store: Service
  readonly watch: ClockWatch
  readonly publish: (event: TickEvent) => void
  /** Calls the application's handler without waiting for it. */
  readonly onAlert: (alert: Alert | Recovered) => void
  /** New plans for instances that another definition planned. */
  readonly replan: (instances: ReadonlyArray<Instance>, now: number) => Effect.Effect<ReadonlyArray<Save>>
  /** The first states of instances. */
  readonly begin: (instances: ReadonlyArray<Admission>, now: number) => Effect.Effect<ReadonlyArray<JobState>>
  readonly leaseMs: number
  /** How often requests of other processes are read; infinity for never. */
  readonly watchMs: number
  readonly requestsReadAt: number
}

export class Exchange {
  readonly #options: Options
  /** The entries that each caller of `once` collects. */
  readonly sinks = new Set<Array<LogEntry>>()
  #renewAt = 0
  #readAt: number
  /** When requests were last read. */
  #lastReadAt: number
  /** Instances that another process changed: they are read before the next step. */
  #unread: ReadonlyArray<Ref> = []

  constructor(options: Options) {
    this.#options = options
    this.#readAt = options.requestsReadAt + options.watchMs
    this.#lastReadAt = options.requestsReadAt
  }

  /** When requests are read next. */
  get readAt(): number {
    return this.#readAt
  }

  /** When claims are renewed next; infinity where this process holds none. */
  get renewAt(): number {
    return this.#options.engine.claims > 0 ? this.#renewAt : Number.POSITIVE_INFINITY
  }

  get hasUnread(): boolean {
    return this.#unread.length > 0
  }

  /** Requests are read by this time at the latest. */
  readBy(at: number): void {
    this.#readAt = Math.min(this.#readAt, at)
  }

  mustReadRequests(now: number): boolean {
    return this.#readAt <= now || this.#options.engine.requests.isBehind
  }

  /** Notices a clock that was moved. */
  checkClock(clock: Clock.Clock, now: number): Effect.Effect<void> {
    const { engine, publish, watch } = this.#options
    const jump = watch.look(clock, now)
    if (jump === null) return Effect.void
    const { byMs } = jump
    Collect.jumped(engine, jump, now)
    this.#renewAt = Math.min(this.#renewAt, now)
    if (byMs < 0) {
      this.#readAt += byMs
      this.#lastReadAt += byMs
    }
    publish({ _tag: "ClockJumped", at: now, byMs })
    return Effect.logWarning(
      byMs > 0
        ? `The clock jumped ahead by ${byMs} ms, or the machine was suspended`
        : `The clock was set back by ${-byMs} ms: what no calendar names moves with it`
    )
  }

  /** Processes pending requests; those that have to wait for their instance stay. */
  processAll(clock: Clock.Clock, now: number): void {
    const { engine, runner } = this.#options
    if (engine.requests.waiting.length === 0 || engine.requests.isBehind) return
    engine.requests.waiting = engine.requests.waiting.filter((request) => {
      const outcome = Control.process(engine, request, now)
      if (outcome._tag === "CutShort") runner.cancel(outcome.started, request)
      if (outcome._tag === "CallOff") runner.callOff(outcome.started, request, clock)
      return outcome._tag === "Later"
    })
  }

  write(clock: Clock.Clock, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, replan } = this.#options
    if (this.mustReadRequests(now)) return Effect.as(this.#readRequests(clock, now), true)
    if (engine.expiredLeases.length > 0) return Effect.as(this.#checkExpired(clock, now), true)
    const outdated = Collect.outdated(engine)
    if (outdated.length > 0) {
      return Effect.map(replan(outdated, now), (saves) => {
        for (const save of saves) Collect.rescheduled(engine, save, now)
        return true
      })
    }
    if (engine.admissions.length + engine.obsolete.length > 0) return Effect.as(this.#admit(now), true)
    const forget = Control.nextDeletion(engine)
    if (forget !== undefined) return Effect.as(this.#forget(forget, now), true)
    const pending = Claims.pending(engine, now)
    if (pending !== undefined) return this.#commit(pending, now)
    return engine.claims > 0 && now >= this.#renewAt ? Effect.as(this.#renew(now), true) : nothing
  }

  #readRequests(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, store, watchMs } = this.#options
    return Effect.flatMap(store.pending(this.#lastReadAt - requestOverlapMs), (pending) => {
      this.#readAt = now + watchMs
      this.#lastReadAt = now
      const stale = Control.sync(engine, pending)
      if (stale.length > 0) return this.#reload(stale, now)
      this.processAll(clock, now)
      return Effect.void
    })
  }

  /** Creates new instances; where another process was faster, its row holds. */
  #admit(now: number): Effect.Effect<void, StoreError> {
    const { begin, engine, store } = this.#options
    const creations = Control.nextCreations(engine)
    const { admitted, obsolete } = creations
    const requests = [...admitted.flatMap(({ request }) => request ?? []), ...obsolete]
    const acknowledgements = requests.map(({ id }) => ({ id, at: now }))
    return begin(admitted, now).pipe(
      Effect.tap((states) => store.add(states, acknowledgements)),
      Effect.flatMap(store.get),
      Effect.map((states) => Control.created(engine, creations, states, now))
    )
  }

  #forget(request: StoredRequest, now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    const acknowledgement = { id: request.id, at: now }
    const forgotten = Effect.flatMap(store.get([request]), ([state]) =>
      state === undefined
        ? Effect.as(store.add([], [acknowledgement]), true)
        : store.forget({ ...request, token: state.claim.token, seq: state.seq }, acknowledgement)
    )
    return Effect.flatMap(forgotten, (isForgotten) => {
      Control.deleted(engine, isForgotten, now)
      // another process runs it
      return isForgotten ? Effect.void : this.#reload([request], now)
    })
  }

  #commit(pending: Claims.PendingWrite, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, leaseMs, publish, store } = this.#options
    // taking a claim starts its lease
    if (engine.claims === 0) this.#renewAt = now + leaseMs / 3
    return Effect.flatMap(store.commit(pending.batch), (refused) => {
      const published = this.publishEntries(Claims.written(engine, pending, refused))
      if (refused.saves.length + refused.claims.length === 0) {
        return published === Effect.void ? done : Effect.zipRight(published, done)
      }
      for (const { state } of refused.saves) publish({ _tag: "ClaimLost", jobName: state.jobName, key: state.key })
      const lost = [...refused.saves, ...refused.claims].map(({ state }) => state)
      return Effect.zipRight(published, Effect.as(this.#reload(lost, now), true))
    })
  }

  /** Publishes committed entries, with their alerts and errors. */
  publishEntries(entries: ReadonlyArray<LogEntry>): Effect.Effect<void> {
    const { engine, onAlert, publish } = this.#options
    for (const entry of entries) {
      for (const sink of this.sinks) sink.push(entry)
      publish({ _tag: "RunRecorded", run: entry })
      const alert = engine.alerts.get(entry)
      if (alert === undefined) continue
      publish(alert)
      onAlert(alert)
    }
    return entries.some(hasError) ? Effect.forEach(entries.filter(hasError), logError, { discard: true }) : Effect.void
  }

  #reload(refs: ReadonlyArray<Ref>, now: number): Effect.Effect<void, StoreError> {
    this.#unread = [...this.#unread, ...refs]
    return this.readAgain(now)
  }

  readAgain(now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    const refs = this.#unread
    return Effect.map(store.get(refs), (states) => {
      this.#unread = []
      Leases.reload(engine, refs, states, now)
    })
  }

  /** A holder that ended or did not renew for a whole lease loses its claim; any other holder keeps it. */
  #checkExpired(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, runner, store } = this.#options
    const expired = Leases.takeExpired(engine)
    if (expired.length === 0) return Effect.void
    return Effect.map(store.get(expired.map(({ state }) => state)), (states) => {
      const lost = Leases.stillExpired(engine, expired, states)
      for (const [instance, state] of lost) {
        const error = engine.isGone(state.claim.owner)
          ? "its process ended before it did"
          : "its owner did not renew its claim"
        runner.conclude(Leases.takeOver(engine, instance, state), error, clock)
      }
      Leases.reload(
        engine,
        expired.filter((instance) => !lost.has(instance)).map(({ state }) => state),
        states,
        now
      )
    }).pipe(Effect.onError(() => Effect.sync(() => Leases.returnExpired(engine, expired))))
  }

  #renew(now: number): Effect.Effect<void, StoreError> {
    const { engine, leaseMs, publish, runner, store } = this.#options
    this.#renewAt = now + leaseMs / 3
    return Effect.flatMap(store.renew(Claims.holdings(engine)), (lost) => {
      if (lost.length === 0) return Effect.void
      runner.drop(({ state }) => lost.some(({ jobName, key }) => jobName === state.jobName && key === state.key))
      for (const { jobName, key } of lost) publish({ _tag: "ClaimLost", jobName, key })
      return this.#reload(lost, now)
    })
  }
}

const hasError = ({ error }: LogEntry): boolean => error !== null

const logError = ({ attempt, error, jobName, key, scheduledAt, status, trigger }: LogEntry): Effect.Effect<void> =>
  Effect.logError(`Job "${jobName}" ended as ${status}: ${error}`).pipe(
    Effect.annotateLogs({
      job: jobName,
      ...(key === "" ? {} : { key }),
      run: Run.keyOf(jobName, key, scheduledAt, trigger),
      attempt
    })
  )
