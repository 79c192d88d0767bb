/**
 * The health of a tick, for a health check and for finding out why nothing runs.
 *
 * It states facts and judges nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Instants are milliseconds since the epoch.
 *
 * `isRunning` is true while `Tick.run` or a call of `Tick.once` is active; `lastTickAt` is when the tick last checked for
 * due instances. `oldestOverdue` is the due instance that has waited longest for its start. The store is reachable where
 * it answers within 3 seconds and its last write did not fail; `error` is its failure, and `since` is when that began.
 * `stuck` are the runs that take too long, each with the process that holds it and the reason, as `stuckAfter` and
 * `overrunAfter` of the tick say. `starving` are the jobs that have waited for a slot longer than `starvingAfter`, each by the
 * instance that has waited longest, with the missing slot and at most ten of the instances that hold it.
 * `left` are the jobs that this process leaves to a newer release of the application, each with the reason.
 * `unreadable` counts the instances whose rows cannot be read: they do not run. `failure` is the last defect of the tick
 * itself, which it has survived, until a later turn ends well.
 * `clockDifferenceMs` is how far the database's clock was ahead of this host's within the last minute, in ms; `null` where
 * the database has none of its own, as SQLite. It changes nothing of what runs. `watch` is how requests of other processes
 * are heard: by `events`, or by `polling` each `everyMs`; `reason` says why no event comes.
 *
 * @since 0.1.0
 * @category models
 */
export const TickHealth = Schema.Struct({
  isRunning: Schema.Boolean,
  lastTickAt: Schema.NullOr(Schema.Int),
  oldestOverdue: Schema.NullOr(Schema.Struct({ jobName: Schema.String, key: Schema.String, at: Schema.Int })),
  stuck: Schema.Array(
    Schema.Struct({
      jobName: Schema.String,
      key: Schema.String,
      since: Schema.Int,
      owner: Schema.String,
      why: Schema.String
    })
  ),
  starving: Schema.Array(
    Schema.Struct({
      jobName: Schema.String,
      key: Schema.String,
      since: Schema.Int,
      slot: Schema.String,
      holders: Schema.Array(Schema.Struct({ jobName: Schema.String, key: Schema.String }))
    })
  ),
  left: Schema.Array(Schema.Struct({ jobName: Schema.String, why: Schema.String })),
  unreadable: Schema.NonNegativeInt,
  failure: Schema.NullOr(Schema.Struct({ at: Schema.Int, error: Schema.String })),
  clockDifferenceMs: Schema.NullOr(Schema.Int),
  store: Schema.Struct({
    isReachable: Schema.Boolean,
    error: Schema.NullOr(Schema.String),
    since: Schema.NullOr(Schema.Int)
  }),
  watch: Schema.Struct({
    by: Schema.Literal("events", "polling", "nothing"),
    everyMs: Schema.NullOr(Schema.Positive),
    reason: Schema.NullOr(Schema.String)
  })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface TickHealth extends Schema.Schema.Type<typeof TickHealth> {}
