/**
 * A timeline as JSON, and back.
 *
 * @internal
 */
import { Either, type ParseResult, Schema } from "effect"
import { Quantiles } from "tickwork/JobStats"
import * as Model from "./Model.ts"

const fields = { version: Schema.Literal(1), ...Model.Timeline.fields }

const isForward = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= to

const Saved = Schema.Struct(fields).pipe(
  Schema.filter((timeline) => {
    const { downtime, jumps, outages } = timeline
    // after a clock was set back, an end may show an earlier time
    const isSetBack = jumps.some(({ byMs }) => byMs < 0)
    return isSetBack || [timeline, ...downtime, ...outages].every(isForward) || "to must be at or after from"
  })
)

const { Alarm, Cost, Entry, EveryTick, JobAccount, Jump, Pause, RateWait, Skip } = Model

/** The keys of every object that is written, in their order: JSON.stringify leaves out all others. */
const keys = [
  fields,
  ...[JobAccount, Entry, Alarm, Quantiles, Skip, EveryTick, Cost, Jump, Pause, RateWait].map(({ fields }) => fields)
]
  .flatMap(Object.keys)
  .filter((key, index, all) => all.indexOf(key) === index)

/**
 * The timeline as JSON, to be drawn later. Equal timelines are equal to the byte: the keys have a fixed order.
 *
 * @since 0.1.0
 * @category saving
 */
export const toJson = (timeline: Model.Timeline): string => JSON.stringify({ version: 1, ...timeline }, keys)

const decode = Schema.decodeEither(Schema.parseJson(Saved))

/**
 * Reads a timeline that {@link toJson} wrote. Any other text, or another version, is a `ParseError` that names the place.
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
export const fromJson = (text: string): Either.Either<Model.Timeline, ParseResult.ParseError> =>
  Either.map(decode(text), ({ version: _, ...timeline }) => timeline)
