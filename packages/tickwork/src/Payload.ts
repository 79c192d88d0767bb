/**
 * What a run is handed by whoever enqueues it.
 *
 * It says how a payload is written and read; it is stored with the instance that is enqueued, by whoever does that.
 *
 * @since 0.1.0
 */
import { Either, Inspectable, Schema } from "effect"
import * as ErrorText from "./ErrorText.ts"
import type * as Job from "./Job.ts"
import * as Kept from "./Kept.ts"

/** A value in an error's message is no longer than this, in UTF-16 code units. */
const longestShown = 200

const shown = (value: unknown): string =>
  ErrorText.shorten(
    typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0),
    longestShown
  )

/**
 * A value that a job cannot be handed: nothing is enqueued.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadPayload extends Schema.TaggedError<BadPayload>("tickwork/BadPayload")("BadPayload", {
  jobName: Schema.String,
  /** The value, as people read it, shortened. */
  value: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `Job "${this.jobName}" cannot be handed ${this.value}: ${this.reason}. Hand it what the schema of its \`payload\` describes.`
  }
}

/**
 * What a run was enqueued with cannot be read. The run ends with it, and what is stored stays as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadRefused extends Schema.TaggedError<PayloadRefused>("tickwork/PayloadRefused")("PayloadRefused", {
  jobName: Schema.String,
  key: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The payload of instance "${this.key}" of job "${this.jobName}" cannot be read: ${this.reason}. What is stored is kept as it is: let the schema of the job's \`payload\` read what was enqueued before, too.`
  }
}

/**
 * What a store keeps of a value that a job is to be handed, or why it cannot be.
 *
 * @example
 * ```ts
 * import { Effect, Either, Schema } from "effect"
 * import { Job, Payload } from "tickwork"
 *
 * const send = Job.make("send", { payload: Schema.Struct({ to: Schema.String }) }, (run) => Effect.log(run.payload.to))
 *
 * console.assert(Either.isRight(Payload.encode(send, { to: "ada" })))
 * ```
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = <P>(
  job: Pick<Job.Job<string, unknown, unknown, unknown, never, P>, "name" | "payload">,
  value: NoInfer<P>
): Either.Either<Kept.Kept, BadPayload> =>
  (job.payload === null ? Either.left("it is made without a payload") : Kept.encode(job.payload, value)).pipe(
    Either.mapLeft((reason) => new BadPayload({ jobName: job.name, value: shown(value), reason }))
  )

/**
 * What a run was enqueued with, or why it cannot be read.
 *
 * @since 0.1.0
 * @category conversions
 */
export const read = <P>(schema: Schema.Schema<P, any>, kept: Kept.Kept | null): Either.Either<P, string> =>
  kept === null ? Either.left("nothing was enqueued with it") : Kept.decode(schema, kept)
