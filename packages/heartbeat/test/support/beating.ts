/**
 * A program for tests to kill: one job on the SQLite file of its first argument, with a heartbeat to the address of its
 * second one. With "hangs" as its third argument the job never ends.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Heartbeat } from "@tickwork/heartbeat"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const [, , filename = "", url = "", mode] = process.argv

const say = Effect.sync(() => process.stdout.write("ready\n"))

const backup = Job.make("backup", Effect.zipRight(say, mode === "hangs" ? Effect.never : Effect.void)).pipe(
  Job.every("1 day")
)

const Live = Heartbeat.layer([Heartbeat.job(backup, url)]).pipe(
  Layer.provideMerge(Tick.layer(Jobs.make(backup))),
  Layer.provide(SqlJobStore.layerSqlite({ filename })),
  Layer.provide(FetchHttpClient.layer)
)

NodeRuntime.runMain(Effect.provide(Tick.run, Live))
