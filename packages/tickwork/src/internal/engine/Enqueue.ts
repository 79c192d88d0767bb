/**
 * Checks a request to enqueue a run: its payload, instant and key. It enqueues nothing.
 *
 * @internal
 */
import { type DateTime, Effect, Either, Random } from "effect"
import * as EnqueueError from "../../EnqueueError.ts"
import type { Job } from "../Definition.ts"
import * as Registry from "../plan/Registry.ts"
import * as Calendar from "../schedule/Calendar.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import * as Payload from "./Payload.ts"

interface Options {
  readonly at?: DateTime.DateTime.Input
  readonly key?: string
}

interface Checked {
  /** `null` where it is due as soon as it is heard. */
  readonly dueAt: number | null
  readonly key: string
  readonly encoded: EncodedValue
}

/** One of 2^62 keys, so that two are rarely equal. */
const newKey = Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 2 ** 31), 2), (numbers) =>
  numbers.map((number) => number.toString(36).padStart(6, "0")).join("")
)

export const checked = <P>(
  job: Job<string, unknown, unknown, any, any, P>,
  payload: NoInfer<P>,
  { at, key }: Options
): Effect.Effect<Checked, EnqueueError.EnqueueError> =>
  Effect.gen(function* () {
    const encoded = yield* Payload.encode(job, payload)
    if (key !== undefined && !Registry.isKey(key)) {
      return yield* EnqueueError.of(job.name, "key", key, Registry.rules.key[0])
    }
    const instant = at === undefined ? Either.right(null) : Calendar.instantOf(at)
    const dueAt = yield* Either.mapLeft(instant, (reason) => EnqueueError.of(job.name, "at", at, reason))
    return { dueAt, key: key ?? (yield* newKey), encoded }
  })
