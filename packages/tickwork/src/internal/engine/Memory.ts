/**
 * What a job, or each of its instances, remembers from one success to the next.
 *
 * It says how memory is read and written; it is committed with the record of a success, by whoever makes that.
 *
 * @since 0.1.0
 */
import { Cause, Either, Schema } from "effect"
import * as ErrorText from "../ErrorText.ts"
import * as Kept from "../schedule/EncodedValue.ts"

/**
 * Memory of the type that `schema` describes: `initial` before the first success. What the schema does not read any more
 * is handed to `migrate`, as it was encoded; what that answers is remembered from the next success on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Memory<in out M> {
  readonly schema: Schema.Schema<M, any>
  readonly initial: NoInfer<M>
  /** Unless set, or where it throws, the job does not run, and what is stored stays as it is. */
  readonly migrate?: (stored: unknown) => NoInfer<M>
}

/**
 * What a job remembers cannot be read, or cannot be kept. The run ends with it, and what is stored stays as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class MemoryDecodeError extends Schema.TaggedError<MemoryDecodeError>("tickwork/MemoryDecodeError")(
  "MemoryDecodeError",
  {
    jobName: Schema.String,
    key: Schema.String,
    operation: Schema.Literal("read", "keep"),
    reason: Schema.String
  }
) {
  override get message() {
    const cure =
      this.operation === "read"
        ? "What is stored is kept as it is: give the job's memory a `migrate` that reads it, or forget the instance"
        : "What was stored is kept: let the job remember only what its schema describes"
    const instance = ErrorText.instanceOf(this.jobName, this.key)
    return `The memory of ${instance} cannot be ${this.operation === "read" ? "read" : "kept"}: ${this.reason}. ${cure}.`
  }
}

/**
 * What is remembered, as a run begins with it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Remembered<out M> {
  readonly value: M
  /** Not what is stored: it has to be written even where the run leaves it as it is. */
  readonly isMigrated: boolean
}

const migrated = <M>(
  { migrate }: Memory<M>,
  kept: Kept.EncodedValue,
  reason: string
): Either.Either<Remembered<M>, string> =>
  migrate === undefined
    ? Either.left(reason)
    : Either.try({
        try: () => ({ value: migrate(Kept.encodedOf(kept)), isMigrated: true }),
        catch: (error) => `${reason}; migrate threw ${ErrorText.render(Cause.fail(error))}`
      })

/**
 * What is remembered, or why it cannot be read.
 *
 * @since 0.1.0
 * @category conversions
 */
export const read = <M>(memory: Memory<M>, kept: Kept.EncodedValue | null): Either.Either<Remembered<M>, string> => {
  if (kept === null) return Either.right({ value: memory.initial, isMigrated: false })
  return Either.match(Kept.decode(memory.schema, kept), {
    onLeft: (reason) => migrated(memory, kept, reason),
    onRight: (value) => Either.right({ value, isMigrated: false })
  })
}

/**
 * What a store keeps of what is remembered, or why it cannot.
 *
 * @since 0.1.0
 * @category conversions
 */
export const write = <M>({ schema }: Memory<M>, value: M): Either.Either<Kept.EncodedValue, string> =>
  Kept.encode(schema, value)
