/**
 * How an attempt ended: its log status, the input of its cadence, and the failure for its retry policy.
 *
 * Pure: it plans nothing and writes nothing.
 *
 * @internal
 */
import { Cause, Data, Either, Exit, FiberId } from "effect"
import * as JobState from "../../JobState.ts"
import type { ControlVerdict, MissedBecause, Status, Verdict } from "../../LogEntry.ts"
import type { Run } from "../../Run.ts"
import * as DurationText from "../DurationText.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import type { Kind } from "../schedule/Retry.ts"
import * as ErrorText from "./ErrorText.ts"

/** The result of a body that did not run. */
export class Skipped extends Data.Class<{
  /** `null` where nothing was planned. */
  readonly verdict: Verdict | null
  readonly missedBecause: MissedBecause | null
  readonly reason: string
  readonly error: string | null
  /** Why the condition failed; `null` where it did not. */
  readonly cause: Cause.Cause<unknown> | null
  /** After a false condition: the delay until the recheck of the same instant; `null` for none. */
  readonly recheckMs: number | null
}> {}

const skip = (verdict: Verdict | null, reason: string, missedBecause: MissedBecause | null = null): Skipped =>
  new Skipped({ verdict, missedBecause, reason, error: null, cause: null, recheckMs: null })

/** Planned times that were missed. */
export const missed = (because: MissedBecause): Skipped =>
  skip("missed", `missed: ${because.replace("-", " ")}`, because)

/** Planned times that the attempts at an earlier one took up. */
export const superseded = ({ attempt, runKey }: Pick<Run, "attempt" | "runKey">): Skipped =>
  skip("superseded", `superseded by attempt ${attempt} of ${runKey}`)

/** Planned times on days that the job leaves out. */
export const leftOut: Skipped = skip("left-out", "its day is left out")

/** A retry that yields to the next planned time. */
export const yielded = (error: string | null): Skipped =>
  new Skipped({ ...skip(null, "not tried again: the next instant has come"), error })

/** An instant that was never planned, since its schedule was not stepped. */
export const notStepped: Skipped = skip(null, "its schedule had not answered yet")

/** The result of a body that was interrupted at its time limit. */
export class TimedOut {
  readonly message: string
  constructor(timeoutMs: number) {
    this.message = `it was interrupted after ${DurationText.of(timeoutMs)}`
  }
}

/** The result of a body that succeeded and changed its memory. */
export class Remembering extends Data.Class<{ readonly value: unknown; readonly memory: EncodedValue }> {}

/** The input of a retry policy: a typed failure, or the cause of an unexpected end. */
export interface Failure {
  readonly kind: Kind
  readonly input: unknown
}

export interface Outcome {
  readonly status: Status
  /** The verdict on a planned time at which nothing ran. */
  readonly verdict: Verdict | null
  readonly missedBecause: MissedBecause | null
  readonly error: string | null
  readonly reason: string | null
  readonly stack: string | null
  /** The errors that ended it, for loggers and listeners; `null` for none. */
  readonly cause: Cause.Cause<unknown> | null
  /** The input of the cadence: `undefined` where no run ended. */
  readonly input: Exit.Exit<unknown, unknown> | undefined
  /** `null` where no retry follows: the attempt succeeded, did not run, or was cancelled. */
  readonly failure: Failure | null
  /** True after a crash or a stop: how far the body came is unknown. */
  readonly isCutShort: boolean
  /** The new memory; `null` where it is unchanged. */
  readonly memory: EncodedValue | null
  /** After a false condition: the delay until the recheck of the same instant; `null` for none. */
  readonly recheckMs: number | null
}

const ended = (status: Status, input: Outcome["input"], rest: Partial<Outcome> = {}): Outcome => ({
  status,
  verdict: null,
  missedBecause: null,
  error: null,
  reason: null,
  stack: null,
  cause: null,
  input,
  failure: null,
  isCutShort: false,
  memory: null,
  recheckMs: null,
  ...rest
})

/** The errors of a body that failed; of one that was only interrupted the text says all. */
const errorsOf = (cause: Cause.Cause<unknown>): Pick<Outcome, "cause" | "error" | "stack"> => ({
  error: ErrorText.render(cause),
  stack: ErrorText.stackOf(cause),
  cause: Cause.isInterruptedOnly(cause) ? null : cause
})

const unexpected = (status: Status, cause: Cause.Cause<never>): Outcome =>
  ended(status, Exit.failCause(cause), { failure: { kind: "unexpected", input: cause } })

export const of = (exit: Exit.Exit<unknown, unknown>): Outcome => {
  if (Exit.isFailure(exit)) {
    const failure = Cause.failureOrCause(exit.cause)
    return Either.isLeft(failure)
      ? ended("error", exit, { ...errorsOf(exit.cause), failure: { kind: "failure", input: failure.left } })
      : {
          ...unexpected(Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "error", failure.right),
          ...errorsOf(exit.cause)
        }
  }
  if (exit.value instanceof TimedOut) {
    const { message } = exit.value
    return { ...unexpected("timeout", Cause.die(new Cause.TimeoutException(message))), error: message }
  }
  // the cadence receives the result of the body, without its memory
  if (exit.value instanceof Remembering)
    return ended("success", Exit.succeed(exit.value.value), { memory: exit.value.memory })
  if (exit.value instanceof Skipped) return skipped(exit.value)
  return ended("success", exit)
}

const interrupted = Cause.interrupt(FiberId.none)

/** A run that a crash or a stop ended. */
export const cutShort = (error: string): Outcome => ({
  ...unexpected("interrupted", interrupted),
  error,
  isCutShort: true
})

/** A run that was cancelled. */
export const cancelled = (error: string): Outcome => ended("interrupted", Exit.failCause(interrupted), { error })

/** A planned time at which nothing ran, and why. */
export const skipped = (skip: Skipped): Outcome => ended("skipped", undefined, skip)

/** A stop of the tick before the body has ended. */
export const leftRunning: Outcome = ended("control", undefined, {
  verdict: "left-running",
  reason: JobState.leftRunning
})

/** A change of the plan itself; an attempt that was cancelled before it started is one. */
export const control = (reason: string, verdict: ControlVerdict = "control"): Outcome =>
  ended("control", undefined, { verdict, reason })
