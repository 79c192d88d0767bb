/**
 * Drives the engine: starts bodies, commits what ended and sleeps until something is due.
 *
 * It never starts a body whose claim is not in the store, and keeps ended runs in memory until the store takes them.
 *
 * @internal
 */
import { Clock, Context, Effect } from "effect"
import type { StoreError, Submission, Submitted } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { TickHealth } from "../../TickHealth.ts"
import { passedMs } from "./ClockWatch.ts"
import * as Collect from "./Collect.ts"
import * as Drain from "./Drain.ts"
import { after, Exchange, type Options as ExchangeOptions } from "./Exchange.ts"
import type { Instance } from "./Instance.ts"
import type { Instruments } from "./Instruments.ts"
import { Mutex } from "./Mutex.ts"
import { Recovery } from "./Recovery.ts"
import { type Budget, type Driving, isSpent, nowOf } from "./Runner.ts"
import * as Settle from "./Settle.ts"
import * as Status from "./Status.ts"
import { StoreHealth } from "./StoreHealth.ts"
import * as Submissions from "./Submissions.ts"
import { drainRetryMs, handoverMs, reorderMs, storeGraceMs, turnsAtOnce } from "./Tuning.ts"

export interface Options extends ExchangeOptions {
  readonly instruments: Instruments
  /** Runs an effect while the tick is open. */
  readonly afterwards: (effect: Effect.Effect<void>) => void
}

interface Turn {
  /** Moves due instances into their lanes. */
  readonly collect: (now: number) => void
  readonly budget: Budget
  readonly goesOn: () => boolean
}

/** One turn that collects nothing and starts everything it finds. */
const single: Turn = { collect: () => {}, budget: { until: Number.POSITIVE_INFINITY, begun: 0 }, goesOn: () => false }

export class Driver {
  readonly #options: Options
  readonly #turns = new Mutex()
  readonly #exchange: Exchange
  #drivers = 0
  #lastTickAt: number | null = null
  readonly #recovery: Recovery
  readonly #storeHealth: StoreHealth

  constructor(options: Options) {
    this.#options = options
    this.#exchange = new Exchange(options)
    this.#recovery = new Recovery(options.publish)
    this.#storeHealth = new StoreHealth(options.store, options.afterwards)
    const { afterwards, engine, hearing, runner } = options
    const isOpen = () => runner.isBusy || engine.isOpen
    // a body that ends after a stop is recorded where no caller does it
    const recorded = Effect.clockWith((clock) =>
      Effect.catchAllCause(this.#drivers > 0 ? Effect.void : this.#settle(clock, isOpen), (cause) =>
        this.#recovery.report(cause, 0, clock)
      )
    )
    runner.onLeftEnded = () => afterwards(recorded)
    runner.onCommitted = (now) => this.#storeHealth.wrote(now)
    hearing.onHeard = () => runner.wake()
  }

