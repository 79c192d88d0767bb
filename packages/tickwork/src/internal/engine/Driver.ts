/**
 * Drives the engine: starts bodies, commits what ended and sleeps until something is due.
 *
 * Any number of callers may drive at once; the last to leave drains. A failing store loses nothing: what ended stays
 * in memory until it can be written. It never starts a body whose claim is not in the store.
 *
 * @internal
 */
import { type Clock, Duration, Effect, Exit } from "effect"
import type { Request, StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { Ref, Save, Service, StoreError } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Run from "../../Run.ts"
import type { Alert, Recovered, TickEvent } from "../../TickEvent.ts"
import type { TickHealth } from "../../TickHealth.ts"
import * as ErrorText from "../ErrorText.ts"
import { type ClockWatch, passedMs } from "./ClockWatch.ts"
import type { Admission, Engine, PendingWrite } from "./Engine.ts"
import type { Instance } from "./Instance.ts"
import type { Instruments } from "./Instruments.ts"
import { Mutex } from "./Mutex.ts"
import { type Budget, type Driving, isSpent, nowOf, type Runner } from "./Runner.ts"
import * as Status from "./Status.ts"

/** What waits for places that others share gains on them now and then: nobody wakes for it more often than this. */
const reorderMs = 1000

/** How long an interrupted body may take to let go, before the drain goes on without it. */
const graceMs = 1000

/** Requests made inside a transaction are looked for after this time, since none should take longer. */
const transactionalRequestMs = 1000

/** What another process has done is written down within this time, and its clock says no other time than that. */
const requestOverlapMs = 60_000

/** Who takes a turn may take so many, where nobody else waits for one: then it hears of being interrupted. */
const turnsAtOnce = 8

/** Something was done, or nothing was to do. */
const done = Effect.succeed(true)
const nothing = Effect.succeed(false)

const backoffMs = { first: 1000, longest: 60_000 }

export interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly store: Service
  readonly watch: ClockWatch
  readonly publish: (event: TickEvent) => void
  readonly instruments: Instruments
  /** Tells somebody, who must not hold up the tick. */
  readonly onAlert: (alert: Alert | Recovered) => void
  /** The plans of instances that another definition has planned. */
  readonly replan: (instances: ReadonlyArray<Instance>, now: number) => Effect.Effect<ReadonlyArray<Save>>
  /** The first states of instances. */
  readonly begin: (instances: ReadonlyArray<Admission>, now: number) => Effect.Effect<ReadonlyArray<JobState>>
  /** For how long a call of `once` begins bodies; infinity where it begins all that it finds. */
  readonly budgetMs: number
  readonly drainMs: number
  readonly leaseMs: number
  /** However far away the next instant is: a clock that jumps is noticed within this time. */
  readonly longestSleepMs: number
  /** How often it looks for what other processes have asked for; infinity where it does not. */
  readonly watchMs: number
  readonly requestsReadAt: number
}

interface Turn {
  /** Takes in what is due. */
  readonly collect: (now: number) => void
  readonly budget: Budget
  readonly goesOn: () => boolean
}

/** One turn, which takes in nothing and begins all that it finds. */
const single: Turn = { collect: () => {}, budget: { until: Number.POSITIVE_INFINITY, begun: 0 }, goesOn: () => false }

export class Driver {
  readonly #options: Options
  readonly #turns = new Mutex()
  readonly #sinks = new Set<Array<LogEntry>>()
  #drivers = 0
  #renewAt = 0
  /** When requests are read next. */
  #readAt: number
  /** When they were read last. */
  #heardAt: number
  #lastTickAt: number | null = null
  #failing: { readonly error: string; readonly since: number } | null = null
  /** What somebody else has changed, and has not been read anew yet: nothing more is done before that. */
  #unread: ReadonlyArray<Ref> = []

  constructor(options: Options) {
    this.#options = options
    this.#readAt = options.requestsReadAt + options.watchMs
    this.#heardAt = options.requestsReadAt
  }

