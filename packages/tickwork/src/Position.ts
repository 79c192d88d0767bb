/**
 * The position of an instance: the state of its cadence, its next instant, and what is due then.
 *
 * A job state holds the current position, a log entry the one after it; this module plans nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { CadenceState, RetryState } from "./CadenceState.ts"
import { Manual, Paused } from "./Control.ts"

/**
 * Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Position = Schema.Struct({
  cadence: CadenceState,
  /** The next instant of the instance; `null` when its cadence has ended. */
  nextAt: Schema.NullOr(Schema.Int),
  /** The planned time of the occurrence that is due at `nextAt`; earlier for a retry or a recheck of a condition. */
  scheduledAt: Schema.NullOr(Schema.Int),
  /** The number of the next attempt at `scheduledAt`. */
  attempt: Schema.Positive,
  /** The state of the retry policies; `null` unless the next attempt is a retry. */
  retry: Schema.NullOr(RetryState),
  /** Since when the instance is paused, by whom and why; `null` unless it is. */
  paused: Schema.NullOr(Paused),
  /** A triggered occurrence beside the plan; `null` where none was triggered. */
  manual: Schema.NullOr(Manual)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Position extends Schema.Schema.Type<typeof Position> {}

/**
 * The first position of a planned cadence.
 *
 * @since 0.1.0
 * @category constructors
 */
export const initial = (cadence: CadenceState, nextAt: number | null): Position => ({
  cadence,
  nextAt,
  scheduledAt: nextAt,
  attempt: 1,
  retry: null,
  paused: null,
  manual: null
})

/**
 * The next step of a cadence: its state, the next instant, and the planned time of its occurrence.
 *
 * @since 0.1.0
 * @category models
 */
export type Onward = Pick<Position, "cadence" | "nextAt" | "scheduledAt">

/**
 * The position once a cadence has gone on to another planned time: a first attempt at it, with no retry left.
 *
 * @since 0.1.0
 * @category transitions
 */
export const advance = ({ manual, paused }: Position, { cadence, nextAt, scheduledAt }: Onward): Position => ({
  cadence,
  nextAt,
  scheduledAt,
  attempt: 1,
  retry: null,
  paused,
  manual
})

/**
 * The position of a paused instance: the first pause says since when, by whom and why, the longer one until when.
 *
 * @since 0.1.0
 * @category transitions
 */
export const pause = (position: Position, pause: Paused): Position => {
  const { paused } = position
  if (paused === null) return { ...position, paused: pause }
  const { until: first, ...since } = paused
  const isEndless = first === undefined || pause.until === undefined
  return { ...position, paused: isEndless ? since : { ...since, until: Math.max(first, pause.until) } }
}

/** The end of a pause, where that is later; `null` where it has to be resumed. */
const latest = (nextAt: number, until: number | undefined): number | null =>
  until === undefined ? null : Math.max(nextAt, until)

/**
 * When the instance is due: at its planned instant, not before the end of a pause, or when it was triggered for. In ms
 * since the epoch; `null` where nothing is to come.
 *
 * @since 0.1.0
 * @category questions
 */
export const dueAt = ({ manual, nextAt, paused }: Position): number | null => {
  const planned = paused === null || nextAt === null ? nextAt : latest(nextAt, paused.until)
  if (manual === null) return planned
  return planned === null ? manual.nextAt : Math.min(planned, manual.nextAt)
}

/**
 * True while a planned time was found in time and its condition, which was false, is checked again, or an enqueued run was
 * brought forward: it is late then, never missed.
 *
 * @since 0.1.0
 * @category questions
 */
export const isRechecked = (position: Position): boolean =>
  position.attempt === 1 && (position.nextAt !== position.scheduledAt || isAtOnce(position))

/** The cadence of enqueued runs, which keeps when such a run was brought forward. */
const once = "once"

/**
 * The position of an enqueued run, brought forward to now. It is due at once on every clock, and cannot be missed.
 *
 * @since 0.1.0
 * @category transitions
 */
export const atOnce = (position: Position, now: number): Position => ({
  ...position,
  cadence: { ...position.cadence, state: now },
  nextAt: now
})

/**
 * True where an enqueued run was brought forward and has not been checked since.
 *
 * @since 0.1.0
 * @category questions
 */
export const isAtOnce = ({ attempt, cadence, nextAt }: Position): boolean =>
  attempt === 1 && nextAt !== null && cadence.definition === once && cadence.state === nextAt
