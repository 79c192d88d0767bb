/**
 * Backfill: the planned times of a calendar in the past for which no run has succeeded, and what makes up for them.
 *
 * It reads the log and runs nothing: `Tick.backfill` stores what is to run.
 *
 * @since 0.1.0
 */
import { Array as Arr, Clock, type DateTime, Effect, Either, Random, Stream } from "effect"
import * as BackfillKey from "./internal/BackfillKey.ts"
import * as DurationText from "./internal/DurationText.ts"
import * as BackfillList from "./internal/plan/BackfillList.ts"
import type { Cadence } from "./internal/schedule/Cadence.ts"
import type * as Calendar from "./internal/schedule/Calendar.ts"
import * as Instant from "./internal/schedule/Instant.ts"
import * as StoredCalendar from "./internal/schedule/StoredCalendar.ts"
import * as JobLog from "./JobLog.ts"
import type { JobState } from "./JobState.ts"
import { JobStore, type Ref, type StoreError, type Submission } from "./JobStore.ts"
import * as RequestError from "./RequestError.ts"

/**
 * Which planned times: from `from` until before `to`, each in any form that `Job.at` takes. What the instance is still to run
 * by its plan is not among them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Range {
  readonly from: DateTime.DateTime.Input
  readonly to: DateTime.DateTime.Input
}

/**
 * Which planned times to make up for, who asks for it and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Range {
  /** The key of the instance; by default the one of a job without keys. */
  readonly key?: string
  /** How many of them run at once, from 1 to 100; by default one after the other, the earliest first. */
  readonly atOnce?: number
  /** Who sends the request; kept in one line, with control and bidirectional characters shown by number. */
  readonly by?: string
  /** The reason, kept likewise. */
  readonly why?: string
}

/**
 * Where a planned time stands: a backfill `runs` it; a run of it has `succeeded`; an earlier backfill that is not over is
 * `under-way` to it; or it is older than what the log still has, so that its entries may be `pruned`.
 *
 * @since 0.1.0
 * @category models
 */
export type Standing = "runs" | "succeeded" | "under-way" | "pruned"

/**
 * A planned time, in ms since the epoch, and where it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlannedTime {
  readonly at: number
  readonly standing: Standing
}

/**
 * The planned times of an instance in a range, the earliest first: a backfill makes up for those that it `runs`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Preview extends Ref {
  readonly times: ReadonlyArray<PlannedTime>
}

/**
 * A backfill that is stored, and the `keys` under which its runs are shown and cancelled: one, or with `atOnce` as many; none
 * where nothing is to run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Backfilled extends Preview {
  readonly keys: ReadonlyArray<string>
}

/**
 * The most planned times that a range may have.
 *
 * @since 0.1.0
 * @category constants
 */
export const mostTimes = 10_000

/**
 * The most planned times that one backfill runs at once.
 *
 * @since 0.1.0
 * @category constants
 */
export const mostAtOnce = 100

/**
 * True for the key of a backfill: the key whose planned times it makes up for, a mark, and a name.
 *
 * @since 0.1.0
 * @category questions
 */
export const isKey: (key: string) => boolean = BackfillKey.is

/**
 * The planned times that a backfill runs, in ms since the epoch.
 *
 * @example
 * ```ts
 * import { Backfill } from "tickwork"
 *
 * const times = [{ at: 1_000, standing: "succeeded" as const }, { at: 2_000, standing: "runs" as const }]
 * console.assert(Backfill.toRun({ jobName: "sync", key: "", times }).join() === "2000")
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const toRun = ({ times }: Preview): ReadonlyArray<number> =>
  times.flatMap(({ at, standing }) => (standing === "runs" ? [at] : []))

interface Span {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

const exampleCure = 'Use one such as "2027-03-01T00:00:00+01:00".'

const spanOf = (jobName: string, { from, to }: Range): Either.Either<Span, RequestError.RequestError> => {
  const refused = (option: string, value: unknown) => (reason: string) =>
    RequestError.of({ jobName, option, value, reason, cure: exampleCure })
  return Either.gen(function* () {
    const first = yield* Either.mapLeft(Instant.of(from), refused("from", from))
    const end = yield* Either.mapLeft(Instant.of(to), refused("to", to))
    return end > first ? { from: first, to: end } : yield* Either.left(refused("to", to)("must be later than from"))
  })
}

/** The planned times of a calendar that the plan of the instance has passed, the earliest first. */
const passed = (
  calendar: Calendar.Calendar,
  { jobName, position }: JobState,
  { from, to }: Span,
  now: number
): Either.Either<ReadonlyArray<number>, RequestError.RequestError> => {
  const { cadence, scheduledAt } = position
  // what the plan is still to run is its own
  const end = Math.min(to, now + 1, scheduledAt ?? Number.POSITIVE_INFINITY)
  const times: Array<number> = []
  for (
    let at = calendar.next(cadence.anchor, from - 1);
    at !== null && at < end;
    at = calendar.next(cadence.anchor, at)
  ) {
    if (times.length === mostTimes) {
      const reason = `must leave at most ${mostTimes} planned times after from`
      const value = new Date(to).toISOString()
      return Either.left(RequestError.of({ jobName, option: "to", value, reason, cure: "Use several backfills." }))
    }
    times.push(at)
  }
  return Either.right(times)
}

/** Those of the backfills of an instance. */
const backfillsOf = <A extends Ref>(all: ReadonlyArray<A>, { jobName, key }: Ref): ReadonlyArray<A> =>
  all.filter((one) => one.jobName === jobName && BackfillKey.is(one.key) && BackfillKey.ordinary(one.key) === key)

