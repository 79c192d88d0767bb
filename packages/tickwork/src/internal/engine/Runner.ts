/**
 * Runs bodies, each in its own fiber, and collects how they ended.
 *
 * It writes nothing, and no failure, defect or self-interruption of a body reaches the tick.
 *
 * @internal
 */
import { type Clock, Context, Data, Duration, Effect, Exit, type Fiber, FiberId, FiberRefs, Tracer } from "effect"
import type { StoredRequest } from "../../Control.ts"
import * as Control from "../../Control.ts"
import { JobTransaction } from "../../JobTransaction.ts"
import type { Progress } from "../../Run.ts"
import type { TickEvent } from "../../TickEvent.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Attempt from "./Attempt.ts"
import { Blocks } from "./Blocks.ts"
import * as Body from "./Body.ts"
import * as Claims from "./Claims.ts"
import { Concluder } from "./Concluder.ts"
import type { Engine } from "./Engine.ts"
import { FiberFactory } from "./FiberFactory.ts"
import * as Instance from "./Instance.ts"
import type { Instruments } from "./Instruments.ts"
import * as KeyList from "./KeyList.ts"
import * as Keys from "./Keys.ts"
import * as Outcome from "./Outcome.ts"
import * as Outliving from "./Outliving.ts"
import * as Settle from "./Settle.ts"
import { blockMs, commitWithinMs } from "./Tuning.ts"

/** After this instant a call starts no further body; its first body always starts. */
export interface Budget {
  readonly until: number
  begun: number
}

/** What the driving caller provides: its clock and its fiber references. */
export interface Driving {
  readonly clock: Clock.Clock
  readonly fibers: FiberFactory
  /** Ends the current wait: an interrupted caller has to call it. */
  stopWaiting: () => void
}

const noWait = () => {}

export const nowOf = (clock: Clock.Clock): number => Math.floor(clock.unsafeCurrentTimeMillis())

export const isSpent = ({ begun, until }: Budget, now: number): boolean => begun > 0 && now >= until

export class Runner {
  readonly #engine: Engine
  readonly #context: Context.Context<never>
  readonly #publish: (event: TickEvent) => void
  readonly #instruments: Instruments
  readonly #bodies = new Map<Attempt.Started, Fiber.RuntimeFiber<unknown, unknown>>()
  readonly #ended: Array<Attempt.Settled> = []
  /** Wakes the waiting callers. */
  readonly #wakes: Array<() => void> = []
  /** True when a wake came after the last turn began. */
  #isWoken = false
  readonly #concluder: Concluder
  readonly #blocks: Blocks
  readonly #cancelled = new Map<Attempt.Started, StoredRequest>()
  /** Jobs whose keys are being listed now. */
  readonly #listing = new Map<Registered, Fiber.RuntimeFiber<unknown>>()
  /** Interrupted by a stop. */
  readonly #cutShort = new WeakSet<Attempt.Started>()
  /** Those that went on after a stop: no drain waits for them. */
  readonly #left = new Map<Attempt.Started, Instance.Instance["state"]>()
  /** Those whose claim has passed on: nothing of them is recorded. */
  readonly #lost = new Set<Attempt.Started>()
  /** Called when a body ends that went on after a stop. */
  onLeftEnded: () => void = () => {}
  /** Called when a job's own transaction is committed. */
  onCommitted: (now: number) => void = () => {}
  /** The factory of the caller that took the last turn. */
  #fibers: FiberFactory

  constructor(
    engine: Engine,
    context: Context.Context<never>,
    publish: (event: TickEvent) => void,
    instruments: Instruments
  ) {
    this.#engine = engine
    // the application's span around the tick does not describe a run
    this.#context = Context.omit(Tracer.ParentSpan)(context) as Context.Context<never>
    this.#publish = publish
    this.#concluder = new Concluder(publish)
    this.#blocks = new Blocks(engine.notices)
    this.#instruments = instruments
    this.#fibers = new FiberFactory(this.#context, FiberRefs.empty())
    engine.wake = () => this.wake()
  }

