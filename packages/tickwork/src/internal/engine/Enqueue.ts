/**
 * Makes the requests to enqueue runs: checks payloads, instant and keys. It enqueues nothing.
 *
 * @internal
 */
import { Clock, type DateTime, Effect, Either, Random } from "effect"
import * as EnqueueError from "../../EnqueueError.ts"
import type { Submission, Unique } from "../../JobStore.ts"
import type { Job } from "../Definition.ts"
import * as Registry from "../plan/Registry.ts"
import * as Instant from "../schedule/Instant.ts"
import * as Payload from "./Payload.ts"

interface Options<P> {
  readonly at?: DateTime.DateTime.Input
  readonly key?: (payload: P, index: number) => string
  readonly unique?: Unique
}

/** One of 2^62 keys of this instant, so that two are rarely equal; what is enqueued together is stored together. */
const newKey = (now: number) =>
  Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 2 ** 31), 2), (numbers) =>
    [now, ...numbers].map((number) => number.toString(36).padStart(6, "0")).join("")
  )

/** A request for each payload, in their order. */
export const requests = <P>(
  job: Job<string, unknown, unknown, any, any, P>,
  payloads: Iterable<NoInfer<P>>,
  { at, key: keyOf, unique = "stored" }: Options<NoInfer<P>>
): Effect.Effect<ReadonlyArray<Submission>, EnqueueError.EnqueueError> =>
  Effect.gen(function* () {
    const { name: jobName } = job
    const instant = at === undefined ? Either.right(null) : Instant.of(at)
    // null where it is due as soon as it is heard
    const dueAt = yield* Either.mapLeft(instant, (reason) => EnqueueError.of(jobName, "at", at, reason))
    const common = { verb: "enqueue", jobName, at: yield* Clock.currentTimeMillis, by: "", why: "", dueAt } as const
    const made: Array<Submission> = []
    for (const one of payloads) {
      const payload = yield* Payload.encode(job, one)
      const key = keyOf?.(one, made.length)
      if (key === undefined) {
        // a key of its own needs no look at the others
        made.push({ ...common, key: yield* newKey(common.at), payload })
      } else if (Registry.isKey(key)) made.push({ ...common, key, payload, unique })
      else return yield* EnqueueError.of(jobName, "key", key, Registry.rules.key[0])
    }
    return made
  })
