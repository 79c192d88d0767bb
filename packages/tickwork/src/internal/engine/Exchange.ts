/**
 * Reads requests, leases and other processes' changes from the store, and writes claims and log entries to it.
 *
 * It takes one step at a time in the driver's turn, and drops nothing that a failing store did not take.
 *
 * @internal
 */
import { type Cause, type Clock, Effect, Option } from "effect"
import { type StoredRequest, toText } from "../../Control.ts"
import { JobStore, type Ref, type Service, type StoreError } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Run from "../../Run.ts"
import type { Alert, Recovered, TickEvent } from "../../TickEvent.ts"
import * as DurationText from "../DurationText.ts"
import * as Admissions from "./Admissions.ts"
import * as Claims from "./Claims.ts"
import type { ClockWatch } from "./ClockWatch.ts"
import * as Collect from "./Collect.ts"
import * as Control from "./Control.ts"
import { Delays } from "./Delays.ts"
import type { Engine } from "./Engine.ts"
import * as ErrorText from "./ErrorText.ts"
import * as Forgetting from "./Forgetting.ts"
import type { Hearing } from "./Hearing.ts"
import type { Instance } from "./Instance.ts"
import * as Leases from "./Leases.ts"
import * as Notices from "./Notices.ts"
import * as Outcome from "./Outcome.ts"
import * as Placing from "./Placing.ts"
import * as Releases from "./Releases.ts"
import * as Reschedule from "./Reschedule.ts"
import { nowOf, type Runner } from "./Runner.ts"
import * as Startup from "./Startup.ts"
import * as Stranded from "./Stranded.ts"

/** Whether a step did something. */
export const done = Effect.succeed(true)
export const nothing = Effect.succeed(false)

/** One effect after another; often there is nothing to do first. */
export const after = <A, E, E2>(first: Effect.Effect<void, E2>, then: Effect.Effect<A, E>): Effect.Effect<A, E | E2> =>
  first === Effect.void ? then : Effect.zipRight(first, then)

export interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly store: Service
  readonly watch: ClockWatch
  readonly hearing: Hearing
  /** The mark of the requests that the engine was opened with. */
  readonly mark: number
  readonly publish: (event: TickEvent) => void
  /** Calls the application's handler without waiting for it. */
  readonly onAlert: (alert: Alert | Recovered) => void
}

export class Exchange {
  readonly #options: Options
  /** The entries that each caller of `once` collects. */
  readonly sinks = new Set<Array<LogEntry>>()
  /** When requests have to be read although nothing was heard. */
  #readAt = Number.POSITIVE_INFINITY
  /** When requests were last read, and up to where. */
  #lastReadAt: number
  #mark: number
  /** Instances that another process changed: they are read before the next step. */
  readonly #unread: Array<Ref> = []
  readonly #delays = new Delays()

  constructor(options: Options) {
    this.#options = options
    this.#lastReadAt = options.engine.openedAt
    this.#mark = options.mark
  }