  /** The caller with these fiber references drives from now on. */
  driving(clock: Clock.Clock, fiberRefs: FiberRefs.FiberRefs): Driving {
    return { clock, fibers: new FiberFactory(this.#context, fiberRefs), stopWaiting: noWait }
  }

  /** True while a body runs that no stop has left, a schedule is stepped, or an ended attempt is not settled. */
  get isBusy(): boolean {
    return this.#bodies.size - this.#left.size + this.#concluder.size + this.#ended.length > 0
  }

  get isListing(): boolean {
    return this.#listing.size > 0
  }

  /** Lists the keys of jobs and passes them to the engine. */
  listKeys(registry: ReadonlyArray<Registered>, clock: Clock.Clock): void {
    for (const registered of registry) {
      const { keys, name } = registered.job
      if (keys === null) continue
      const fiber = this.#fibers.forkOf({ jobName: name }, KeyList.list(keys))
      this.#listing.set(registered, fiber)
      fiber.addObserver((exit) => {
        this.#listing.delete(registered)
        const { error, keys } = Exit.getOrElse(exit, (): KeyList.KeyList => ({ keys: null, error: null }))
        Keys.listed(this.#engine, registered, keys, nowOf(clock))
        if (error !== null) {
          this.#publish({ _tag: "KeysFailed", jobName: name, error })
          this.#fibers.forkOf({ jobName: name }, Effect.logWarning(KeyList.warning(name, error)))
        }
        this.wake()
      })
    }
  }

  /** Interrupts the listings of keys: the next driver lists them again. */
  stopListing(): void {
    for (const fiber of [...this.#listing.values()]) fiber.unsafeInterruptAsFork(FiberId.none)
  }

  /** Starts claimed instances with a free slot, until there is something to write first or the budget is spent. */
  startAll({ clock, fibers }: Driving, budget: Budget): void {
    this.#fibers = fibers
    this.#isWoken = false
    for (;;) {
      const now = nowOf(clock)
      const first = this.#ended[0]
      if (first !== undefined && now - first.endedAt >= commitWithinMs) return
      if (isSpent(budget, now) || this.#engine.mustRenew(now)) return
      const started = Claims.startNext(this.#engine, now)
      if (started === undefined) return
      budget.begun += 1
      this.#start(started, clock)
      const byMs = nowOf(clock) - now
      if (byMs >= blockMs) this.#blocks.found([started], byMs)
    }
  }

  /** Tells that a running body has kept the event loop for this long. */
  reportBlock(ms: number): void {
    if (ms >= blockMs && this.#bodies.size > 0) this.#blocks.found([...this.#bodies.keys()], ms)
  }

  /** Passes ended attempts to the engine. */
  settleAll(): void {
    if (this.#ended.length === 0) return
    for (const ended of this.#ended.splice(0)) Settle.settle(this.#engine, ended)
  }

  /** Interrupts every running body: it is recorded as `interrupted` and its occurrence is retried. */
  cutShort(): void {
    for (const [started, fiber] of [...this.#bodies]) {
      this.#cutShort.add(started)
      fiber.unsafeInterruptAsFork(FiberId.none)
    }
  }

  /** Interrupts a cancelled body: its occurrence is over, and its record completes the request. */
  cancel(started: Attempt.Started, request: StoredRequest): void {
    this.#cancelled.set(started, request)
    this.#bodies.get(started)?.unsafeInterruptAsFork(FiberId.none)
  }

  /** Interrupts bodies whose claim belongs to another owner now: this process records nothing of them. */
  drop(isLost: (instance: Instance.Instance) => boolean): void {
    for (const [started, fiber] of [...this.#bodies]) {
      const { instance } = started
      if (this.#lost.has(started) || !isLost(instance)) continue
      this.#lost.add(started)
      this.#engine.held.delete(instance)
      // no record will complete the request that cancelled it
      this.#engine.requests.requeue(this.#cancelled.get(started)?.id)
      this.#cancelled.delete(started)
      fiber.unsafeInterruptAsFork(FiberId.none)
    }
  }

  /**
   * Stops waiting for schedules that do not answer and for bodies that ignore their interruption; a body keeps its claim
   * and its slots until it ends.
   */
  leaveRunning(clock: Clock.Clock): void {
    this.#concluder.abandon()
    for (const started of this.#bodies.keys()) {
      if (this.#left.has(started) || this.#lost.has(started)) continue
      this.#left.set(started, started.instance.state)
      Outliving.begin(started.instance.state)
      Settle.leaveRunning(this.#engine, started.instance, nowOf(clock))
    }
  }

  /** Waits until a body ends or the time is up. A body that ends at once needs no timer. */
  wait(driving: Driving, ms: number): Effect.Effect<void> {
    const waited = this.#waitAsleep(driving, ms)
    return this.#bodies.size === 0 ? waited : Effect.zipRight(Effect.yieldNow(), waited)
  }

  #waitAsleep(driving: Driving, ms: number): Effect.Effect<void> {
    // a finalizer would cost more than the rest of the wait
    return Effect.async<void>((resume) => {
      if (this.#isWoken) return resume(Effect.void)
      const timer = driving.fibers.fork(driving.clock.sleep(Duration.millis(ms)))
      const stop = () => {
        driving.stopWaiting = noWait
        this.#wakes.splice(this.#wakes.indexOf(wake), 1)
        // a remaining timer would keep the process alive
        if (timer.unsafePoll() === null) timer.unsafeInterruptAsFork(FiberId.none)
      }
      const wake = () => {
        if (driving.stopWaiting !== stop) return
        stop()
        resume(Effect.void)
      }
      driving.stopWaiting = stop
      this.#wakes.push(wake)
      timer.addObserver(wake)
    })
  }

  /** Wakes every waiting caller. */
  wake(): void {
    this.#isWoken = true
    if (this.#wakes.length > 0) for (const wake of [...this.#wakes]) wake()
  }

  #start(started: Attempt.Started, clock: Clock.Clock): void {
    const { instance, run } = started
    const { attempt, jobName, scheduledAt, startedAt } = run
    const { key } = instance.state
    this.#publish({ _tag: "RunStarted", jobName, key, scheduledAt, startedAt, attempt })
    const { skip, registered, state: stored } = instance
    const around = registered.job.isTransactional ? { around: this.#transaction(started, clock) } : {}
    const note = (progress: Omit<Progress, "at">) => {
      if (this.#engine.progress.note(started, { ...progress, at: nowOf(clock) })) this.wake()
    }
    const body = Body.make(registered, run, { skip, stored, isTraced: this.#fibers.isTraced, note, ...around })
    const fiber = this.#fibers.forkOf(run, body)
    this.#bodies.set(started, fiber)
    this.#instruments.running(jobName, 1)
    fiber.addObserver((exit) => {
      if (this.#isLost(started)) return
      if (Exit.isSuccess(exit) && exit.value instanceof Recorded) {
        this.onCommitted(nowOf(clock))
        this.#end(exit.value.ended)
      } else this.conclude(started, this.#outcomeOf(started, exit), clock)
    })
  }

  /** Takes in that a body has ended. True where its claim had passed on. */
  #isLost(started: Attempt.Started): boolean {
    const { instance, run } = started
    this.#bodies.delete(started)
    this.#blocks.ended(started)
    this.#instruments.running(run.jobName, -1)
    Settle.freeSlot(this.#engine, instance)
    const left = this.#left.get(started)
    if (left !== undefined) {
      this.#left.delete(started)
      Outliving.end(left)
      this.#engine.onceCalls.open(instance)
      this.onLeftEnded()
    }
    if (!this.#lost.delete(started)) return false
    Settle.readAgain(this.#engine, instance)
    this.wake()
    return true
  }

  #outcomeOf(started: Attempt.Started, exit: Exit.Exit<unknown, unknown>): Outcome.Outcome {
    const outcome = Outcome.of(exit)
    const request = this.#cancelled.get(started)
    if (request !== undefined && outcome.status !== "success") return Outcome.cancelled(Control.toText(request))
    const isCutShort = this.#cutShort.has(started) && outcome.status === "interrupted"
    return isCutShort ? Outcome.cutShort("the tick was stopped") : outcome
  }

  /** Runs the body and records the run and the next instant in one transaction. */
  #transaction(started: Attempt.Started, clock: Clock.Clock) {
    const { jobName, key } = started.instance.state
    const { isolation } = started.instance.registered.job
    const claim = { jobName, key, ...Instance.expectedOf(started.instance.state) }
    return (attempt: Effect.Effect<unknown, unknown>) =>
      Effect.gen(this, function* () {
        const transaction = yield* JobTransaction
        let settled: Attempt.Settled | undefined
        const body = Effect.flatMap(
          Effect.mapError(attempt, (error) => new Undone({ exit: Exit.fail(error) })),
          (value) =>
            value instanceof Outcome.TimedOut
              ? Effect.fail(new Undone({ exit: Exit.succeed(value) }))
              : Effect.succeed(value)
        )
        return yield* transaction
          .around(
            claim,
            body,
            (value) =>
              Effect.suspend(() => {
                const ended = Attempt.end(started, Outcome.of(Exit.succeed(value)), nowOf(clock))
                return Effect.map(this.#concluder.within(ended), (concluded) => {
                  settled = Attempt.settle(ended, concluded, this.#cancelled.get(started))
                  return Settle.saveOf(settled)
                })
              }),
            isolation
          )
          .pipe(
            Effect.map((saved) => new Recorded({ ended: { ...(settled as unknown as Attempt.Settled), saved } })),
            // a failure of the store is a defect: the job's retry policy must not see it
            Effect.catchAll((error) => (error instanceof Undone ? error.exit : Effect.die(error)))
          )
        // the job's type requires the caller that registers it to provide the transaction
      }) as Effect.Effect<unknown, unknown>
  }

  /** Asks what follows an attempt that ended here, or that runs no more. */
  conclude(
    started: Attempt.Started,
    outcome: Outcome.Outcome,
    clock: Clock.Clock,
    request = this.#cancelled.get(started)
  ): void {
    const ended = Attempt.end(started, outcome, nowOf(clock))
    this.#concluder.conclude(started, ended, { clock, fibers: this.#fibers }, (concluded) => {
      this.#cancelled.delete(started)
      this.#end(Attempt.settle(ended, concluded, request))
    })
  }

  #end(ended: Attempt.Settled): void {
    this.#ended.push(ended)
    this.wake()
  }
}

/** A body that failed or ran out of time inside its transaction, as opposed to a failure of the transaction itself. */
class Undone extends Data.Class<{ readonly exit: Exit.Exit<unknown, unknown> }> {}

/** The result of a transactional job's body: its end is already in the store. */
class Recorded extends Data.Class<{ readonly ended: Attempt.Settled }> {}
