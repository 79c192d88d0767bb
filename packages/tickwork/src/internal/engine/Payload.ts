/**
 * Encodes and decodes payloads. It stores nothing.
 *
 * @internal
 */
import { Either, type Schema } from "effect"
import * as EnqueueError from "../../EnqueueError.ts"
import * as Definition from "../Definition.ts"
import * as EncodedValue from "../schedule/EncodedValue.ts"

/**
 * The stored form of a payload of the job, or why it has none.
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
 */
export const encode = <P>(
  job: Definition.Job<string, unknown, unknown, any, any, P>,
  value: NoInfer<P>
): Either.Either<EncodedValue.EncodedValue, EnqueueError.EnqueueError> => {
  const { payload } = Definition.of(job)
  return (payload === null ? Either.left("the job declares none") : EncodedValue.encode(payload, value)).pipe(
    Either.mapLeft((reason) => EnqueueError.ofPayload(job.name, `must match the job's schema (${reason})`))
  )
}

/** The payload of a run, or why it cannot be read. */
export const read = (
  schema: Schema.Schema<any>,
  stored: EncodedValue.EncodedValue | null
): Either.Either<unknown, string> =>
  stored === null ? Either.left("nothing was enqueued with it") : EncodedValue.decode(schema, stored)
