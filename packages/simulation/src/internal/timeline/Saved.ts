/**
 * A timeline as JSON, and back.
 *
 * @internal
 */
import { Either, type ParseResult, Schema } from "effect"
import { LogEntry } from "tickwork/LogEntry"
import type { Timeline } from "../../Timeline.ts"

/** The last instant that a date can be made of, either way from the epoch. */
const lastInstant = 8.64e15
const Instant = Schema.Int.pipe(Schema.between(-lastInstant, lastInstant))

const Count = Schema.NonNegative

const Span = Schema.Struct({ from: Instant, to: Instant })

const Entry = Schema.Struct({
  ...LogEntry.pick("jobName", "key", "seq", "status", "trigger", "attempt").fields,
  ...{ scheduledAt: Instant, startedAt: Instant, lastAt: Instant },
  ...LogEntry.pick("durationMs", "error", "reason", "count").fields
})

const Jump = Schema.Struct({ at: Instant, byMs: Schema.Number })

const Alarm = Schema.Struct({
  at: Instant,
  kind: Schema.Literal("alert", "recovered"),
  jobName: Schema.String,
  key: Schema.String,
  failures: Count,
  error: Schema.NullOr(Schema.String)
})

const Lateness = Schema.Struct({ p50: Schema.Number, p99: Schema.Number, max: Schema.Number })

const Skip = Schema.Struct({ reason: Schema.String, count: Count })

const Account = Schema.Struct({
  jobName: Schema.String,
  priority: Schema.Number,
  runs: Count,
  retries: Count,
  errors: Count,
  skips: Schema.Array(Skip),
  missed: Count,
  alerts: Count,
  wakeUps: Count,
  busyMs: Count,
  lateness: Lateness,
  worstWaitMs: Count
})

const EveryTick = Schema.Struct({ everyMs: Schema.Number, runs: Count, wakeUps: Count, busyMs: Count })

const Cost = Schema.Struct({ wakeUp: Schema.Number, busyMs: Schema.Number })

const fields = {
  version: Schema.Literal(1),
  from: Instant,
  to: Instant,
  seed: Schema.Number,
  isRecorded: Schema.optionalWith(Schema.Boolean, { exact: true }),
  zone: Schema.String,
  wakeUps: Count,
  idleWakeUps: Count,
  busyMs: Count,
  cost: Cost,
  everyTick: EveryTick,
  jobs: Schema.Array(Account),
  runs: Schema.Array(Entry),
  skips: Schema.Array(Entry),
  controls: Schema.Array(Entry),
  alarms: Schema.Array(Alarm),
  downtime: Schema.Array(Span),
  outages: Schema.Array(Span),
  jumps: Schema.Array(Jump)
}

const isForward = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= to

const Saved = Schema.Struct(fields).pipe(
  Schema.filter((timeline) => {
    const { downtime, jumps, outages } = timeline
    // where a clock was set back, an end may show an earlier time
    const isSetBack = jumps.some(({ byMs }) => byMs < 0)
    return isSetBack || [timeline, ...downtime, ...outages].every(isForward) || "it ends before it begins"
  })
)

/** The keys of every object that is written, in their order: JSON.stringify leaves out all others. */
const keys = [fields, ...[Account, Entry, Alarm, Lateness, Skip, EveryTick, Cost, Jump].map(({ fields }) => fields)]
  .flatMap(Object.keys)
  .filter((key, index, all) => all.indexOf(key) === index)

/**
 * The timeline as JSON, to be drawn later. Equal timelines are equal to the byte: the keys have an order of their own,
 * whatever the order in which the objects were made.
 *
 * @since 0.1.0
 * @category saving
 */
export const toJson = (timeline: Timeline): string => JSON.stringify({ version: 1, ...timeline }, keys)

const decode = Schema.decodeEither(Schema.parseJson(Saved))

/**
 * The timeline that was saved. What is no timeline, or was saved in a form that is not known, is a `ParseError` that
 * names the place.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 *
 * const read = Timeline.fromJson('{"version":2}')
 *
 * console.assert(Either.isLeft(read) && read.left._tag === "ParseError")
 * ```
 *
 * @since 0.1.0
 * @category saving
 */
export const fromJson = (text: string): Either.Either<Timeline, ParseResult.ParseError> =>
  Either.map(decode(text), ({ version: _, ...timeline }) => timeline)
