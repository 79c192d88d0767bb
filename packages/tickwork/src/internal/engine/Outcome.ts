/**
 * How an attempt ended: its log status, the input of its cadence, and the failure for its retry policy.
 *
 * Pure: it plans nothing and writes nothing.
 *
 * @internal
 */
import { Cause, Duration, Either, Exit, FiberId } from "effect"
import type { Status } from "../../LogEntry.ts"
import * as ErrorText from "../ErrorText.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import type { Kind } from "../schedule/Retry.ts"

/** The result of a body that did not run, since a condition did not hold. */
export class Skipped {
  readonly reason: string
  readonly error: string | null
  readonly recheckMs: number | null
  constructor(reason: string, error: string | null, recheckMs: number | null) {
    this.reason = reason
    this.error = error
    this.recheckMs = recheckMs
  }
}

/** The result of a body that was interrupted at its time limit. */
export class TimedOut {
  readonly message: string
  constructor(timeoutMs: number) {
    this.message = `it was interrupted after ${Duration.format(Duration.millis(timeoutMs))}`
  }
}

/** The result of a body that succeeded and changed its memory. */
export class Remembering {
  readonly value: unknown
  readonly memory: EncodedValue
  constructor(value: unknown, memory: EncodedValue) {
    this.value = value
    this.memory = memory
  }
}

/** The input of a retry policy: a typed failure, or the cause of an unexpected end. */
export interface Failure {
  readonly kind: Kind
  readonly input: unknown
}

export interface Outcome {
  readonly status: Status
  readonly error: string | null
  readonly reason: string | null
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
  error: null,
  reason: null,
  input,
  failure: null,
  isCutShort: false,
  memory: null,
  recheckMs: null,
  ...rest
})

const unexpected = (status: Status, cause: Cause.Cause<never>): Outcome =>
  ended(status, Exit.failCause(cause), {
    error: ErrorText.render(cause),
    failure: { kind: "unexpected", input: cause }
  })

export const of = (exit: Exit.Exit<unknown, unknown>): Outcome => {
  if (Exit.isFailure(exit)) {
    const failure = Cause.failureOrCause(exit.cause)
    return Either.isLeft(failure)
      ? ended("error", exit, {
          error: ErrorText.render(exit.cause),
          failure: { kind: "failure", input: failure.left }
        })
      : unexpected(Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "error", failure.right)
  }
  if (exit.value instanceof TimedOut) {
    const { message } = exit.value
    return { ...unexpected("timeout", Cause.die(new Cause.TimeoutException(message))), error: message }
  }
  // the cadence receives the result of the body, without its memory
  if (exit.value instanceof Remembering)
    return ended("success", Exit.succeed(exit.value.value), { memory: exit.value.memory })
  if (exit.value instanceof Skipped) {
    const { error, reason, recheckMs } = exit.value
    return ended("skipped", undefined, { error, reason, recheckMs })
  }
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

/** An attempt that was cancelled before it started. */
export const calledOff = (reason: string): Outcome => ended("control", undefined, { reason })

/** A planned time at which nothing ran, and why. */
export const verdict = (reason: string): Outcome => ended("skipped", undefined, { reason })

/** A change of the plan itself. */
export const control = (reason: string): Outcome => ended("control", undefined, { reason })
