/**
 * Runs bodies, each in a fiber of its own, and gathers how they ended.
 *
 * A body cannot reach the tick: not by failing, not by dying, not by interrupting itself. It writes nothing.
 *
 * @internal
 */
import {
  type Clock,
  Context,
  DefaultServices,
  Duration,
  Effect,
  Exit,
  type Fiber,
  FiberId,
  FiberRef,
  FiberRefs,
  HashMap,
  Random,
  Runtime
} from "effect"
import * as Cadence from "../Cadence.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Missed from "../Missed.ts"
import type { TickEvent } from "../TickEvent.ts"
import * as Body from "./Body.ts"
import type { Ended, Engine, Started } from "./Engine.ts"
import type { Instance } from "./Instance.ts"
import * as Outcome from "./Outcome.ts"
import * as Replan from "./Replan.ts"

/** Runs that end within this time of one another share a commit. */
const commitWithinMs = 4

/** A schedule that dies, or gives no answer in time, is asked again this much later. */
const cadenceRetryMs = 60_000

const longestAnswer = "5 seconds"

/** So many runs without a delay may follow one another within so many ms. */
const haste = { runs: 100, withinMs: 1000 }

export const nowOf = (clock: Clock.Clock): number => Math.floor(clock.unsafeCurrentTimeMillis())

export class Runner {
  readonly #engine: Engine
  readonly #context: Context.Context<never>
  readonly #publish: (event: TickEvent) => void
  readonly #bodies = new Map<Started, Fiber.RuntimeFiber<unknown, unknown>>()
  readonly #ended: Array<Ended> = []
  readonly #wakes = new Set<() => void>()
  readonly #asked = new Map<Started, (answer: Answer) => void>()
  /** Schedules that have asked for no delay: since when, and how often. */
  readonly #hasty = new WeakMap<Instance, { readonly since: number; readonly runs: number }>()
  /** Once is enough. */
  readonly #warned = new WeakSet<Instance>()
  #isCuttingShort = false

  constructor(engine: Engine, context: Context.Context<never>, publish: (event: TickEvent) => void) {
    this.#engine = engine
    this.#context = context
    this.#publish = publish
  }

  /** True while a body runs, a schedule is asked, or an end has not been settled. */
  get isBusy(): boolean {
    return this.#bodies.size + this.#asked.size + this.#ended.length > 0
  }

