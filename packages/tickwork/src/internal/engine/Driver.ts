/**
 * Drives the engine: starts bodies, commits what ended and sleeps until something is due.
 *
 * It never starts a body whose claim is not in the store, and keeps ended runs in memory until the store takes them.
 *
 * @internal
 */
import { type Clock, Duration, Effect, Exit } from "effect"
import type { Request } from "../../Control.ts"
import type { StoreError } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { TickHealth } from "../../TickHealth.ts"
import * as ErrorText from "../ErrorText.ts"
import { passedMs } from "./ClockWatch.ts"
import * as Collect from "./Collect.ts"
import { Exchange, type Options as ExchangeOptions } from "./Exchange.ts"
import type { Instruments } from "./Instruments.ts"
import { Mutex } from "./Mutex.ts"
import { type Budget, type Driving, isSpent, nowOf } from "./Runner.ts"
import * as Settle from "./Settle.ts"
import * as Status from "./Status.ts"
import { graceMs, reorderMs, storeBackoffMs, transactionalRequestMs, turnsAtOnce } from "./Tuning.ts"

/** Whether a step did something. */
const done = Effect.succeed(true)
const nothing = Effect.succeed(false)

export interface Options extends ExchangeOptions {
  readonly instruments: Instruments
  /** How long a call of `once` starts bodies; infinity without a budget. */
  readonly budgetMs: number
  readonly drainMs: number
  /** The longest sleep: the clock is checked at least this often. */
  readonly longestSleepMs: number
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
  #failing: { readonly error: string; readonly since: number } | null = null

  constructor(options: Options) {
    this.#options = options
    this.#exchange = new Exchange(options)
  }

