/**
 * A process of a group, as a scope with a client of its own.
 */
import { ClusterPlacement } from "@tickwork/cluster"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { Placement } from "tickwork"

/** For tests that wait for shards to expire. */
export const quick = { shardLockExpiration: "3 seconds", refreshAssignmentsInterval: "200 millis" } as const

export interface Member {
  readonly owned: Effect.Effect<ReadonlyArray<number>>
  readonly health: Effect.Effect<ClusterPlacement.Health>
  readonly leave: Effect.Effect<void>
}

const partitions = Array.from({ length: Placement.partitions }, (_, partition) => partition)

/** It leaves with the scope of the test, at the latest. */
export const of = <E>(live: Layer.Layer<Placement.Placement | ClusterPlacement.ClusterPlacement, E>) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const context = yield* Layer.buildWithScope(live, scope)
    const { owns } = Context.get(context, Placement.Placement)
    const { health } = Context.get(context, ClusterPlacement.ClusterPlacement)
    return { owned: Effect.sync(() => partitions.filter(owns)), health, leave: Scope.close(scope, Exit.void) }
  })

export const start = (url: string, options: ClusterPlacement.SqlOptions = quick) =>
  of(Layer.provide(ClusterPlacement.layerSql(options), Layer.fresh(Postgres.client(url, 1))))

/** All partitions are taken, each once, and no member has many more than another. */
export const areShared = (members: ReadonlyArray<Member>): Effect.Effect<boolean> =>
  Effect.map(Effect.all(members.map(({ owned }) => owned)), (each) => {
    const all = each.flat()
    const fair = Placement.partitions / members.length
    return (
      all.length === Placement.partitions &&
      new Set(all).size === all.length &&
      each.every(({ length }) => Math.abs(length - fair) < fair / 5)
    )
  })

export const hasAll = (member: Member): Effect.Effect<boolean> =>
  Effect.map(member.owned, ({ length }) => length === Placement.partitions)
