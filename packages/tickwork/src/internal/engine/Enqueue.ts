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

/** Keys of this instant, in their order: one of 2^62 beginnings, so that two are rarely equal. */
const newKeys = (now: number) =>
  Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 2 ** 31), 2), (numbers) => {
    const text = (number: number, digits: number) => number.toString(36).padStart(digits, "0")
    // what is stored together is run together, and found on the same pages
    const beginning = [now, ...numbers].map((number) => text(number, 6)).join("")
    return (index: number) => `${beginning}${text(index, 4)}`
  })

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
    const newKey = yield* newKeys(common.at)
    const made: Array<Submission> = []
    for (const one of payloads) {
      const payload = yield* Payload.encode(job, one)
      const key = keyOf?.(one, made.length)
      if (key === undefined) {
        // a key of its own needs no look at the others
        made.push({ ...common, key: newKey(made.length), payload })
      } else if (Registry.isKey(key)) made.push({ ...common, key, payload, unique })
      else return yield* EnqueueError.of(jobName, "key", key, Registry.rules.key[0])
    }
    return made
  })