  /** When requests are read next. */
  get readAt(): number {
    const { everyMs, hasHeard } = this.#options.hearing
    return hasHeard ? Number.NEGATIVE_INFINITY : Math.min(this.#readAt, this.#lastReadAt + everyMs)
  }

  /** When claims are renewed next; infinity where this process holds none. */
  get renewAt(): number {
    const { held, renewAt } = this.#options.engine
    return held.size > 0 ? renewAt : Number.POSITIVE_INFINITY
  }

  get hasUnread(): boolean {
    return this.#unread.length + this.#options.engine.heldElsewhere.length > 0
  }

  /** Requests are read by this time at the latest. */
  readBy(at: number): void {
    this.#readAt = Math.min(this.#readAt, at)
  }

  mustReadRequests(now: number): boolean {
    return this.readAt <= now || this.#options.engine.requests.isBehind
  }

  /** Notices a clock that was moved. */
  checkClock(clock: Clock.Clock, now: number): Effect.Effect<void> {
    const { engine, publish, watch } = this.#options
    const jump = watch.look(clock, now)
    if (jump === null) return Effect.void
    const { byMs } = jump
    Collect.jumped(engine, jump, now)
    engine.renewAt = Math.min(engine.renewAt, now)
    if (byMs < 0) {
      this.#readAt += byMs
      this.#lastReadAt += byMs
    }
    publish({ _tag: "ClockJumped", at: now, byMs })
    return Effect.logWarning(
      byMs > 0
        ? `The clock jumped ahead by ${DurationText.of(byMs)}, or the machine was suspended`
        : `The clock was set back by ${DurationText.of(-byMs)}: what no calendar names moves with it`
    )
  }

  /** Processes pending requests; those that have to wait for their instance stay. */
  processAll(clock: Clock.Clock, now: number): void {
    const { engine, runner } = this.#options
    if (engine.requests.waiting.length === 0 || engine.requests.isBehind) return
    const turn = Control.turn(engine, now)
    engine.requests.waiting = engine.requests.waiting.filter((request) => {
      const outcome = Control.process(engine, request, turn)
      if (outcome._tag === "CutShort") runner.cancel(outcome.started, request)
      if (outcome._tag === "CallOff") runner.conclude(outcome.started, Outcome.control(toText(request)), clock, request)
      return outcome._tag === "Later"
    })
  }

  write(clock: Clock.Clock, now: number): Effect.Effect<boolean, StoreError> {
    const { engine } = this.#options
    if (engine.mustRenew(now)) return Effect.as(this.#renew(now), true)
    this.#delays.check(engine, now)
    if (engine.notices.length > 0) return Effect.as(this.tell, true)
    if (Placing.isDue(engine)) return Effect.as(Placing.place(engine, this.#options.store, clock), true)
    if (this.mustReadRequests(now)) return Effect.as(this.#readRequests(clock, now), true)
    if (this.hasUnread) return this.readAgain(clock, now)
    if (engine.presence.isStale) return Effect.as(this.#attend(now), true)
    const outdated = Collect.outdated(engine)
    if (outdated.length > 0) return this.#replan(outdated, now)
    if (engine.admissions.length + engine.obsolete.length > 0) return Effect.as(this.#admit(now), true)
    const forget = Control.nextDeletion(engine)
    if (forget !== undefined) return Effect.as(this.#forget(forget, now), true)
    const expired = engine.expired.shift()
    if (expired !== undefined) return Effect.as(this.#expire(expired, now), true)
    const pending = Claims.pending(engine, now)
    if (pending !== undefined) return this.#commit(pending, now)
    return this.mustAttend(clock) ? Effect.as(this.#attend(now), true) : nothing
  }

  /** True where this process has to say that it lives, or to learn who else does, or what is its own, before it goes on. */
  mustAttend(clock: Clock.Clock): boolean {
    const { presence, share } = this.#options.engine
    return presence.isStale || share.isStale || presence.isDue(clock)
  }

  /** Reads who is alive; leaves jobs to newer releases, and takes those back that no newer one runs any more. */
  #attend(now: number): Effect.Effect<void, StoreError> {
    const { engine, publish, store } = this.#options
    const { presence } = engine
    return Effect.gen(this, function* () {
      const { left, regained } = yield* presence.attend
      engine.share.isStale = !engine.share.isAll
      const byMs = presence.takeDifference("listeners")
      if (byMs !== null) publish({ _tag: "ClockDiffers", byMs })
      yield* Releases.warnOfClock(presence)
      for (const jobName of left) {
        Releases.leave(engine, jobName, now)
        publish({ _tag: "JobLeft", jobName, why: presence.why(jobName) ?? "" })
        yield* Effect.logWarning(Releases.leftWarning(presence, jobName))
      }
      for (const jobName of new Set([...regained, ...presence.unmoved])) {
        if (presence.leaves(jobName)) continue
        yield* Effect.provideService(Startup.takeOver(presence, jobName), JobStore, store)
        if (regained.includes(jobName)) {
          publish({ _tag: "JobRegained", jobName })
          yield* Effect.logInfo(`Job "${jobName}" is run here again: no newer release of it is alive`)
        }
        if (!regained.includes(jobName) && presence.unmoved.has(jobName)) continue
        const which = engine.registry.get(jobName)?.job.payload === null ? "all" : "unfinished"
        const states = yield* engine.share.load(store, [jobName], which)
        Releases.takeOver(engine, jobName, states, nowOf(yield* Effect.clock))
        this.readBy(now)
      }
    })
  }

  /** Plans instances again that another definition planned. */
  #replan(outdated: ReadonlyArray<Instance>, now: number): Effect.Effect<boolean> {
    const stored = outdated.map(({ registered, state }) => [registered, state] as const)
    const { presence, settings } = this.#options.engine
    const span = { now, presence, toleranceMs: settings.toleranceMs }
    return Effect.map(Reschedule.changed(stored, span, Reschedule.stepLater(now)), (saves) => {
      for (const save of saves) Collect.rescheduled(this.#options.engine, save, now)
      this.readBy(now)
      return true
    })
  }

  #readRequests(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, hearing, store } = this.#options
    const isTold = hearing.hasHeard || this.#lastReadAt + hearing.everyMs <= now
    hearing.hasHeard = false
    const among = engine.share.requests([...engine.leaving].map(({ state }) => state))
    const read = Effect.tapError(store.requestsSince(this.#mark, among), () =>
      Effect.sync(() => {
        hearing.hasHeard = true
      })
    )
    return Effect.map(read, ({ mark, requests }) => {
      this.#readAt = Number.POSITIVE_INFINITY
      this.#lastReadAt = now
      this.#mark = mark
      if (isTold && engine.awaited.size > 0) engine.heldElsewhere.push(...Placing.awaited(engine))
      const stale = Control.sync(engine, requests, now)
      if (stale.length > 0) this.#unread.push(...stale)
      else this.processAll(clock, now)
    })
  }

  #admit(now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    Releases.dropAdmissions(engine)
    return Effect.flatMap(Admissions.create(engine, store, now), (entries) => this.publishEntries(entries))
  }

  #forget(request: StoredRequest, now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    return Effect.map(Forgetting.forget(engine, store, request, now), (isAnswered) => {
      // another process runs it
      if (!isAnswered) this.#unread.push(request)
    })
  }

  #expire(instance: Instance, now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    return Effect.map(Forgetting.expire(engine, store, instance, now), (isDone) => {
      // another process has forgotten it, or runs it
      if (!isDone) this.#unread.push(instance.state)
    })
  }

  #commit(pending: Claims.PendingWrite, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, publish, store } = this.#options
    // taking a claim starts its lease
    if (engine.held.size === 0) this.#renewFrom(now)
    return Effect.flatMap(store.commit(pending.batch), (refused) => {
      const published = this.publishEntries(Claims.written(engine, pending, refused))
      for (const { state } of refused.saves) publish({ _tag: "ClaimLost", jobName: state.jobName, key: state.key })
      const passedOver = Leases.passOver(engine, refused.claims, now)
      for (const { state } of [...refused.saves, ...passedOver]) this.#unread.push(state)
      return after(published, done)
    })
  }

  /** Tells what was found. */
  readonly tell: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(
      this.#options.engine.notices.splice(0),
      ({ event, warning }) => {
        this.#options.publish(event)
        return warning === null ? Effect.void : Effect.logWarning(warning)
      },
      { discard: true }
    )
  )