  /** Runs what is due now, and answers the lines that were written to the log meanwhile. */
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    const now = nowOf(clock)
    const isAsked = engine.requests.waiting.length > 0 || this.#mustReadRequests(now) || this.#unread.length > 0
    const isListed = engine.listings.nextAt > now && engine.admissions.length === 0
    const isQuiet = engine.nextAt > now && engine.isIdle && !isAsked && isListed
    if (isQuiet && this.#options.watch.isAhead(now)) return Effect.succeed([])
    // a run that somebody has asked for is due now
    const before = isAsked ? this.#processRequests(clock) : Effect.void
    // and so may be what a new key is for
    const all = isListed ? before : Effect.zipRight(before, this.#list(clock))
    return all === Effect.void
      ? this.#pass(clock, now)
      : Effect.zipRight(
          all,
          Effect.suspend(() => this.#pass(clock, now))
        )
  })

  #pass(clock: Clock.Clock, calledAt: number): Effect.Effect<ReadonlyArray<LogEntry>, StoreError> {
    const { engine, runner } = this.#options
    const now = nowOf(clock)
    const runs: Array<LogEntry> = []
    const looked = this.#checkClock(clock, now)
    engine.collect(now, false)
    const { onceCalls } = engine
    const generation = onceCalls.current
    // what another caller collects from here on is not ours to wait for
    onceCalls.current += 1
    const isOpen = () =>
      onceCalls.isOpen(generation) ||
      engine.expiredLeases.length > 0 ||
      runner.isListing ||
      this.#mustReadRequests(nowOf(clock))
    const budget = { until: calledAt + this.#options.budgetMs, begun: 0 }
    const isOver = () => isSpent(budget, nowOf(clock))
    const pass = (driving: Driving) => {
      const turn = this.#turn(driving, { budget, goesOn: () => isOpen() && !isOver() })
      return Effect.whileLoop({
        while: isOpen,
        body: () => {
          const wasOver = isOver()
          // also what was due once more when its run had ended
          if (wasOver) engine.postpone(generation, nowOf(clock))
          return Effect.flatMap(turn, (done) => {
            if (done || !isOpen()) return Effect.void
            return this.#wait(driving, wasOver || budget.begun === 0 ? Number.POSITIVE_INFINITY : budget.until)
          })
        },
        step: () => {}
      })
    }
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#sinks.add(runs)),
      () => Effect.as(Effect.zipRight(looked, this.#drive(clock, pass)), runs),
      () => Effect.sync(() => this.#sinks.delete(runs))
    )
  }

  /** Runs what is due, sleeps until something is, and never ends by itself: a failing store is waited for. */
  readonly run: Effect.Effect<never> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    let backoff = backoffMs.first
    const endless = (driving: Driving) => {
      const turn = this.#turn(driving, { collect: (now) => engine.collect(now, true), goesOn: () => true })
      const next = Effect.matchEffect(turn, {
        onFailure: (error) => {
          const pause = backoff
          backoff = Math.min(backoff * 2, backoffMs.longest)
          return Effect.zipRight(this.#report(error, pause), clock.sleep(Duration.millis(pause)))
        },
        onSuccess: (done) => {
          backoff = backoffMs.first
          return done ? Effect.void : this.#wait(driving, engine.wakeAt)
        }
      })
      return Effect.whileLoop({ while: () => true, body: () => next, step: () => {} })
    }
    return this.#drive(clock, endless) as Effect.Effect<never>
  })

  /** Keeps a request, and does it as far as it can be done now. */
  submit(request: Request): Effect.Effect<void, StoreError> {
    const { runner, store } = this.#options
    const asked = Effect.zip(Effect.clock, store.submit([request]))
    return Effect.flatMap(asked, ([clock, isStored]) => {
      // where it is part of a transaction of the caller's, it is not there before that has ended
      this.#readAt = Math.min(this.#readAt, nowOf(clock) + (isStored ? 0 : transactionalRequestMs))
      const answered = isStored ? this.#processRequests(clock) : Effect.void
      return Effect.zipRight(
        answered,
        Effect.sync(() => runner.wake())
      )
    })
  }

  /** Reads what is asked for where that has to be read, and does what can be done now. */
  #processRequests(clock: Clock.Clock): Effect.Effect<void, StoreError> {
    const isOpen = () => this.#mustReadRequests(nowOf(clock)) || this.#options.engine.isOpen
    return this.#drive(clock, (driving) => {
      const turn = this.#turn(driving)
      return Effect.zipRight(turn, Effect.whileLoop({ while: isOpen, body: () => turn, step: () => {} }))
    })
  }

  /** Lists the keys of a job, or of all jobs, now; those that are new begin. */
  refreshKeys(jobName?: string): Effect.Effect<void, StoreError> {
    return Effect.clockWith((clock) => {
      const { engine, runner } = this.#options
      engine.listings.refreshNow(nowOf(clock), jobName)
      return Effect.zipRight(
        this.#list(clock),
        Effect.sync(() => runner.wake())
      )
    })
  }

  /** Lists the keys that have to be listed, waits for them, and lets begin what is new. */
  #list(clock: Clock.Clock): Effect.Effect<void, StoreError> {
    const { engine, runner } = this.#options
    const isOpen = () => runner.isListing || engine.admissions.length > 0 || engine.listings.nextAt <= nowOf(clock)
    return this.#drive(clock, (driving) => {
      const turn = this.#turn(driving)
      return Effect.whileLoop({
        while: isOpen,
        body: () => Effect.flatMap(turn, (done) => (done || !isOpen() ? Effect.void : this.#wait(driving, Infinity))),
        step: () => {}
      })
    })
  }

  #mustReadRequests(now: number): boolean {
    return this.#readAt <= now || this.#options.engine.requests.isBehind
  }

  /** What is due and has not begun, and whether the store answers. */
  readonly health: Effect.Effect<TickHealth> = Effect.suspend(() =>
    Effect.all([Effect.clock, Effect.exit(Effect.timeout(this.#options.store.pending(), "5 seconds"))])
  ).pipe(
    Effect.map(([clock, answer]) => {
      const now = nowOf(clock)
      const silent = Exit.isFailure(answer) ? { error: ErrorText.render(answer.cause), since: now } : null
      const failing = this.#failing ?? silent
      return {
        isRunning: this.#drivers > 0,
        lastTickAt: this.#lastTickAt,
        oldestOverdue: Status.oldestOverdue(this.#options.engine, now),
        store: { isReachable: failing === null, error: failing?.error ?? null, since: failing?.since ?? null }
      }
    })
  )

  /**
   * A turn, or several while there is something to do, it `goesOn` and nobody else waits for one. False when nothing was
   * left to do.
   */
  #turn(driving: Driving, options: Partial<Turn> = {}): Effect.Effect<boolean, StoreError> {
    const { budget, collect, goesOn } = { ...single, ...options }
    let left = 0
    const step = () => {
      left -= 1
      return Effect.flatMap(this.#step(driving, collect, budget), after)
    }
    const after = (hasDone: boolean): Effect.Effect<boolean, StoreError> => {
      if (!hasDone) return nothing
      this.#failing = null
      return left > 0 && !this.#turns.isWanted && goesOn() ? step() : done
    }
    const turns = Effect.suspend(() => {
      left = turnsAtOnce
      return step()
    })
    const hasFailed = ({ message }: StoreError) =>
      Effect.sync(() => {
        this.#failing = { error: message, since: this.#failing?.since ?? nowOf(driving.clock) }
      })
    // what was written and what is remembered of it must not come apart
    return this.#turns.take(Effect.tapError(turns, hasFailed))
  }

  /** Bodies start, ends are planned, and all of it is written in one commit. False when nothing was to do. */
  #step(driving: Driving, collect: (now: number) => void, budget: Budget): Effect.Effect<boolean, StoreError> {
    const { engine, instruments, runner } = this.#options
    const { clock } = driving
    if (this.#unread.length > 0) return Effect.as(this.#readAnew(nowOf(clock)), true)
    const looked = this.#checkClock(clock, nowOf(clock))
    // what becomes due at the very instant at which a place is free may be more urgent than what waits for it
    collect(nowOf(clock))
    runner.startAll(driving, budget)
    runner.settleAll()
    const now = nowOf(clock)
    this.#lastTickAt = now
    const told = engine.takeCommitted()
    if (told.length > 0) this.#readAt = Math.min(this.#readAt, now)
    this.#processAll(clock, now)
    collect(now)
    instruments.standing(engine.due, engine.instances.size)
    runner.listKeys(engine.listings.take(now), clock)
    const written = this.#write(clock, now)
    const first = told.length === 0 ? looked : Effect.zipRight(looked, this.#publishEntries(told))
    return first === Effect.void ? written : Effect.zipRight(first, written)
  }

  #write(clock: Clock.Clock, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, replan } = this.#options
    if (this.#mustReadRequests(now)) return Effect.as(this.#readRequests(clock, now), true)
    if (engine.expiredLeases.length > 0) return Effect.as(this.#challenge(clock, now), true)
    const outdated = engine.outdated()
    if (outdated.length > 0) {
      return Effect.map(replan(outdated, now), (saves) => {
        for (const save of saves) engine.changed(save, now)
        return true
      })
    }
    if (engine.admissions.length + engine.obsolete.length > 0) return Effect.as(this.#admit(now), true)
    const forget = engine.forgets[0]
    if (forget !== undefined) return Effect.as(this.#forget(forget, now), true)
    const pending = engine.pending(now)
    if (pending !== undefined) return this.#commit(pending, now)
    return engine.claims > 0 && now >= this.#renewAt ? Effect.as(this.#renew(now), true) : nothing
  }

  #readRequests(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, store, watchMs } = this.#options
    return Effect.flatMap(store.pending(this.#heardAt - requestOverlapMs), (asked) => {
      this.#readAt = now + watchMs
      this.#heardAt = now
      const stale = engine.sync(asked)
      if (stale.length > 0) return this.#reload(stale, now)
      this.#processAll(clock, now)
      return Effect.void
    })
  }

  /** What is new begins; where somebody else was faster, it is as that one has stored it. */
  #admit(now: number): Effect.Effect<void, StoreError> {
    const { begin, engine, store } = this.#options
    const admitted = [...engine.admissions]
    const moot = [...engine.obsolete]
    const answers = [...admitted.flatMap(({ request }) => request ?? []), ...moot].map(({ id }) => ({ id, at: now }))
    return begin(admitted, now).pipe(
      Effect.tap((states) => store.add(states, answers)),
      Effect.flatMap(store.get),
      Effect.flatMap((states) =>
        Effect.sync(() => {
          engine.admissions.splice(0, admitted.length)
          engine.obsolete.splice(0, moot.length)
          for (const { id } of answers) engine.requests.done(id)
          engine.admit(states, now)
        })
      )
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
      engine.forgets.shift()
      if (isForgotten) {
        engine.requests.done(request.id)
        engine.forgot(request, now)
        return Effect.void
      }
      // somebody else runs it
      engine.requests.requeue(request.id)
      return this.#reload([request], now)
    })
  }

  /** Does what was asked for; what has to wait for its instance is kept. */
  #processAll(clock: Clock.Clock, now: number): void {
    const { engine, runner } = this.#options
    if (engine.requests.waiting.length === 0 || engine.requests.isBehind) return
    engine.requests.waiting = engine.requests.waiting.filter((request) => {
      const answered = engine.answer(request, now)
      if (answered._tag === "CutShort") runner.cancel(answered.started, request)
      if (answered._tag === "CallOff") runner.callOff(answered.started, request, clock)
      return answered._tag === "Later"
    })
  }

  /** Notices a clock that was moved. */
  #checkClock(clock: Clock.Clock, now: number): Effect.Effect<void> {
    const { engine, publish, watch } = this.#options
    const jump = watch.look(clock, now)
    if (jump === null) return Effect.void
    const { byMs } = jump
    engine.jumped(jump, now)
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

  #commit(pending: PendingWrite, now: number): Effect.Effect<boolean, StoreError> {
    const { engine, leaseMs, publish, store } = this.#options
    // a claim is as good as renewed when it is taken
    if (engine.claims === 0) this.#renewAt = now + leaseMs / 3
    return Effect.flatMap(store.commit(pending.batch), (refused) => {
      const told = this.#publishEntries(engine.written(pending, refused))
      if (refused.saves.length + refused.claims.length === 0) {
        return told === Effect.void ? done : Effect.zipRight(told, done)
      }
      for (const { state } of refused.saves) publish({ _tag: "ClaimLost", jobName: state.jobName, key: state.key })
      const lost = [...refused.saves, ...refused.claims].map(({ state }) => state)
      return Effect.zipRight(told, Effect.as(this.#reload(lost, now), true))
    })
  }

  /** These lines are in the log. */
  #publishEntries(runs: ReadonlyArray<LogEntry>): Effect.Effect<void> {
    const { engine, onAlert, publish } = this.#options
    for (const run of runs) {
      for (const sink of this.#sinks) sink.push(run)
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
    return this.#readAnew(now)
  }

  #readAnew(now: number): Effect.Effect<void, StoreError> {
    const { engine, store } = this.#options
    const refs = this.#unread
    return Effect.map(store.get(refs), (states) => {
      this.#unread = []
      engine.reload(refs, states, now)
    })
  }

  /** A holder that is gone, or has not renewed for a whole lease, has lost its claim; any other is given another lease. */
  #challenge(clock: Clock.Clock, now: number): Effect.Effect<void, StoreError> {
    const { engine, runner, store } = this.#options
    const challenged = engine.expiredLeases.splice(0).filter(({ phase }) => phase === "held")
    if (challenged.length === 0) return Effect.void
    return Effect.map(store.get(challenged.map(({ state }) => state)), (states) => {
      const silent = engine.stillExpired(challenged, states)
      for (const [instance, state] of silent) {
        const error = engine.isGone(state.claim.owner)
          ? "its process ended before it did"
          : "its owner did not renew its claim"
        runner.conclude(engine.takeOver(instance, state), error, clock)
      }
      engine.reload(
        challenged.filter((instance) => !silent.has(instance)).map(({ state }) => state),
        states,
        now
      )
    }).pipe(Effect.onError(() => Effect.sync(() => engine.expiredLeases.push(...challenged))))
  }

  #renew(now: number): Effect.Effect<void, StoreError> {
    const { engine, leaseMs, publish, runner, store } = this.#options
    this.#renewAt = now + leaseMs / 3
    return Effect.flatMap(store.renew(engine.holdings()), (lost) => {
      if (lost.length === 0) return Effect.void
      runner.drop(({ state }) => lost.some(({ jobName, key }) => jobName === state.jobName && key === state.key))
      for (const { jobName, key } of lost) publish({ _tag: "ClaimLost", jobName, key })
      return this.#reload(lost, now)
    })
  }

  /** Until something ends, `until` comes, or a minute has passed. */
  #wait(driving: Driving, until: number): Effect.Effect<void> {
    const { engine, longestSleepMs, runner } = this.#options
    const { clock } = driving
    const now = nowOf(clock)
    const renewAt = engine.claims > 0 ? Math.max(this.#renewAt, now) : Number.POSITIVE_INFINITY
    const reorderAt = Math.max(engine.reorderAt, now + reorderMs)
    const soonest = Math.min(until, renewAt, reorderAt, this.#readAt, engine.listings.nextAt, now + longestSleepMs)
    const ms = Math.max(0, soonest - now)
    const from = passedMs(clock)
    return Effect.map(runner.wait(driving, ms), () => runner.reportBlock(passedMs(clock) - from - ms))
  }

  /** What the tick itself does, its store above all, would be many traces for each run: only bodies are traced. */
  #drive<A, E>(clock: Clock.Clock, use: (driving: Driving) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.withFiberRuntime<A, E>((fiber) => {
      const driving = this.#options.runner.driving(clock, fiber.getFiberRefs())
      return Effect.acquireUseRelease(
        Effect.sync(() => {
          this.#drivers += 1
        }),
        () => use(driving),
        () =>
          Effect.suspend(() => {
            driving.stopWaiting()
            this.#drivers -= 1
            if (this.#drivers > 0) return Effect.void
            this.#options.runner.stopListing()
            return this.#drain(driving)
          })
      ).pipe(Effect.withTracerEnabled(false))
    })
  }

  /** Lets go of what has not begun, waits for what has, cuts short what takes too long, and writes it all down. */
  #drain(driving: Driving): Effect.Effect<void> {
    const { clock } = driving
    const { drainMs, engine, runner } = this.#options
    // a store that neither answers nor fails must not hold up the stop
    const turn = Effect.timeoutTo(Effect.disconnect(this.#turn(driving)), {
      duration: graceMs,
      onSuccess: (done) => done,
      onTimeout: () => false
    }).pipe(Effect.catchAll((error) => Effect.as(this.#report(error, 0), false)))
    // whoever begins to drive meanwhile takes over what is left
    const isLast = () => this.#drivers === 0
    const untilEmpty = (ms: number) =>
      Effect.suspend(() => {
        const deadline = nowOf(clock) + ms
        return Effect.whileLoop({
          while: () => isLast() && runner.isBusy && nowOf(clock) < deadline,
          body: () => Effect.flatMap(turn, (done) => (done ? Effect.void : this.#wait(driving, deadline))),
          step: () => {}
        })
      })
    const drained = Effect.gen(this, function* () {
      engine.empty(nowOf(clock))
      yield* untilEmpty(drainMs)
      if (isLast()) runner.cutShort()
      yield* untilEmpty(graceMs)
      if (isLast()) runner.abandon(clock)
      yield* turn
    })
    return Effect.suspend(() => (engine.isIdle && !runner.isBusy ? Effect.void : drained))
  }

  #report(error: StoreError, pauseMs: number): Effect.Effect<void> {
    this.#options.publish({ _tag: "StoreFailed", error: error.message })
    const next = pauseMs > 0 ? `; trying again in ${pauseMs} ms` : ""
    return Effect.logError(`${error.message}${next}`)
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
