/**
 * Lists what a backfill would run, and stores it. Where a tick is in this process it does both, since it has the code of its
 * jobs; else the store says what it knows.
 *
 * @internal
 */
import { DateTime, Effect, Option } from "effect"
import {
  Backfill,
  Control,
  type Job,
  type JobLog,
  type JobState,
  JobStore,
  type RequestError,
  Tick,
  type TickClient
} from "tickwork"

export interface Wanted {
  readonly from: DateTime.DateTime.Input
  readonly to: DateTime.DateTime.Input
}

/** A local time as browsers send it; none for anything else. */
export const instantOf = (text: string, timeZone: DateTime.TimeZone): Option.Option<DateTime.Zoned> =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)
    ? DateTime.makeZoned(`${text}Z`, { timeZone, adjustForTimeZone: true })
    : Option.none()

type Answer<A> = Effect.Effect<A, JobStore.StoreError | RequestError.RequestError, JobStore.JobStore | JobLog.JobLog>

/** In the tick of this process, where it has the job; else by the store alone. */
const byTick = <A>(
  use: (tick: Tick.Tick["Type"]) => Effect.Effect<A, TickClient.BackfillError, JobLog.JobLog>,
  otherwise: Answer<A>
): Answer<A> =>
  Effect.flatMap(Effect.serviceOption(Tick.Tick), (tick) =>
    Option.isNone(tick) ? otherwise : Effect.catchTag(use(tick.value), "InstanceNotFoundError", () => otherwise)
  )

export const preview = (state: JobState.JobState, { from, to }: Wanted): Answer<Backfill.Preview> => {
  const { jobName, key } = state
  return byTick(
    // a tick finds a job by its name alone
    (tick) => tick.previewBackfill({ name: jobName } as Job.Any, { key, from, to }),
    Backfill.previewStored(state, { from, to })
  )
}

/** Stores the backfill; answers the keys of its instances. */
export const send = (
  state: JobState.JobState,
  { from, to }: Wanted,
  { atOnce, ...sender }: { readonly atOnce: number; readonly by: string; readonly why: string }
): Answer<ReadonlyArray<string>> => {
  const { jobName, key } = state
  const stored = Effect.gen(function* () {
    const preview = yield* Backfill.previewStored(state, { from, to })
    const requests = yield* Backfill.requestsOf(preview, { atOnce, ...Control.senderOf(sender) })
    if (requests.length > 0) yield* (yield* JobStore.JobStore).submit(requests)
    return requests.map(({ key }) => key)
  })
  return byTick(
    (tick) =>
      Effect.map(tick.backfill({ name: jobName } as Job.Any, { key, from, to, atOnce, ...sender }), ({ keys }) => keys),
    stored
  )
}