  /** Runs what is due now and returns the log entries written during the call. */
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError> = Effect.withFiberRuntime((fiber) => {
    const { engine } = this.#options
    const clock = Context.unsafeGet(fiber.currentDefaultServices, Clock.Clock)
    const now = nowOf(clock)
    // an earlier call may have ended before the store took what it had processed
    const isAsked = engine.requests.waiting.length > 0 || this.#isAsked(now)
    const isListed = engine.listings.nextAt > now && engine.admissions.length === 0
    const isQuiet =
      engine.wakes.nextAt > now && engine.isIdle && !isAsked && isListed && !this.#exchange.mustAttend(clock)
    if (isQuiet && this.#options.watch.isAhead(now)) return Effect.succeed([])
    // a requested run is due now, and so may an instance of a new key be
    const isOpen = () => this.#isAsked(nowOf(clock)) || (!isListed && this.#isListing(clock))
    const before = isAsked || !isListed ? this.#settle(clock, isOpen) : Effect.void
    return after(
      before,
      Effect.suspend(() => this.#pass(clock, now))
    )
  })

  #pass(clock: Clock.Clock, calledAt: number): Effect.Effect<ReadonlyArray<LogEntry>, StoreError> {
    const { engine } = this.#options
    const now = nowOf(clock)
    const runs: Array<LogEntry> = []
    const clockChecked = this.#exchange.checkClock(clock, now)
    const begin = Effect.sync(() => {
      Collect.collect(engine, now, false)
      this.#exchange.sinks.add(runs)
      return engine.onceCalls.begin()
    })
    return Effect.acquireUseRelease(
      begin,
      (call) => {
        const budget = { until: calledAt + engine.settings.budgetMs, begun: 0 }
        // a turn that waits for the store must not hold up the stop
        const pass = this.#drive(clock, (driving) => Effect.disconnect(this.#passWith(driving, call, budget)))
        return Effect.as(Effect.zipRight(clockChecked, pass), runs)
      },
      (call) =>
        Effect.sync(() => {
          this.#exchange.sinks.delete(runs)
          engine.onceCalls.end(call)
        })
    )
  }

  /** Takes turns until all that a call waits for is settled. */
  #passWith(driving: Driving, call: ReadonlySet<Instance>, budget: Budget): Effect.Effect<void, StoreError> {
    const { engine, runner } = this.#options
    const now = () => nowOf(driving.clock)
    const isOpen = () =>
      call.size > 0 ||
      this.#exchange.hasUnread ||
      this.#exchange.mustAttend(driving.clock) ||
      runner.isListing ||
      this.#exchange.mustReadRequests(now())
    const turn = this.#turn(driving, { budget, goesOn: () => isOpen() && !isSpent(budget, now()) })
    let isOver = false
    const next = Effect.suspend(() => {
      isOver = isSpent(budget, now())
      // this also defers instances that were due again when their run ended
      if (isOver) Collect.postpone(engine, call, now())
      return turn
    })
    return this.#turnsWhile(driving, isOpen, next, () =>
      isOver || budget.begun === 0 ? Number.POSITIVE_INFINITY : budget.until
    )
  }

  /** Runs what is due, then sleeps until the next instance is due. It never ends by itself, and retries a failing store. */
  readonly run: Effect.Effect<never> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    const endless = (driving: Driving) => {
      const turn = this.#turn(driving, { collect: (now) => Collect.collect(engine, now, true), goesOn: () => true })
      const next = Effect.matchCauseEffect(turn, {
        onFailure: (cause) => this.#recovery.after(cause, clock),
        onSuccess: (done) => {
          this.#recovery.succeeded()
          return done ? Effect.void : this.#wait(driving, engine.wakes.wakeAt)
        }
      })
      return Effect.whileLoop({ while: () => true, body: () => next, step: () => {} })
    }
    return this.#drive(clock, (driving) => Effect.disconnect(endless(driving))) as Effect.Effect<never>
  })

  /** Stores requests and processes them as far as possible now. Inside the caller's transaction they are read at its end. */
  submit(requests: ReadonlyArray<Submission>): Effect.Effect<ReadonlyArray<Submitted>, StoreError> {
    const { afterwards, engine, hearing, runner, store } = this.#options
    return Effect.gen(this, function* () {
      const clock = yield* Effect.clock
      const sent = yield* Submissions.withFirst(engine, requests, nowOf(clock))
      const submitted = yield* store.submit(sent)
      this.#storeHealth.wrote(nowOf(clock))
      const { answers, ended } = submitted
      if (answers.every(({ outcome }) => outcome === "duplicate")) return answers
      if (ended !== null) afterwards(Submissions.joined(engine, sent, submitted, { ended, hearing }))
      else {
        const isPending = Submissions.stored(engine, sent, submitted, nowOf(clock))
        const mustRead = isPending || engine.requests.hasManyDone
        if (mustRead) this.#exchange.readBy(nowOf(clock))
        const settled = mustRead ? this.#settle(clock, () => this.#isAsked(nowOf(clock))) : Effect.void
        // what is stored and done is not to fail
        yield* isPending ? settled : Effect.ignore(settled)
        runner.wake()
      }
      return answers
    })
  }

  /** Lists the keys of one job or of all jobs now, and creates instances of new keys. */
  refreshKeys(jobName?: string): Effect.Effect<void, StoreError> {
    const { engine, runner } = this.#options
    const listed = Effect.clockWith((clock) => {
      engine.listings.refreshNow(nowOf(clock), jobName)
      return this.#settle(clock, () => this.#isListing(clock))
    })
    return Effect.map(listed, () => runner.wake())
  }

  /** True where requests or the placement are due for reading, or what was processed is not written yet. */
  #isAsked(now: number): boolean {
    const { engine } = this.#options
    const { hasUnread } = this.#exchange
    return this.#exchange.mustReadRequests(now) || hasUnread || engine.isOpen || engine.share.isStale
  }

  /** True where keys are being listed or due for that, or new keys have no instances yet. */
  #isListing(clock: Clock.Clock): boolean {
    const { engine, runner } = this.#options
    return (
      runner.isListing || engine.admissions.length + engine.expired.length > 0 || engine.listings.nextAt <= nowOf(clock)
    )
  }

  /** Takes one turn, and more of them while `isOpen`. */
  #settle(clock: Clock.Clock, isOpen: () => boolean): Effect.Effect<void, StoreError> {
    return this.#drive(clock, (driving) => {
      const turn = this.#turn(driving)
      return Effect.zipRight(turn, this.#turnsWhile(driving, isOpen, turn))
    })
  }

  /** Takes turns while `isOpen`; where a turn does nothing, it waits, at most until `until`. */
  #turnsWhile<E>(
    driving: Driving,
    isOpen: () => boolean,
    turn: Effect.Effect<boolean, E>,
    until = () => Number.POSITIVE_INFINITY
  ): Effect.Effect<void, E> {
    return Effect.whileLoop({
      while: isOpen,
      body: () => Effect.flatMap(turn, (done) => (done || !isOpen() ? Effect.void : this.#wait(driving, until()))),
      step: () => {}
    })
  }

  /** The oldest overdue instance, and whether the store answers. */
  readonly health: Effect.Effect<TickHealth> = Effect.gen(this, function* () {
    const store = yield* this.#storeHealth.ask
    const isRunning = this.#drivers > 0
    const own = Status.health(this.#options.engine, nowOf(yield* Effect.clock))
    const { failure } = this.#recovery
    return { ...own, isRunning, lastTickAt: this.#lastTickAt, failure, store, watch: this.#options.hearing.health }
  })

  /**
   * Takes turns while there is work, `goesOn` holds and no other caller waits for a turn. False when no work is left.
   */
  #turn(driving: Driving, options: Partial<Turn> = {}): Effect.Effect<boolean, StoreError> {
    const { budget, collect, goesOn } = { ...single, ...options }
    const turns = Effect.suspend(() => {
      let left = turnsAtOnce
      let hasDone = true
      const taken = Effect.whileLoop({
        while: () => left === turnsAtOnce || (hasDone && left > 0 && !this.#turns.isWanted && goesOn()),
        body: () => {
          this.#storeHealth.begins(nowOf(driving.clock))
          return this.#step(driving, collect, budget)
        },
        step: (hasStepped) => {
          this.#storeHealth.answered(hasStepped, nowOf(driving.clock))
          left -= 1
          hasDone = hasStepped
        }
      })
      return Effect.map(taken, () => hasDone)
    })
    const hasFailed = ({ message }: StoreError) =>
      Effect.sync(() => this.#storeHealth.failed(message, nowOf(driving.clock)))
    // the store and the engine's memory of it must not diverge
    return this.#turns.take(Effect.tapError(turns, hasFailed))
  }

  /** Starts bodies, settles ended attempts and writes both in one commit. False when there was nothing to do. */
  #step(driving: Driving, collect: (now: number) => void, budget: Budget): Effect.Effect<boolean, StoreError> {
    const { engine, instruments, runner } = this.#options
    const { clock } = driving
    const clockChecked = this.#exchange.checkClock(clock, nowOf(clock))
    if (engine.notices.length > 0) return after(clockChecked, Effect.as(this.#exchange.tell, true))
    if (this.#exchange.hasUnread) return after(clockChecked, this.#exchange.readAgain(clock, nowOf(clock)))
    this.#options.hearing.check(passedMs(clock))
    // an instance due just now may be more urgent than the one that waits for the free slot
    collect(nowOf(clock))
    runner.startAll(driving, budget)
    runner.settleAll()
    const now = nowOf(clock)
    this.#lastTickAt = now
    const committed = Settle.takeCommitted(engine)
    if (committed.length > 0) this.#exchange.readBy(now)
    this.#exchange.processAll(clock, now)
    collect(now)
    instruments.standing(engine.lanes.size, engine.instances.size)
    runner.listKeys(engine.listings.take(now), clock)
    this.#storeProgress(now)
    const written = this.#exchange.write(clock, now)
    return after(clockChecked, after(this.#exchange.publishEntries(committed), written))
  }

  /** Stores how far bodies are, beside the turns: no record waits for it. */
  #storeProgress(now: number): void {
    const { afterwards, engine, store } = this.#options
    const told = engine.progress.take((started) => engine.running.get(started.instance) === started, now)
    if (told.length === 0) return
    const over = Effect.sync(() => {
      engine.progress.written()
      engine.wake()
    })
    afterwards(Effect.ensuring(Effect.ignore(store.progress(told)), over))
  }

  /** Waits until a body ends, `until` comes, or the longest sleep has passed. */
  #wait(driving: Driving, until: number): Effect.Effect<void> {
    const { engine, runner } = this.#options
    const { clock } = driving
    const now = nowOf(clock)
    const renewAt = Math.max(this.#exchange.renewAt, now)
    const reorderAt = Math.max(engine.lanes.reorderAt(now), now + reorderMs)
    const soonest = Math.min(
      until,
      renewAt,
      reorderAt,
      this.#exchange.readAt,
      engine.progress.nextAt,
      engine.listings.nextAt,
      now + (engine.presence.unmoved.size > 0 ? handoverMs : engine.settings.longestSleepMs)
    )
    const ms = Math.max(0, soonest - now)
    const from = passedMs(clock)
    return Effect.map(runner.wait(driving, ms), () => runner.reportBlock(passedMs(clock) - from - ms))
  }

  /** Traces only bodies: the tick's own store calls would add many traces for each run. */
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

  /** Stops what runs, unless a caller drives on; what the store takes after all is remembered. */
  #drain(driving: Driving): Effect.Effect<void> {
    const { engine, runner } = this.#options
    const drained = Drain.drain({
      engine,
      runner,
      driving,
      turn: this.#turn(driving),
      turnsWhile: (isOpen, turn, until) => this.#turnsWhile(driving, isOpen, turn, until),
      isLast: () => this.#drivers === 0,
      report: (cause) => this.#recovery.report(cause, drainRetryMs, driving.clock)
    })
    const inTurn = this.#turns.whenFree(storeGraceMs)
    return Effect.flatMap(inTurn, () => (engine.isIdle && !runner.isBusy ? Effect.void : drained))
  }
}
