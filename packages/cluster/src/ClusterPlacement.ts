/**
 * A placement whose partitions move by themselves: `Sharding` of `@effect/cluster` says which process has which.
 *
 * It decides which process takes care of an instance, never which may run it: claims do. A wrong placement makes instances
 * wait, or claims be refused; nothing runs twice.
 *
 * @since 0.1.0
 */
import { EntityId, ShardId, type Sharding } from "@effect/cluster"
import type { SqlError } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Context, Duration, Effect, Exit, Inspectable, Layer, Option, Queue, Schema, Scope } from "effect"
import { Placement } from "tickwork"
import * as Partitions from "./internal/Partitions.ts"
import * as SqlSharding from "./internal/SqlSharding.ts"

/**
 * What this process has of the 1,024 partitions.
 *
 * `partitions` is how many; `noneSince` is since when it has had none, in milliseconds since the epoch, `null` while it has
 * some. A process that starts has none for some seconds. One that has none for minutes, while others have some, runs
 * nothing until it is restarted: a liveness probe does well to find that.
 *
 * @since 0.1.0
 * @category models
 */
export interface Health {
  readonly partitions: number
  readonly noneSince: number | null
}

/**
 * The placement of this process, for its health check.
 *
 * @since 0.1.0
 * @category services
 */
export class ClusterPlacement extends Context.Tag("tickwork/ClusterPlacement")<
  ClusterPlacement,
  { readonly health: Effect.Effect<Health> }
>() {}

/**
 * What this process has of the partitions. The metric `tickwork_partitions` has their number, too.
 *
 * @example
 * ```ts
 * import { ClusterPlacement } from "@tickwork/cluster"
 * import { Clock, Effect } from "effect"
 *
 * // false where a restart may help
 * export const isAlive = Effect.gen(function* () {
 *   const { noneSince } = yield* ClusterPlacement.health
 *   return noneSince === null || (yield* Clock.currentTimeMillis) - noneSince < 300_000
 * })
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const health: Effect.Effect<Health, never, ClusterPlacement> = Effect.flatMap(
  ClusterPlacement,
  ({ health }) => health
)

/**
 * The options of {@link layerSql}. Those that `ShardingConfig` of `@effect/cluster` has, too, have its names.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqlOptions {
  /** The processes of one group share the partitions; `"default"` unless set. 1 to 40 letters, digits, `_` or `-`. */
  readonly group?: string
  /**
   * How many shards the partitions are in: a power of two from 1 to 1,024; 256 by default. A process has whole shards, so
   * give at least ten times as many as there are processes. Processes with another number compete with the others until
   * all have the same.
   */
  readonly shardsPerGroup?: number
  /**
   * How long the shards of a process that is killed or frozen stay its own; 15 seconds by default, at least 3. Its clock is
   * that of the database.
   */
  readonly shardLockExpiration?: Duration.DurationInput
  /** How often a process renews its shards; 5 seconds by default. A third of `shardLockExpiration` is the longest. */
  readonly shardLockRefreshInterval?: Duration.DurationInput
  /**
   * How often a process reads which others there are where it does not hear of them, through a pooler; 1 second by default.
   * Where it hears, it reads at once when one comes or goes, and else once a minute, or as often as set here if that is less
   * often. Each renewal sees whether one has come or gone, too. With more than 200 processes give a second for each 50.
   */
  readonly refreshAssignmentsInterval?: Duration.DurationInput
  /** How many shards this process has beside another one with 1; 1 by default. */
  readonly runnerShardWeight?: number
  /** What the names of the two tables begin with; `"tickwork_cluster"` by default. */
  readonly prefix?: string
}

/**
 * An option of a placement has a wrong value.
 *
 * @since 0.1.0
 * @category errors
 */
export class ClusterPlacementError extends Schema.TaggedError<ClusterPlacementError>("tickwork/ClusterPlacementError")(
  "ClusterPlacementError",
  {
    option: Schema.String,
    /** The rejected value, rendered. */
    value: Schema.String,
    /** What the value must be. */
    reason: Schema.String,
    cure: Schema.String
  }
) {
  override get message() {
    return `ClusterPlacement.layerSql: ${this.option} ${this.reason}, got ${this.value}. ${this.cure}`
  }
}

const fault = (option: string, value: unknown, reason: string, cure: string) =>
  new ClusterPlacementError({
    option,
    value: Inspectable.toStringUnknown(value, 0).slice(0, 100),
    reason,
    cure
  })

const word = /^[A-Za-z][\w-]{0,39}$/

const isPowerOfTwo = (n: number): boolean => Number.isInteger(n) && n > 0 && (n & (n - 1)) === 0

