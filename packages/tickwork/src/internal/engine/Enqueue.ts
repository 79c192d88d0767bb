/**
 * What is asked for when a run is enqueued, checked: the payload as a store keeps it, an instant and a key.
 *
 * It enqueues nothing itself. A key that nobody gives is made of dice.
 *
 * @internal
 */
import { type DateTime, Effect, Either, Random } from "effect"
import * as EnqueueError from "../../EnqueueError.ts"
import type * as Job from "../../Job.ts"
import * as Calendar from "../schedule/Calendar.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import * as KeyList from "./KeyList.ts"
import * as Payload from "./Payload.ts"

interface Options {
  readonly at?: DateTime.DateTime.Input
  readonly key?: string
}

interface Checked {
  readonly dueAt: number
  readonly key: string
  readonly encoded: EncodedValue
}

/** One in 2^62 is given twice. */
const newKey = Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 2 ** 31), 2), (dice) =>
  dice.map((die) => die.toString(36).padStart(6, "0")).join("")
)

export const checked = <P>(
  job: Job.Job<string, unknown, unknown, any, any, P>,
  payload: NoInfer<P>,
  { at, key }: Options,
  now: number
): Effect.Effect<Checked, EnqueueError.EnqueueError> =>
  Effect.gen(function* () {
    const encoded = yield* Payload.encode(job, payload)
    const fault = key === undefined ? null : KeyList.faultOf(key)
    if (fault !== null) return yield* EnqueueError.of(job.name, "key", key, `it ${fault}`)
    const instant = at === undefined ? Either.right({ instant: now }) : Calendar.at(at)
    const { instant: dueAt } = yield* Either.mapLeft(instant, ({ reason }) =>
      EnqueueError.of(job.name, "at", at, reason)
    )
    return { dueAt, key: key ?? (yield* newKey), encoded }
  })
