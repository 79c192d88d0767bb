/**
 * Concludes ended attempts: it steps the schedule or policy within a time limit, and throttles repeated zero delays.
 *
 * It writes nothing: its caller settles the attempt.
 *
 * @internal
 */
import { type Clock, Duration, Effect, Exit, FiberId } from "effect"
import * as Position from "../../Position.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as DurationText from "../DurationText.ts"
import * as Answer from "./Answer.ts"
import type { Conclusion, Ended, Started } from "./Attempt.ts"
import * as ErrorText from "./ErrorText.ts"
import type { FiberFactory } from "./FiberFactory.ts"
import type { Instance } from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Occurrence from "./Occurrence.ts"
import * as Reschedule from "./Reschedule.ts"
import { zeroDelayGuard } from "./Tuning.ts"

type StepResult = Exit.Exit<Conclusion, unknown>

export class Concluder {
  readonly #publish: (event: TickEvent) => void
  /** Attempts whose schedule or policy has not answered yet. */
  readonly #stepping = new Map<Started, (result: StepResult) => void>()
  /** Zero delays of schedules: since when, and how many. */
  readonly #zeroDelays = new WeakMap<Instance, { readonly since: number; readonly runs: number }>()
  /** Instances that have had their warning. */
  readonly #warned = new WeakSet<Instance>()

  constructor(publish: (event: TickEvent) => void) {
    this.#publish = publish
  }

  get size(): number {
    return this.#stepping.size
  }

  /** Settles at once where nothing has to be stepped, else when the schedule or the policy has answered. */
  conclude(
    started: Started,
    ended: Ended,
    { clock, fibers }: { readonly clock: Clock.Clock; readonly fibers: FiberFactory },
    settle: (concluded: Conclusion) => void
  ): void {
    const { registered, state } = ended.instance
    const concluded = Occurrence.atOnce(registered, state, ended)
    if (concluded !== null) {
      settle(concluded)
      return
    }
    const step = fibers.forkWith(Reschedule.randomOf(state), Occurrence.conclude(registered, state, ended))
    const answer = (result: StepResult) => {
      if (!this.#stepping.delete(started)) return
      step.unsafeInterruptAsFork(FiberId.none)
      settle(this.#interpret(result, ended, (warning) => fibers.forkOf(ended.run, Effect.logWarning(warning))))
    }
    this.#stepping.set(started, answer)
    step.addObserver(answer)
    if (!this.#stepping.has(started)) return
    const timer = fibers.fork(clock.sleep(Duration.millis(Reschedule.longestStepMs)))
    timer.addObserver(() => answer(Exit.die(Answer.noneWithin(Reschedule.longestStepMs))))
    step.addObserver(() => timer.unsafeInterruptAsFork(FiberId.none))
  }

  /** The conclusion as an effect, for an attempt that is recorded inside its own transaction. */
  within(ended: Ended): Effect.Effect<Conclusion> {
    const { registered, state } = ended.instance
    return Occurrence.conclude(registered, state, ended).pipe(
      Effect.withRandom(Reschedule.randomOf(state)),
      Effect.exit,
      Effect.map((result) => this.#interpret(result, ended, () => {}))
    )
  }

  /** Stops waiting for answers: each counts as a failure. */
  abandon(): void {
    for (const answer of [...this.#stepping.values()]) answer(Exit.interrupt(FiberId.none))
  }

  /** The conclusion of a result, also of a failed one. */
  #interpret(result: StepResult, { endedAt, instance, run }: Ended, warn: (warning: string) => void): Conclusion {
    const { jobName, key } = run
    const isManual = run.trigger === "manual"
    if (Exit.isFailure(result)) {
      const error = ErrorText.render(result.cause)
      this.#publish({ _tag: "CadenceFailed", jobName, key, error })
      warn(Reschedule.noAnswerWarning(jobName, error))
      const { position } = instance.state
      const again = LogEntries.onward({ state: position.cadence, nextAt: endedAt + Reschedule.askAgainMs })
      const next = isManual ? { ...position, manual: null } : Position.advance(position, again)
      return { next, superseded: null, broken: null }
    }
    const { broken, next } = result.value
    if (broken !== null) {
      this.#publish({ _tag: "RetryFailed", jobName, key, error: broken })
      warn(`The retry policy of job "${jobName}" is not used: ${broken}`)
    }
    // the instants of a calendar need no throttle
    const isGuarded = isManual || next.attempt > 1 || instance.registered.cadence._tag === "Schedule"
    const at = isManual ? (next.manual?.nextAt ?? null) : next.nextAt
    const waitUntil = isGuarded && at !== null && at <= endedAt ? this.#throttle(instance, endedAt) : null
    if (waitUntil === null) return result.value
    this.#publish({ _tag: "Throttled", jobName, key })
    const { runs, withinMs } = zeroDelayGuard
    if (!this.#warned.has(instance))
      warn(
        `The schedule of job "${jobName}" asks for no delay: after ${runs} runs within ${DurationText.of(withinMs)} it is throttled`
      )
    this.#warned.add(instance)
    return { ...result.value, next: LogEntries.delayed(next, waitUntil, isManual) }
  }

  /** Until when a zero-delay schedule has to wait; `null` below the limit. */
  #throttle(instance: Instance, endedAt: number): number | null {
    const { runs, since } = this.#zeroDelays.get(instance) ?? { runs: 0, since: endedAt }
    const isNew = endedAt - since >= zeroDelayGuard.withinMs || endedAt < since
    const counted = isNew ? { since: endedAt, runs: 1 } : { since, runs: runs + 1 }
    this.#zeroDelays.set(instance, counted)
    if (counted.runs < zeroDelayGuard.runs) return null
    this.#zeroDelays.delete(instance)
    return counted.since + zeroDelayGuard.withinMs
  }
}
