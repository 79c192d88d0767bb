/**
 * What is asked for when a run is enqueued, checked: the payload as a store keeps it, an instant and a key.
 *
 * It enqueues nothing itself. A key that nobody gives is made of dice.
 *
 * @internal
 */
import { type DateTime, Effect, Either, Inspectable, Random } from "effect"
import * as Calendar from "../Calendar.ts"
import type * as Job from "../Job.ts"
import * as Kept from "../Kept.ts"
import { NotEnqueued } from "../NotEnqueued.ts"
import * as KeyList from "./KeyList.ts"

interface Options {
  readonly at?: DateTime.DateTime.Input
  readonly key?: string
}

interface Checked {
  readonly dueAt: number
  readonly key: string
  readonly kept: Kept.Kept
}

const longestValue = 200

const refuse = (jobName: string, option: NotEnqueued["option"], value: unknown, reason: string) =>
  new NotEnqueued({
    jobName,
    option,
    value: (typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0)).slice(
      0,
      longestValue
    ),
    reason
  })

/** One in 2^62 is given twice. */
const newKey = Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 2 ** 31), 2), (dice) =>
  dice.map((die) => die.toString(36).padStart(6, "0")).join("")
)

export const checked = <P>(
  { name, payload: schema }: Job.Job<string, unknown, unknown, any, any, P>,
  payload: P,
  { at, key }: Options,
  now: number
): Effect.Effect<Checked, NotEnqueued> =>
  Effect.gen(function* () {
    if (schema === null) return yield* refuse(name, "payload", payload, "the job is made with none")
    const fault = key === undefined ? null : KeyList.faultOf(key)
    if (fault !== null) return yield* refuse(name, "key", key, `it ${fault}`)
    const kept = yield* Either.mapLeft(Kept.encode(schema, payload), (reason) =>
      refuse(name, "payload", payload, reason)
    )
    const instant = at === undefined ? Either.right({ instant: now }) : Calendar.at(at)
    const { instant: dueAt } = yield* Either.mapLeft(instant, ({ reason }) => refuse(name, "at", at, reason))
    return { dueAt, key: key ?? (yield* newKey), kept }
  })
