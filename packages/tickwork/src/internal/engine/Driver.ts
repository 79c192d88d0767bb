/**
 * Drives the engine: starts bodies, commits what ended and sleeps until something is due.
 *
 * Any number of callers may drive at once; the last to leave drains. A failing store loses nothing: what ended stays
 * in memory until it can be written. It never starts a body whose claim is not in the store.
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

/** Something was done, or nothing was to do. */
const done = Effect.succeed(true)
const nothing = Effect.succeed(false)

export interface Options extends ExchangeOptions {
  readonly instruments: Instruments
  /** For how long a call of `once` starts bodies; infinity where it starts all that it finds. */
  readonly budgetMs: number
  readonly drainMs: number
  /** However far away the next instant is, the clock is checked within this time. */
  readonly longestSleepMs: number
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
  readonly #exchange: Exchange
  #drivers = 0
  #lastTickAt: number | null = null
  #failing: { readonly error: string; readonly since: number } | null = null

  constructor(options: Options) {
    this.#options = options
    this.#exchange = new Exchange(options)
  }

  /** Runs what is due now, and answers the lines that were written to the log meanwhile. */
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError> = Effect.clockWith((clock) => {
    const { engine } = this.#options
    const now = nowOf(clock)
    const isAsked =
      engine.requests.waiting.length > 0 || this.#exchange.mustReadRequests(now) || this.#exchange.hasUnread
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
    const looked = this.#exchange.checkClock(clock, now)
    Collect.collect(engine, now, false)
    const { onceCalls } = engine
    const generation = onceCalls.current
    // what another caller collects from here on is not ours to wait for
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
          // also what was due once more when its run had ended
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
      () => Effect.as(Effect.zipRight(looked, this.#drive(clock, pass)), runs),
      () => Effect.sync(() => this.#exchange.sinks.delete(runs))
    )
  }

  /** Runs what is due, sleeps until something is, and never ends by itself: a failing store is waited for. */
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

  /** Keeps a request, and does it as far as it can be done now. */
  submit(request: Request): Effect.Effect<void, StoreError> {
    const { runner, store } = this.#options
    const asked = Effect.zip(Effect.clock, store.submit([request]))
    return Effect.flatMap(asked, ([clock, isStored]) => {
      // where it is part of a transaction of the caller's, it is not there before that has ended
      this.#exchange.readBy(nowOf(clock) + (isStored ? 0 : transactionalRequestMs))
      const answered = isStored ? this.#processRequests(clock) : Effect.void
      return Effect.zipRight(
        answered,
        Effect.sync(() => runner.wake())
      )
    })
  }

  /** Reads what is asked for where that has to be read, and does what can be done now. */
  #processRequests(clock: Clock.Clock): Effect.Effect<void, StoreError> {
    const isOpen = () => this.#exchange.mustReadRequests(nowOf(clock)) || this.#options.engine.isOpen
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
    if (this.#exchange.hasUnread) return Effect.as(this.#exchange.readAnew(nowOf(clock)), true)
    const looked = this.#exchange.checkClock(clock, nowOf(clock))
    // what becomes due at the very instant at which a place is free may be more urgent than what waits for it
    collect(nowOf(clock))
    runner.startAll(driving, budget)
    runner.settleAll()
    const now = nowOf(clock)
    this.#lastTickAt = now
    const told = Settle.takeCommitted(engine)
    if (told.length > 0) this.#exchange.readBy(now)
    this.#exchange.processAll(clock, now)
    collect(now)
    instruments.standing(engine.due, engine.instances.size)
    runner.listKeys(engine.listings.take(now), clock)
    const written = this.#exchange.write(clock, now)
    const first = told.length === 0 ? looked : Effect.zipRight(looked, this.#exchange.publishEntries(told))
    return first === Effect.void ? written : Effect.zipRight(first, written)
  }

  /** Until something ends, `until` comes, or a minute has passed. */
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
