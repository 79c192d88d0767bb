/**
 * Lists the keys of a job's instances by the job's own effect.
 *
 * A listing that fails, dies or takes too long is reported and changes no instance.
 *
 * @internal
 */
import { Effect, Either, Inspectable, Predicate } from "effect"
import type { Keys as KeysOf, KeyWithCadence } from "../Definition.ts"
import * as PlainText from "../PlainText.ts"
import * as Plan from "../plan/Plan.ts"
import type { Listed } from "../plan/Registered.ts"
import * as Registry from "../plan/Registry.ts"
import type * as Calendar from "../schedule/Calendar.ts"
import * as KeyCadence from "../schedule/KeyCadence.ts"
import * as Answer from "./Answer.ts"
import * as ErrorText from "./ErrorText.ts"

/** What a list says of each key. */
export type Keys = ReadonlyMap<string, Listed>

/** The keys, or `null` where the listing failed, and its error. */
export interface KeyList {
  readonly keys: Keys | null
  readonly error: string | null
}

const shown = (key: unknown): string =>
  PlainText.shorten(
    typeof key === "string" ? PlainText.quoted(key) : Inspectable.toStringUnknown(key, 0),
    PlainText.longestShown
  )

/** So much of a list is read at once: in between, other fibers, timers and the limit of time have their turn. */
const atOnce = { plainKeys: 3000, keysWithCadence: 500 }

const tooMany = (atMost: number): KeyList => ({
  keys: null,
  error: `a list must have at most ${atMost} keys, got more. List fewer, or raise the job's mostKeys`
})

type Given = string | KeyWithCadence

/** What the last list of a job has said of cadences, by their text: parsing takes longer than all the rest. */
const parsed = new WeakMap<object, ReadonlyMap<string, Listed>>()

const wrong = ({ cure, option, reason, value }: Calendar.Invalid) => `${option} ${reason}, got ${shown(value)}. ${cure}`

/** Reads cadences, those that the list had before from what they were. */
const reader = (list: object) => {
  const [before, now] = [parsed.get(list), new Map<string, Listed>()]
  parsed.set(list, now)
  return (given: Given): readonly [key: unknown, cadence: Listed] => {
    if (!Predicate.hasProperty(given, "key")) return [given, null]
    const text = JSON.stringify(given.cadence) ?? ""
    const listed = now.get(text) ?? before?.get(text) ?? Either.mapLeft(KeyCadence.calendarOf(given.cadence), wrong)
    now.set(text, listed)
    return [given.key, listed]
  }
}

/** Takes the keys that are listed, some of them at once. */
const checked = (listed: Iterable<Given>, atMost: number, read: ReturnType<typeof reader>): Effect.Effect<KeyList> =>
  Effect.acquireUseRelease(
    Effect.sync(() => listed[Symbol.iterator]()),
    (iterator) =>
      Effect.gen(function* () {
        const keys = new Map<string, Listed>()
        let error: string | null = null
        let share = 0
        for (let count = 1; ; count++) {
          const next = iterator.next()
          if (next.done === true) return { keys, error }
          if (count > atMost) return tooMany(atMost)
          const [key, cadence] = read(next.value)
          if (Registry.isKey(key)) keys.set(key as string, cadence)
          else error ??= `a key ${Registry.rules.key[0]}, got ${shown(key)}, which is left out`
          share += 1 / (typeof next.value === "string" ? atOnce.plainKeys : atOnce.keysWithCadence)
          if (share < 1) continue
          share = 0
          yield* Effect.sleep(0)
        }
      }),
    (iterator) => Effect.ignore(Effect.try(() => iterator.return?.()))
  )

/** Lists the keys, within the time limit of a condition. */
export const list = <R>({ atMost, list }: KeysOf<R>): Effect.Effect<KeyList, never, R> =>
  Effect.matchCause(
    Answer.within(
      Effect.flatMap(list, (listed) => checked(listed, atMost, reader(list))),
      Plan.longestCheckMs
    ),
    {
      onFailure: (cause) => ({ keys: null, error: ErrorText.render(cause) }),
      onSuccess: (listed) => listed
    }
  )

/** The warning for a listing with an error. */
export const warning = (jobName: string, error: string): string =>
  `Listing the keys of job "${jobName}" went wrong: ${error}`