/** The planned times of an instance for which a run has succeeded, as far back as the log goes. */
const succeeded = (ref: Ref, isBackfill: boolean, from: number) =>
  JobLog.stream({ jobName: ref.jobName, key: ref.key, status: "success", from }).pipe(
    Stream.filter(({ trigger }) => (trigger === "manual") === isBackfill),
    Stream.map(({ scheduledAt }) => scheduledAt),
    Stream.runCollect
  )

/** The planned time before which entries may be gone; minus infinity where the log is whole. */
const prunedBefore = ({ jobName, key, seq }: JobState) =>
  Effect.gen(function* () {
    if (seq === 0) return Number.NEGATIVE_INFINITY
    const log = yield* JobLog.JobLog
    const [oldest] = yield* log.oldest({ jobName, key, endedBefore: 0, limit: 1, entries: 1 })
    if (oldest === undefined || oldest.first <= 1) return Number.NEGATIVE_INFINITY
    const [first] = yield* log.history({ jobName, key, seq: oldest.first, limit: 1 })
    return first === undefined ? Number.POSITIVE_INFINITY : Math.min(first.scheduledAt, first.startedAt)
  })

const notACalendar = (jobName: string, value: string, reason: string) =>
  RequestError.of({
    jobName,
    option: "cadence",
    value,
    reason,
    cure: "Trigger the job, or call Tick.backfill where its code is."
  })

/**
 * The planned times of a stored instance on a calendar.
 *
 * @internal
 */
export const previewOn = (
  state: JobState,
  cadence: Cadence<never, unknown>,
  range: Range
): Effect.Effect<Preview, RequestError.RequestError | StoreError, JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const { jobName, key } = state
    if (cadence._tag === "Schedule" || cadence.kind === "once") {
      const value = DurationText.ofDefinition(cadence.definition)
      return yield* notACalendar(jobName, value, "must be Job.every, Job.cron or Job.at")
    }
    const now = yield* Clock.currentTimeMillis
    const span = yield* spanOf(jobName, range)
    const times = yield* passed(cadence, state, span, now)
    if (times.length === 0) return { jobName, key, times: [] }
    const store = yield* JobStore
    // those that are over are among them
    const backfills = backfillsOf(yield* store.load([jobName]), state)
    const pending = backfillsOf(yield* store.pending, state)
    const underWay = new Set([
      ...backfills.flatMap(BackfillList.left),
      ...pending.flatMap(({ payload }) => BackfillList.decode(payload))
    ])
    const done = new Set<number>()
    for (const at of yield* succeeded(state, false, span.from)) done.add(at)
    for (const backfill of backfills) for (const at of yield* succeeded(backfill, true, span.from)) done.add(at)
    const known = yield* prunedBefore(state)
    const standingOf = (at: number): Standing => {
      if (done.has(at)) return "succeeded"
      if (underWay.has(at)) return "under-way"
      return at < known ? "pruned" : "runs"
    }
    return { jobName, key, times: times.map((at) => ({ at, standing: standingOf(at) })) }
  })

/**
 * The planned times of a stored instance in a range, for a process that has no code of its job: `Tick.previewBackfill` is for
 * those that have. Fails with `RequestError` where the code alone knows them: the job has no calendar, or leaves days out.
 *
 * @since 0.1.0
 * @category queries
 */
export const previewStored = (
  state: JobState,
  range: Range
): Effect.Effect<Preview, RequestError.RequestError | StoreError, JobStore | JobLog.JobLog> => {
  const { definition } = state.position.cadence
  return Either.match(StoredCalendar.of(state), {
    onLeft: (reason) => Effect.fail(notACalendar(state.jobName, DurationText.ofDefinition(definition), reason)),
    onRight: (calendar) => previewOn(state, calendar, range)
  })
}

/** A name that is rarely equal to another one's: the instant, and one of 2^31 numbers. */
const newName = (now: number) =>
  Effect.map(
    Random.nextIntBetween(0, 2 ** 31),
    (number) => `${now.toString(36)}${number.toString(36).padStart(6, "0")}`
  )

/**
 * The requests that make up for what a preview runs: one for each that runs at once, each in order. Every process that runs
 * the job takes them.
 *
 * @since 0.1.0
 * @category requests
 */
export const requestsOf = (
  preview: Preview,
  { atOnce = 1, by, why }: { readonly atOnce?: number; readonly by: string; readonly why: string }
): Effect.Effect<ReadonlyArray<Submission>, RequestError.RequestError> =>
  Effect.gen(function* () {
    const { jobName, key } = preview
    if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > mostAtOnce) {
      const reason = `must be an integer from 1 to ${mostAtOnce}`
      return yield* RequestError.of({
        jobName,
        option: "atOnce",
        value: atOnce,
        reason,
        cure: "Use a number such as 4."
      })
    }
    const times = toRun(preview)
    const at = yield* Clock.currentTimeMillis
    const name = yield* newName(at)
    const lanes = Math.min(atOnce, times.length)
    const common = { verb: "enqueue", jobName, at, by, why, dueAt: null } as const
    return Arr.makeBy(lanes, (lane) => ({
      ...common,
      key: BackfillKey.of(key, lanes === 1 ? name : `${name}-${lane + 1}`),
      payload: BackfillList.encode(times.filter((_, index) => index % lanes === lane))
    })).slice(0, lanes)
  })
