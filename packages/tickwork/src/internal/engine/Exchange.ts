/**
 * What the engine exchanges with its store: requests, claims, records, leases, and what other processes have changed.
 *
 * One step at a time, in a turn that the driver has taken. A failing store loses nothing: what ended stays in memory
 * until it can be written.
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

/** What a step answers: whether it did something. */
const done = Effect.succeed(true)
const nothing = Effect.succeed(false)

export interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly store: Service
  readonly watch: ClockWatch
  readonly publish: (event: TickEvent) => void
  /** Calls the application's handler, which must not hold up the tick. */
  readonly onAlert: (alert: Alert | Recovered) => void
  /** The plans of instances that another definition has planned. */
  readonly replan: (instances: ReadonlyArray<Instance>, now: number) => Effect.Effect<ReadonlyArray<Save>>
  /** The first states of instances. */
  readonly begin: (instances: ReadonlyArray<Admission>, now: number) => Effect.Effect<ReadonlyArray<JobState>>
  readonly leaseMs: number
  /** How often requests of other processes are read; infinity where they never are. */
  readonly watchMs: number
  readonly requestsReadAt: number
}

export class Exchange {
  readonly #options: Options
  /** Where the callers of `once` gather the entries that are written meanwhile. */
  readonly sinks = new Set<Array<LogEntry>>()
  #renewAt = 0
  #readAt: number
  /** When requests were read last. */
  #heardAt: number
  /** Instances that another process has changed: they are read before the next step. */
  #unread: ReadonlyArray<Ref> = []

  constructor(options: Options) {
    this.#options = options
    this.#readAt = options.requestsReadAt + options.watchMs
    this.#heardAt = options.requestsReadAt
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

  /** Requests are read at this time at the latest. */
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
      this.#heardAt += byMs
    }
    publish({ _tag: "ClockJumped", at: now, byMs })
    return Effect.logWarning(
      byMs > 0
        ? `The clock jumped ahead by ${byMs} ms, or the machine was suspended`
        : `The clock was set back by ${-byMs} ms: what no calendar names moves with it`
    )
  }

  /** Does what was asked for; what has to wait for its instance is kept. */
  processAll(clock: Clock.Clock, now: number): void {
    const { engine, runner } = this.#options
    if (engine.requests.waiting.length === 0 || engine.requests.isBehind) return
    engine.requests.waiting = engine.requests.waiting.filter((request) => {
      const answered = Control.process(engine, request, now)
      if (answered._tag === "CutShort") runner.cancel(answered.started, request)
      if (answered._tag === "CallOff") runner.callOff(answered.started, request, clock)
      return answered._tag === "Later"
    })
  }

  write(clock: Clock.Clock, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, replan } = this.#options
    if (this.mustReadRequests(now)) return Effect.as(this.#readRequests(clock, now), true)
    if (engine.expiredLeases.length > 0) return Effect.as(this.#challenge(clock, now), true)
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
    return Effect.flatMap(store.pending(this.#heardAt - requestOverlapMs), (asked) => {
      this.#readAt = now + watchMs
      this.#heardAt = now
      const stale = Control.sync(engine, asked)
      if (stale.length > 0) return this.#reload(stale, now)
      this.processAll(clock, now)
      return Effect.void
    })
  }

  /** What is new begins; where somebody else was faster, it is as that one has stored it. */
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
    const answer = { id: request.id, at: now }
    const forgotten = Effect.flatMap(store.get([request]), ([state]) =>
      state === undefined
        ? Effect.as(store.add([], [answer]), true)
        : store.forget({ ...request, token: state.claim.token, seq: state.seq }, answer)
    )
    return Effect.flatMap(forgotten, (isForgotten) => {
      Control.deleted(engine, isForgotten, now)
      // another process runs it
      return isForgotten ? Effect.void : this.#reload([request], now)
    })
  }

  #commit(pending: Claims.PendingWrite, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, leaseMs, publish, store } = this.#options
    // a claim is as good as renewed when it is taken
    if (engine.claims === 0) this.#renewAt = now + leaseMs / 3
    return Effect.flatMap(store.commit(pending.batch), (refused) => {
      const told = this.publishEntries(Claims.written(engine, pending, refused))
      if (refused.saves.length + refused.claims.length === 0) {
        return told === Effect.void ? done : Effect.zipRight(told, done)
      }
      for (const { state } of refused.saves) publish({ _tag: "ClaimLost", jobName: state.jobName, key: state.key })
      const lost = [...refused.saves, ...refused.claims].map(({ state }) => state)
      return Effect.zipRight(told, Effect.as(this.#reload(lost, now), true))
    })
  }

  /** These lines are in the log. */
  publishEntries(runs: ReadonlyArray<LogEntry>): Effect.Effect<void> {
    const { engine, onAlert, publish } = this.#options
    for (const run of runs) {
      for (const sink of this.sinks) sink.push(run)
      publish({ _tag: "RunRecorded", run })
      const alert = engine.alerts.get(run)
      if (alert === undefined) continue
      publish(alert)
      onAlert(alert)
    }
    return runs.some(isWorthALine) ? Effect.forEach(runs.filter(isWorthALine), logRun, { discard: true }) : Effect.void
  }

  #reload(refs: ReadonlyArray<Ref>, now: number): Effect.Effect<void, StoreError> {
    this.#unread = [...this.#unread, ...refs]
    return this.readAnew(now)
  }

  readAnew(now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    const refs = this.#unread
    return Effect.map(store.get(refs), (states) => {
      this.#unread = []
      Leases.reload(engine, refs, states, now)
    })
  }

  /** A holder that is gone, or has not renewed for a whole lease, has lost its claim; any other is given another lease. */
  #challenge(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, runner, store } = this.#options
    const challenged = Leases.takeExpired(engine)
    if (challenged.length === 0) return Effect.void
    return Effect.map(store.get(challenged.map(({ state }) => state)), (states) => {
      const silent = Leases.stillExpired(engine, challenged, states)
      for (const [instance, state] of silent) {
        const error = engine.isGone(state.claim.owner)
          ? "its process ended before it did"
          : "its owner did not renew its claim"
        runner.conclude(Leases.takeOver(engine, instance, state), error, clock)
      }
      Leases.reload(
        engine,
        challenged.filter((instance) => !silent.has(instance)).map(({ state }) => state),
        states,
        now
      )
    }).pipe(Effect.onError(() => Effect.sync(() => Leases.returnExpired(engine, challenged))))
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

const isWorthALine = ({ error }: LogEntry): boolean => error !== null

const logRun = ({ attempt, error, jobName, key, scheduledAt, status, trigger }: LogEntry): Effect.Effect<void> =>
  Effect.logError(`Job "${jobName}" ended as ${status}: ${error}`).pipe(
    Effect.annotateLogs({
      job: jobName,
      ...(key === "" ? {} : { key }),
      run: Run.keyOf(jobName, key, scheduledAt, trigger),
      attempt
    })
  )
