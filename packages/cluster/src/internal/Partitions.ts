/**
 * Which partitions a process has, as its shards say. It takes no shard and gives none up: `Sharding` does.
 *
 * @internal
 */
import { type ShardId, Sharding } from "@effect/cluster"
import { Clock, Effect, Metric, Schedule, type Scope, Stream, SubscriptionRef } from "effect"
import { Placement } from "tickwork"

/** Sharding tells of no change, so its answers are compared; an answer takes less than a microsecond. */
const checkEvery = "500 millis"

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

const count = Metric.gauge("tickwork_partitions", { description: "Partitions that this process takes care of" })

/** The partitions of a process; `shardOf` says in which shard each of them is. */
export const make = (
  shardOf: (sharding: Sharding.Sharding["Type"], partition: number) => ShardId.ShardId
): Effect.Effect<Partitions, never, Sharding.Sharding | Scope.Scope> =>
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
    yield* Effect.forkScoped(Effect.repeat(check, Schedule.spaced(checkEvery)))

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