  /** Publishes committed entries, with their alerts and errors. */
  publishEntries(entries: ReadonlyArray<LogEntry>): Effect.Effect<void> {
    const { engine, onAlert, publish } = this.#options
    for (const entry of entries) {
      for (const sink of this.sinks) sink.push(entry)
      publish(Notices.recorded(entry, engine.causes.get(entry)))
      const alert = engine.alerts.get(entry)
      if (alert === undefined) continue
      publish(alert)
      onAlert(alert)
    }
    const errors = entries.some(hasError)
      ? Effect.forEach(entries.filter(hasError), (entry) => logError(entry, engine.causes.get(entry)), {
          discard: true
        })
      : Effect.void
    const ended = entries.filter(({ position }) => position.nextAt === null)
    if (ended.length === 0) return errors
    const warnings = ended.flatMap((entry) => Stranded.warnings(engine, engine.instances.find(entry)))
    return Effect.zipRight(
      errors,
      Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true })
    )
  }

  /** Reads instances that another process changed or holds, and takes over lost runs. */
  readAgain(clock: Clock.Clock, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, runner, store } = this.#options
    const unread = this.#unread.length
    const taken = [...engine.heldElsewhere]
    const held = taken.filter(({ phase }) => phase === "held" || phase === "waiting")
    const refs = [...this.#unread, ...held.map(({ state }) => state)]
    return Effect.map(store.get(refs), (states) => {
      // the answer may have taken long: what it says may be as old as the question, and as new as the answer
      const readAt = nowOf(clock)
      this.#unread.splice(0, unread)
      engine.heldElsewhere.splice(0, taken.length)
      const lost = Leases.expired(engine, held, states, now)
      for (const [instance, state] of lost) {
        if (state.unreadable !== undefined) {
          Leases.leave(engine, instance, state)
          continue
        }
        const error = engine.isGone(state) ? "its process ended before it did" : "its owner did not renew its claim"
        runner.conclude(Leases.takeOver(engine, instance, state), Outcome.cutShort(error), clock)
      }
      const others = refs.filter((ref) => !lost.has(engine.instances.find(ref) as Instance))
      const passedOn = new Set(Leases.reload(engine, others, states, readAt))
      if (passedOn.size > 0) runner.drop((instance) => passedOn.has(instance))
      return true
    })
  }

  #renewFrom(now: number): void {
    const { engine } = this.#options
    engine.renewAt = now + engine.settings.leaseMs / 3
  }

  #renew(now: number): Effect.Effect<void, StoreError> {
    const { engine, publish, runner, store } = this.#options
    return Effect.map(store.renew(Claims.holdings(engine)), (lost) => {
      this.#renewFrom(now)
      if (lost.length === 0) return
      runner.drop(({ state }) => lost.some(({ jobName, key }) => jobName === state.jobName && key === state.key))
      for (const { jobName, key } of lost) publish({ _tag: "ClaimLost", jobName, key })
      this.#unread.push(...lost)
    })
  }
}

const hasError = ({ error }: LogEntry): boolean => error !== null

const logError = (
  { attempt, error, jobName, key, scheduledAt, status, trigger }: LogEntry,
  cause?: Cause.Cause<unknown>
): Effect.Effect<void> =>
  Effect.logError(
    `Job "${jobName}" ended as ${status}: ${error}`,
    ...(cause === undefined ? [] : Option.toArray(ErrorText.showable(cause)))
  ).pipe(
    Effect.annotateLogs({
      job: jobName,
      ...(key === "" ? {} : { key }),
      run: Run.keyOf(jobName, key, scheduledAt, trigger),
      attempt
    })
  )
