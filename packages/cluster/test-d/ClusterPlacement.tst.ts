import type { Sharding } from "@effect/cluster"
import type { SqlError } from "@effect/sql"
import type { PgClient } from "@effect/sql-pg"
import { ClusterPlacement } from "@tickwork/cluster"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { Effect, Layer, Redacted } from "effect"
import type { Placement } from "tickwork"
import { describe, expect, test } from "tstyche"

describe("a placement in a cluster", () => {
  test("needs a client of PostgreSQL, which the store there provides", () => {
    const placement = ClusterPlacement.layerSql({ group: "jobs" })
    type Provided = Placement.Placement | ClusterPlacement.ClusterPlacement
    expect(placement).type.toBe<
      Layer.Layer<Provided, ClusterPlacement.ClusterPlacementError | SqlError.SqlError, PgClient.PgClient>
    >()
    const onPostgres = Layer.provide(placement, PgJobStore.layerPg({ url: Redacted.make("postgres://localhost/app") }))
    expect<Layer.Layer.Context<typeof onPostgres>>().type.toBe<never>()
  })

  test("takes the shards of a cluster of one's own, and then nothing else", () => {
    expect(ClusterPlacement.layer()).type.toBe<
      Layer.Layer<Placement.Placement | ClusterPlacement.ClusterPlacement, never, Sharding.Sharding>
    >()
    expect(ClusterPlacement.layer).type.not.toBeCallableWith({ shardsPerGroup: 64 })
    expect(Effect.map(ClusterPlacement.health, ({ partitions }) => partitions)).type.toBe<
      Effect.Effect<number, never, ClusterPlacement.ClusterPlacement>
    >()
  })
})
