/**
 * A worker: start as many as you like, on as many machines as you like. DATABASE_URL names the database.
 *
 * It says how many of the partitions it has whenever that changes.
 */
import { NodeRuntime } from "@effect/platform-node"
import { ClusterPlacement } from "@tickwork/cluster"
import { Console, Effect, Layer, Stream } from "effect"
import { Placement, Tick } from "tickwork"
import * as Database from "./Database.ts"
import { jobs } from "./Registry.ts"

const telling = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { changes } = yield* Placement.Placement
    const { health } = yield* ClusterPlacement.ClusterPlacement
    const tell = Effect.flatMap(health, ({ partitions }) =>
      Console.log(`worker ${process.pid} has ${partitions} of ${Placement.partitions} partitions`)
    )
    yield* Effect.forkScoped(Stream.runForEach(changes, () => tell))
  })
)

const WorkerLive = Layer.merge(
  Tick.layerDaemon(jobs, { concurrency: 8, drain: "10 seconds", lease: "15 seconds" }),
  telling
).pipe(
  Layer.provide(ClusterPlacement.layerSql({ group: "shop" })),
  Layer.provide(Database.layer(process.env.DATABASE_URL ?? "postgres://localhost/shop"))
)

NodeRuntime.runMain(Layer.launch(WorkerLive))
