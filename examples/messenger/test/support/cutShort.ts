/**
 * The messenger with a `sync_send` that prints a line and never ends, to be killed during the run.
 */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Database from "../../src/Database.ts"

const syncSend = Job.make("sync_send", Effect.zipRight(Console.log("begun"), Effect.never)).pipe(
  Job.every("5 seconds"),
  Job.priority(1)
)

const TickLive = Tick.layer(Jobs.make(syncSend)).pipe(
  Layer.provide(Database.layer(process.argv[2] ?? "")),
  Layer.provide(NodeContext.layer)
)

Tick.run.pipe(Effect.provide(TickLive), NodeRuntime.runMain)