  /** Runs what is due now and returns the log entries written during the call. */
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    const now = nowOf(clock)
    const isAsked =
      engine.requests.waiting.length > 0 || this.#exchange.mustReadRequests(now) || this.#exchange.hasUnread
    const isListed = engine.listings.nextAt > now && engine.admissions.length === 0
    const isQuiet = engine.nextAt > now && engine.isIdle && !isAsked && isListed
    if (isQuiet && this.#options.watch.isAhead(now)) return Effect.succeed([])
    // a requested run is due now
    const before = isAsked ? this.#processRequests(clock) : Effect.void
    // an instance of a new key may be due at once
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
    const clockChecked = this.#exchange.checkClock(clock, now)
    Collect.collect(engine, now, false)
    const { onceCalls } = engine
    const generation = onceCalls.current
    // this call does not wait for what other callers collect later
    onceCalls.current += 1
    const isOpen = () =>
      onceCalls.isOpen(generation) ||
      engine.expiredLeases.length > 0 ||
      runner.isListing ||
      this.#exchange.mustReadRequests(nowOf(clock))
    const budget = { until: calledAt + this.#options.budgetMs, begun: 0 }
    const isOver = () => isSpent(budget, nowOf(clock))
    const pass = (driving: Driving) => {
      const turn = this.#turn(driving, { budget, goesOn: () => isOpen() && !isOver() })
      return Effect.whileLoop({
        while: isOpen,
        body: () => {
          const wasOver = isOver()
          // this also defers instances that were due again when their run ended
          if (wasOver) Collect.postpone(engine, generation, nowOf(clock))
          return Effect.flatMap(turn, (done) => {
            if (done || !isOpen()) return Effect.void
            return this.#wait(driving, wasOver || budget.begun === 0 ? Number.POSITIVE_INFINITY : budget.until)
          })
        },
        step: () => {}
      })
    }
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#exchange.sinks.add(runs)),
      () => Effect.as(Effect.zipRight(clockChecked, this.#drive(clock, pass)), runs),
      () => Effect.sync(() => this.#exchange.sinks.delete(runs))
    )
  }

  /** Runs what is due, then sleeps until the next instance is due. It never ends by itself, and retries a failing store. */
  readonly run: Effect.Effect<never> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    let backoff = storeBackoffMs.first
    const endless = (driving: Driving) => {
      const turn = this.#turn(driving, { collect: (now) => Collect.collect(engine, now, true), goesOn: () => true })
      const next = Effect.matchEffect(turn, {
        onFailure: (error) => {
          const pause = backoff
          backoff = Math.min(backoff * 2, storeBackoffMs.longest)
          return Effect.zipRight(this.#report(error, pause), clock.sleep(Duration.millis(pause)))
        },
        onSuccess: (done) => {
          backoff = storeBackoffMs.first
          return done ? Effect.void : this.#wait(driving, engine.wakeAt)
        }
      })
      return Effect.whileLoop({ while: () => true, body: () => next, step: () => {} })
    }
    return this.#drive(clock, endless) as Effect.Effect<never>
  })

  /** Stores a request and processes it as far as possible now. */
  submit(request: Request): Effect.Effect<void, StoreError> {
    const { runner, store } = this.#options
    const submitted = Effect.zip(Effect.clock, store.submit([request]))
    return Effect.flatMap(submitted, ([clock, isStored]) => {
      // a request inside the caller's transaction is not visible before that commits
      this.#exchange.readBy(nowOf(clock) + (isStored ? 0 : transactionalRequestMs))
      const processed = isStored ? this.#processRequests(clock) : Effect.void
      return Effect.zipRight(
        processed,
        Effect.sync(() => runner.wake())
      )
    })
  }

  /** Reads pending requests where that is due, and processes what can be processed now. */
  #processRequests(clock: Clock.Clock): Effect.Effect<void, StoreError> {
    const isOpen = () => this.#exchange.mustReadRequests(nowOf(clock)) || this.#options.engine.isOpen
    return this.#drive(clock, (driving) => {
      const turn = this.#turn(driving)
      return Effect.zipRight(turn, Effect.whileLoop({ while: isOpen, body: () => turn, step: () => {} }))
    })
  }

  /** Lists the keys of one job or of all jobs now, and creates instances of new keys. */
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

  /** Lists the keys that are due for listing, waits for them, and creates instances of new keys. */
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

  /** The oldest overdue instance, and whether the store answers. */
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
   * Takes turns while there is work, `goesOn` holds and no other caller waits for a turn. False when no work is left.
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
    // the store and the engine's memory of it must not diverge
    return this.#turns.take(Effect.tapError(turns, hasFailed))
  }

  /** Starts bodies, settles ended attempts and writes both in one commit. False when there was nothing to do. */
  #step(driving: Driving, collect: (now: number) => void, budget: Budget): Effect.Effect<boolean, StoreError> {
    const { engine, instruments, runner } = this.#options
    const { clock } = driving
    if (this.#exchange.hasUnread) return Effect.as(this.#exchange.readAgain(nowOf(clock)), true)
    const clockChecked = this.#exchange.checkClock(clock, nowOf(clock))
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
    instruments.standing(engine.due, engine.instances.size)
    runner.listKeys(engine.listings.take(now), clock)
    const written = this.#exchange.write(clock, now)
    const first =
      committed.length === 0 ? clockChecked : Effect.zipRight(clockChecked, this.#exchange.publishEntries(committed))
    return first === Effect.void ? written : Effect.zipRight(first, written)
  }

  /** Waits until a body ends, `until` comes, or the longest sleep has passed. */
  #wait(driving: Driving, until: number): Effect.Effect<void> {
    const { engine, longestSleepMs, runner } = this.#options
    const { clock } = driving
    const now = nowOf(clock)
    const renewAt = Math.max(this.#exchange.renewAt, now)
    const reorderAt = Math.max(engine.reorderAt, now + reorderMs)
    const soonest = Math.min(
      until,
      renewAt,
      reorderAt,
      this.#exchange.readAt,
      engine.listings.nextAt,
      now + longestSleepMs
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

  /** Releases what has not started, waits for running bodies, interrupts those that take too long, and records all. */
  #drain(driving: Driving): Effect.Effect<void> {
    const { clock } = driving
    const { drainMs, engine, runner } = this.#options
    // a store that neither answers nor fails must not hold up the stop
    const turn = Effect.timeoutTo(Effect.disconnect(this.#turn(driving)), {
      duration: graceMs,
      onSuccess: (done) => done,
      onTimeout: () => false
    }).pipe(Effect.catchAll((error) => Effect.as(this.#report(error, 0), false)))
    // a caller that begins to drive now takes over the rest
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
      Collect.empty(engine, nowOf(clock))
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
