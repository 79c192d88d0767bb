/**
 * What is stored of a cadence and of the retry policies between two runs.
 *
 * These are shapes alone: the engine steps cadences and policies.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const JsonValue = Schema.Unknown as unknown as Schema.Schema<Json>

/**
 * The stored state of a cadence.
 *
 * `definition` is that of the cadence that made the state, `anchor` the instant from which an interval counts, `seed` and
 * `steps` the random numbers of the next step, `state` the encoded state of a schedule. `version` is the version of the
 * job where it differs from 1, `missedTo` the last instant found missed, as long as catch-up runs are to come.
 * `unanswered` is there while the schedule has not answered its first question, and is the instant that was planned
 * before, if any: until there is an answer, the schedule is stepped and nothing runs. `kept` is the planned instant that
 * an earlier definition of a calendar has named. `leftOutTo` is there once days were left out: up to there their log entry is
 * written. `after` is there for a job that comes after others: which ends of those its
 * last occurrence knew, by what is awaited, job and key, where they are few. Instants are in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const CadenceState = Schema.Struct({
  definition: Schema.String,
  anchor: Schema.Number,
  seed: Schema.Number,
  steps: Schema.NonNegativeInt,
  state: JsonValue,
  version: Schema.optionalWith(Schema.Positive, { exact: true }),
  missedTo: Schema.optionalWith(Schema.Int, { exact: true }),
  unanswered: Schema.optionalWith(Schema.NullOr(Schema.Int), { exact: true }),
  kept: Schema.optionalWith(Schema.Int, { exact: true }),
  leftOutTo: Schema.optionalWith(Schema.Int, { exact: true }),
  after: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.Int) }), { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface CadenceState extends Schema.Schema.Type<typeof CadenceState> {}

/**
 * The state of a policy, and the definition of the policy that made it.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicyState = Schema.Struct({ definition: Schema.String, state: JsonValue })

/**
 * The state of both policies of an occurrence: the one for the job's own failures, and the one for unexpected ends.
 * `coveredUntil` is how far attempts and delays of a user's policy reach: the occurrence covers what a calendar plans up
 * to there, in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const RetryState = Schema.Struct({
  failure: Schema.optionalWith(PolicyState, { exact: true }),
  unexpected: Schema.optionalWith(PolicyState, { exact: true }),
  coveredUntil: Schema.optionalWith(Schema.Int, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface RetryState extends Schema.Schema.Type<typeof RetryState> {}