  /** Starts all that is claimed and finds a place, unless ends have to be written first. */
  startAll(fiberRefs: FiberRefs.FiberRefs, clock: Clock.Clock): void {
    const fork = forkWith(this.#context, fiberRefs)
    for (;;) {
      const now = nowOf(clock)
      const first = this.#ended[0]
      if (first !== undefined && now - first.endedAt >= commitWithinMs) return
      const started = this.#engine.startNext(now)
      if (started === undefined) return
      this.#start(started, fork, clock)
    }
  }

  /** Hands what has ended to the engine. */
  settleAll(): void {
    for (const ended of this.#ended.splice(0)) this.#engine.settle(ended)
  }

  /** Interrupts every body under way: it is recorded as `interrupted`, and its instant is tried again. */
  cutShort(): void {
    this.#isCuttingShort = true
    for (const fiber of [...this.#bodies.values()]) fiber.unsafeInterruptAsFork(FiberId.none)
  }

  /** Interrupts the bodies of instances whose claim has passed on: nothing of them is recorded. */
  drop(isLost: (instance: Instance) => boolean): void {
    for (const [started, fiber] of [...this.#bodies]) {
      if (!isLost(started.instance)) continue
      this.#bodies.delete(started)
      this.#engine.leave(started.instance)
      fiber.unsafeInterruptAsFork(FiberId.none)
    }
  }

  /** Stops waiting for bodies that do not let go, and for schedules that do not answer. */
  abandon(clock: Clock.Clock): void {
    for (const answer of [...this.#asked.values()]) answer(Exit.interrupt(FiberId.none))
    for (const started of [...this.#bodies.keys()]) {
      this.#bodies.delete(started)
      this.#engine.leave(started.instance)
      const outcome = Outcome.cutShort("it did not let go when it was interrupted")
      this.#ended.push({ started, outcome, endedAt: nowOf(clock), planned: null })
    }
    this.#isCuttingShort = false
  }

  /** Until a body ends or the time is up. */
  wait(clock: Clock.Clock, ms: number): Effect.Effect<void> {
    return Effect.withFiberRuntime<void>((driver) =>
      Effect.async<void>((resume) => {
        if (this.#ended.length > 0) return resume(Effect.void)
        const wake = () => {
          this.#wakes.delete(wake)
          resume(Effect.void)
        }
        this.#wakes.add(wake)
        const timer = forkWith(this.#context, driver.getFiberRefs())(clock.sleep(Duration.millis(ms)))
        timer.addObserver(wake)
        return Effect.sync(() => {
          this.#wakes.delete(wake)
          timer.unsafeInterruptAsFork(FiberId.none)
        })
      })
    )
  }

  #start(started: Started, fork: Fork, clock: Clock.Clock): void {
    const { instance, run } = started
    this.#publish({
      _tag: "RunStarted",
      jobName: run.jobName,
      key: run.key,
      scheduledAt: run.scheduledAt,
      startedAt: run.startedAt,
      attempt: run.attempt
    })
    const fiber = fork(Body.make(instance.registered, run, instance.dropped), logsOf(run.jobName))
    this.#bodies.set(started, fiber)
    fiber.addObserver((exit) => {
      if (!this.#bodies.delete(started)) return
      this.#engine.leave(instance)
      this.#plan(started, exit, fork, clock)
    })
  }

  #plan(started: Started, exit: Exit.Exit<unknown, unknown>, fork: Fork, clock: Clock.Clock): void {
    const endedAt = nowOf(clock)
    const { instance, run } = started
    const outcome = Outcome.of(exit)
    if (this.#isCuttingShort && outcome.status === "interrupted") {
      this.#end({ started, outcome: Outcome.cutShort("the tick was stopped"), endedAt, planned: null })
      return
    }
    const { cadence } = instance.registered
    if (cadence._tag === "Calendar") {
      const at = run.scheduledAt + Math.max(0, endedAt - run.startedAt)
      const planned = Missed.onward(cadence, instance.registered.missed, instance.state.cadence, at)
      this.#end({ started, outcome, endedAt, planned })
      return
    }
    const input = outcome.input as never
    const asked = fork(
      Cadence.step(cadence, instance.state.cadence, { now: endedAt, input }),
      dice(Replan.diceOf(instance.state))
    )
    this.#awaitAnswer(started, asked, (answer) => {
      const { planned, warning } = this.#heed(answer, started, endedAt)
      if (warning !== null) fork(Effect.logWarning(warning), logsOf(run.jobName))
      this.#end({ started, outcome, endedAt, planned })
    })
    if (this.#asked.has(started)) {
      const timer = fork(clock.sleep(Duration.decode(longestAnswer)))
      timer.addObserver(() => this.#asked.get(started)?.(Exit.die(new Error(`no answer within ${longestAnswer}`))))
      asked.addObserver(() => timer.unsafeInterruptAsFork(FiberId.none))
    }
  }

  #awaitAnswer(started: Started, asked: Fiber.RuntimeFiber<Cadence.Planned, unknown>, use: (answer: Answer) => void) {
    const answer = (exit: Answer) => {
      if (!this.#asked.delete(started)) return
      asked.unsafeInterruptAsFork(FiberId.none)
      use(exit)
    }
    this.#asked.set(started, answer)
    asked.addObserver(answer)
  }

  /** What the schedule has answered, or what is done where it has not, and what somebody should know of it. */
  #heed(answer: Answer, { instance, run: { jobName, key } }: Started, endedAt: number): Heeded {
    if (Exit.isFailure(answer)) {
      const error = ErrorText.render(answer.cause)
      this.#publish({ _tag: "CadenceFailed", jobName, key, error })
      const planned = Outcome.onward({ state: instance.state.cadence, nextAt: endedAt + cadenceRetryMs })
      return { planned, warning: `The schedule of job "${jobName}" gave no answer and is asked again: ${error}` }
    }
    const planned = Outcome.onward(answer.value)
    const waitUntil = planned.nextAt === null || planned.nextAt > endedAt ? null : this.#hurry(instance, endedAt)
    if (waitUntil === null) return { planned, warning: null }
    this.#publish({ _tag: "SlowedDown", jobName, key })
    const isKnown = this.#warned.has(instance)
    this.#warned.add(instance)
    return {
      planned: { ...planned, scheduledAt: waitUntil, nextAt: waitUntil },
      warning: isKnown
        ? null
        : `The schedule of job "${jobName}" asks for no delay: ${haste.runs} runs within ${haste.withinMs} ms are enough`
    }
  }

  /** What asks for no delay time and again would keep the tick busy with nothing else: until when it has to wait. */
  #hurry(instance: Instance, endedAt: number): number | null {
    const { runs, since } = this.#hasty.get(instance) ?? { runs: 0, since: endedAt }
    const isNew = endedAt - since >= haste.withinMs || endedAt < since
    const hasty = isNew ? { since: endedAt, runs: 1 } : { since, runs: runs + 1 }
    this.#hasty.set(instance, hasty)
    if (hasty.runs < haste.runs) return null
    this.#hasty.delete(instance)
    return hasty.since + haste.withinMs
  }

  #end(ended: Ended): void {
    this.#ended.push(ended)
    for (const wake of [...this.#wakes]) wake()
  }
}

type Answer = Exit.Exit<Cadence.Planned, unknown>

interface Heeded {
  readonly planned: Missed.Onward
  readonly warning: string | null
}

type Fork = <A, E>(effect: Effect.Effect<A, E>, options?: Runtime.RunForkOptions) => Fiber.RuntimeFiber<A, E>

// what Effect.annotateLogs and Effect.withRandom do, at a third of their cost for a fiber that is about to begin
const having = <A>(fiberRef: FiberRef.FiberRef<A>, change: (value: A) => A): Runtime.RunForkOptions => ({
  updateRefs: (refs, fiberId) =>
    FiberRefs.updateAs(refs, { fiberId, fiberRef, value: change(FiberRefs.getOrDefault(refs, fiberRef)) })
})

const logsOf = (jobName: string) => having(FiberRef.currentLogAnnotations, HashMap.set("job", jobName as unknown))

const dice = (random: Random.Random) => having(DefaultServices.currentServices, Context.add(Random.Random, random))

/** Runs what it is given at once, up to its first wait, as nobody's child. */
const forkWith = (context: Context.Context<never>, fiberRefs: FiberRefs.FiberRefs): Fork =>
  Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags: Runtime.defaultRuntime.runtimeFlags }))
