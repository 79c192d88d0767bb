/**
 * How a tick is doing: for a health check, and for whoever wonders why nothing runs.
 *
 * It says what is; it judges nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Instants are milliseconds since the epoch.
 *
 * `isRunning` is true while `Tick.run` or a call of `Tick.once` goes on; `lastTickAt` is when the tick last looked for
 * what is due. `oldestOverdue` is the due instant that has waited longest for its start. The store is reachable where it
 * answers now and its last write did not fail; `error` says what it failed with, and `since` when that began.
 *
 * @since 0.1.0
 * @category models
 */
export const TickHealth = Schema.Struct({
  isRunning: Schema.Boolean,
  lastTickAt: Schema.NullOr(Schema.Int),
  oldestOverdue: Schema.NullOr(Schema.Struct({ jobName: Schema.String, key: Schema.String, at: Schema.Int })),
  store: Schema.Struct({
    isReachable: Schema.Boolean,
    error: Schema.NullOr(Schema.String),
    since: Schema.NullOr(Schema.Int)
  })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface TickHealth extends Schema.Schema.Type<typeof TickHealth> {}
