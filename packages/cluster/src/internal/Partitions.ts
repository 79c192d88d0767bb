/**
 * Which partitions a process has, as its shards say. It takes no shard and gives none up: `Sharding` does.
 *
 * @internal
 */
import { type ShardId, Sharding } from "@effect/cluster"
import { Clock, type Duration, Effect, Metric, type Scope, Stream, SubscriptionRef } from "effect"
import { Placement } from "tickwork"

/** For longer than any hand-over: then it is worth a warning. */
const longWithoutMs = 60_000

export interface Health {
  readonly partitions: number
  readonly noneSince: number | null
}

export interface Partitions {
  readonly placement: Placement.PlacementService
  readonly health: Effect.Effect<Health>
}

export interface Options {
  /** In which shard a partition is. */
  readonly shardOf: (sharding: Sharding.Sharding["Type"], partition: number) => ShardId.ShardId
  /** How often the answers of Sharding are compared, which tells of no change; one takes less than a microsecond. */
  readonly checkEvery: Duration.DurationInput
  /** Waits until they may have changed. */
  readonly changed: Effect.Effect<void>
}

const count = Metric.gauge("tickwork_partitions", { description: "Partitions that this process takes care of" })

/** The partitions of a process. */
export const make = ({
  changed,
  checkEvery,
  shardOf
}: Options): Effect.Effect<Partitions, never, Sharding.Sharding | Scope.Scope> =>
  Effect.gen(function* () {
    const sharding = yield* Sharding.Sharding
    const shards = Array.from({ length: Placement.partitions }, (_, partition) => shardOf(sharding, partition))
    const sizes = new Map<ShardId.ShardId, number>()
    for (const shard of shards) sizes.set(shard, (sizes.get(shard) ?? 0) + 1)

    let owned: ReadonlySet<ShardId.ShardId> = new Set()
    let health: Health = { partitions: 0, noneSince: yield* Clock.currentTimeMillis }
    let isWarned = false
    const version = yield* SubscriptionRef.make(0)

    const change = (now: number, next: ReadonlySet<ShardId.ShardId>) => {
      let partitions = 0
      for (const shard of next) partitions += sizes.get(shard) ?? 0
      owned = next
      health = { partitions, noneSince: partitions > 0 ? null : (health.noneSince ?? now) }
      isWarned = false
      return Effect.zipRight(
        Metric.set(count, partitions),
        SubscriptionRef.update(version, (n) => n + 1)
      )
    }

    const warn = (now: number) => {
      if (isWarned || health.noneSince === null || now - health.noneSince < longWithoutMs) return Effect.void
      isWarned = true
      return Effect.logWarning(
        "This process has had no partition for a minute, so it runs no job. Where other processes have some, restart it."
      )
    }

    const check = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const next = new Set<ShardId.ShardId>()
      for (const shard of sizes.keys()) if (sharding.hasShardId(shard)) next.add(shard)
      const isSame = next.size === owned.size && [...next].every((shard) => owned.has(shard))
      return isSame ? warn(now) : change(now, next)
    })
    const wait = Effect.raceFirst(Effect.sleep(checkEvery), changed)
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(check, wait)))

    return {
      placement: {
        owns: (partition) => {
          const shard = shards[partition]
          return shard !== undefined && owned.has(shard)
        },
        changes: Stream.as(version.changes, undefined)
      },
      health: Effect.sync(() => health)
    }
  })