const settingsOf = (options: SqlOptions): Effect.Effect<SqlSharding.Settings, ClusterPlacementError> => {
  const { group = "default", prefix = "tickwork_cluster", runnerShardWeight = 1, shardsPerGroup = 256 } = options
  const times = {
    shardLockExpiration: Duration.decode(options.shardLockExpiration ?? "15 seconds"),
    shardLockRefreshInterval: Duration.decode(options.shardLockRefreshInterval ?? "5 seconds"),
    refreshAssignmentsInterval: Duration.decode(options.refreshAssignmentsInterval ?? "1 second")
  }
  const aWord = "must be 1 to 40 letters, digits, _ or -, and begin with a letter"
  if (!word.test(group)) return fault("group", group, aWord, 'Use a name such as "default".')
  if (!word.test(prefix)) return fault("prefix", prefix, aWord, 'Use one such as "tickwork_cluster".')
  if (!isPowerOfTwo(shardsPerGroup) || shardsPerGroup > Placement.partitions)
    return fault("shardsPerGroup", shardsPerGroup, "must be a power of two from 1 to 1024", "Use one such as 256.")
  if (!(runnerShardWeight >= 0.1 && runnerShardWeight <= 100))
    return fault(
      "runnerShardWeight",
      runnerShardWeight,
      "must be from 0.1 to 100",
      "Use 1 for a process like the others."
    )
  for (const [option, time] of Object.entries(times)) {
    const [least, name] = option === "shardLockExpiration" ? [3000, "3 seconds"] : [100, "100 millis"]
    if (Duration.toMillis(time) < least || Duration.toMillis(time) > 3_600_000)
      return fault(
        option,
        Duration.format(time),
        `must be from ${name} to 1 hour`,
        'Use a duration such as "15 seconds".'
      )
  }
  return Effect.succeed({
    ...times,
    prefix,
    runnerShardWeight,
    shardsPerGroup,
    // processes that disagree on the number of shards must not share them: a partition would be in a shard of each
    shardGroup: `${group}/${shardsPerGroup}`
  })
}

/** The services of a placement; `leave` gives up all partitions. */
const placed = (options: Partitions.Options, leave?: Effect.Effect<void>) =>
  Effect.map(Partitions.make(options), ({ health, placement }) =>
    Context.make(Placement.Placement, leave === undefined ? placement : { ...placement, leave }).pipe(
      Context.add(ClusterPlacement, { health })
    )
  )

/** To the compiler a client of SQLite is one of PostgreSQL that it may give in its place. */
const isPostgres = Effect.flatMap(Effect.serviceOption(PgClient.PgClient), (client) =>
  Option.isSome(client)
    ? Effect.void
    : fault(
        "the client",
        "another one",
        "must be one of PostgreSQL",
        "Use PgJobStore.layerPg, or no placement on SQLite."
      )
)

/**
 * Shares the partitions among the processes of a group, in two small tables of the job store's PostgreSQL database. No port
 * is opened, and no process has to reach another one.
 *
 * The shards of a process that stops are free at once: with `Tick.layerDaemon` before its drain, else after it. Those of
 * one that was killed or frozen are free after `shardLockExpiration`. It makes a connection of its own to the server of the client, beside those of its pool. A lease as
 * long as the locks suits a cluster: `Tick.layer(jobs, { lease: "15 seconds" })`.
 *
 * Fails with {@link ClusterPlacementError} for a wrong option or a client of another database, and with `SqlError` where the tables cannot be made.
 *
 * @example
 * ```ts no-run
 * import { ClusterPlacement } from "@tickwork/cluster"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Effect, Layer, Redacted } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 *
 * export const TickLive = Tick.layerDaemon(Jobs.make(hello), { lease: "15 seconds" }).pipe(
 *   Layer.provide(ClusterPlacement.layerSql({ group: "shop" })),
 *   Layer.provide(PgJobStore.layerPg({ url: Redacted.make("postgres://localhost/app"), maxConnections: 8 }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSql = (
  options: SqlOptions = {}
): Layer.Layer<Placement.Placement | ClusterPlacement, ClusterPlacementError | SqlError.SqlError, PgClient.PgClient> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const settings = yield* settingsOf(options)
      yield* isPostgres
      const { shardGroup, shardsPerGroup } = settings
      const moves = yield* Queue.sliding<void>(1)
      const scope = yield* Scope.make()
      // once for a tick that stops and for the layer itself
      const leave = yield* Effect.cached(Scope.close(scope, Exit.void))
      yield* Effect.addFinalizer(() => leave)
      const live = SqlSharding.layer(settings, Queue.offer(moves, undefined))
      const sharding = yield* Layer.buildWithScope(live, scope)
      const partitions = placed(
        {
          shardOf: (_, partition) => ShardId.make(shardGroup, (partition % shardsPerGroup) + 1),
          checkEvery: "20 seconds",
          changed: Effect.zipLeft(Queue.take(moves), Effect.sleep(SqlSharding.answersAfter))
        },
        leave
      )
      return yield* Effect.provide(partitions, sharding)
    })
  )

/**
 * Shares the partitions as the shards of a cluster of your own are shared: a partition is where the entity
 * `tickwork/<number>` would be. `group` is one of the cluster's shard groups; `"default"` unless set.
 *
 * Its settings say how soon shards move. With PostgreSQL's advisory locks, the default, those of a frozen process never do:
 * set `shardLockDisableAdvisory`.
 *
 * @example
 * ```ts no-run
 * import { NodeClusterSocket } from "@effect/platform-node"
 * import { ClusterPlacement } from "@tickwork/cluster"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Effect, Layer, Redacted } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 *
 * export const AppLive = Tick.layerDaemon(Jobs.make(hello)).pipe(
 *   Layer.provide(ClusterPlacement.layer()),
 *   Layer.provide(NodeClusterSocket.layer({ shardingConfig: { shardLockDisableAdvisory: true } })),
 *   Layer.provide(PgJobStore.layerPg({ url: Redacted.make("postgres://localhost/app"), maxConnections: 8 }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = ({
  group = "default"
}: {
  readonly group?: string
} = {}): Layer.Layer<Placement.Placement | ClusterPlacement, never, Sharding.Sharding> =>
  Layer.scopedContext(
    placed({
      shardOf: (sharding, partition) => sharding.getShardId(EntityId.make(`tickwork/${partition}`), group),
      checkEvery: "500 millis",
      changed: Effect.never
    })
  )
