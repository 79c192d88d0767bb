/**
 * How an attempt ended: in the words of the log, what its cadence is fed, and what its policies are asked about.
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

/** What a body answers instead of running, since a condition did not hold. */
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

/** What a body answers that was interrupted since its time was up. */
export class TimedOut {
  readonly message: string
  constructor(timeoutMs: number) {
    this.message = `it was interrupted after ${Duration.format(Duration.millis(timeoutMs))}`
  }
}

/** What a body answers that has succeeded, and left something new in its memory. */
export class Remembering {
  readonly value: unknown
  readonly memory: EncodedValue
  constructor(value: unknown, memory: EncodedValue) {
    this.value = value
    this.memory = memory
  }
}

/** What a policy is asked about: a typed failure, or the cause of an unexpected end. */
export interface Failure {
  readonly kind: Kind
  readonly input: unknown
}

export interface Outcome {
  readonly status: Status
  readonly error: string | null
  readonly reason: string | null
  /** What the cadence is fed: `undefined` where no run ended. */
  readonly input: Exit.Exit<unknown, unknown> | undefined
  /** `null` where the attempt is not made again: it succeeded, nothing ran, or somebody has cancelled it. */
  readonly failure: Failure | null
  /** A crash or a stop cut it short: nobody knows how far it came. */
  readonly isCutShort: boolean
  /** What is remembered from now on; `null` where that is what it was. */
  readonly memory: EncodedValue | null
  /** Where a condition did not hold: how soon the same instant is looked at again; `null` where it is over. */
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
  // the cadence is fed what the body answered, whatever it remembers
  if (exit.value instanceof Remembering)
    return ended("success", Exit.succeed(exit.value.value), { memory: exit.value.memory })
  if (exit.value instanceof Skipped) {
    const { error, reason, recheckMs } = exit.value
    return ended("skipped", undefined, { error, reason, recheckMs })
  }
  return ended("success", exit)
}

const interrupted = Cause.interrupt(FiberId.none)

/** A run cut short from outside. */
export const cutShort = (error: string): Outcome => ({
  ...unexpected("interrupted", interrupted),
  error,
  isCutShort: true
})

/** A run that somebody has cancelled while it went on. */
export const cancelled = (error: string): Outcome => ended("interrupted", Exit.failCause(interrupted), { error })

/** An attempt that somebody has cancelled before it was made: nothing ran. */
export const calledOff = (reason: string): Outcome => ended("control", undefined, { reason })

/** What nobody runs, and why. */
export const verdict = (reason: string): Outcome => ended("skipped", undefined, { reason })

/** The plan itself was changed. */
export const control = (reason: string): Outcome => ended("control", undefined, { reason })
