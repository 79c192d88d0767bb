/**
 * What a run is handed by whoever enqueues it.
 *
 * It says how a payload is written and read; it is stored with the instance that is enqueued, by whoever does that.
 *
 * @since 0.1.0
 */
import { Either, Schema } from "effect"
import * as EnqueueError from "../../EnqueueError.ts"
import type * as Job from "../../Job.ts"
import * as Kept from "../schedule/EncodedValue.ts"

/**
 * What a run was enqueued with cannot be read. The run ends with it, and what is stored stays as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadDecodeError extends Schema.TaggedError<PayloadDecodeError>("tickwork/PayloadDecodeError")(
  "PayloadDecodeError",
  {
    jobName: Schema.String,
    key: Schema.String,
    reason: Schema.String
  }
) {
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
 * import { Job } from "tickwork"
 * import * as Payload from "./Payload.ts"
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
): Either.Either<Kept.EncodedValue, EnqueueError.EnqueueError> =>
  (job.payload === null ? Either.left("the job is made with none") : Kept.encode(job.payload, value)).pipe(
    Either.mapLeft((reason) => EnqueueError.of(job.name, "payload", value, reason))
  )

/**
 * What a run was enqueued with, or why it cannot be read.
 *
 * @since 0.1.0
 * @category conversions
 */
export const read = <P>(schema: Schema.Schema<P, any>, kept: Kept.EncodedValue | null): Either.Either<P, string> =>
  kept === null ? Either.left("nothing was enqueued with it") : Kept.decode(schema, kept)
