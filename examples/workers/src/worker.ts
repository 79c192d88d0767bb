/**
 * A worker: start as many as you like, on as many machines as you like. DATABASE_URL names the database.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { Tick } from "tickwork"
import * as Database from "./Database.ts"
import { jobs } from "./Registry.ts"

const WorkerLive = Layer.provide(
  Tick.layerDaemon(jobs, { concurrency: 8, drain: "10 seconds" }),
  Database.layer(process.env.DATABASE_URL ?? "postgres://localhost/shop")
)

Layer.launch(Layer.tap(WorkerLive, () => Console.log(`worker ${process.pid} runs`))).pipe(
  Effect.scoped,
  NodeRuntime.runMain
)
