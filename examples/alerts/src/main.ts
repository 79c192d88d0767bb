/**
 * A job that fails twice and recovers, on a SQLite file: its alerts go to the sinks that the environment names, and its
 * heartbeats to BACKUP_PING_URL. It ends once it has recovered and told so.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Heartbeat } from "@tickwork/heartbeat"
import { SqlJobStore } from "@tickwork/sql"
import { Config, Deferred, Effect, Layer, Option, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Sinks from "./Sinks.ts"

let runs = 0

const backup = Job.make(
  "backup",
  Effect.suspend(() => (++runs <= 2 ? Effect.fail("the disk is full") : Effect.void))
).pipe(Job.every("200 millis"), Job.retry(Schedule.stop), Job.alertAfter(2))

const program = Effect.gen(function* () {
  const send = yield* Sinks.fromEnvironment
  const url = yield* Config.option(Config.redacted("BACKUP_PING_URL"))
  const told = yield* Deferred.make<void>()
  const onAlert = (alert: Sinks.Alert) =>
    Effect.ensuring(send(alert), alert._tag === "Recovered" ? Deferred.succeed(told, undefined) : Effect.void)
  const monitors = Option.toArray(Option.map(url, (url) => Heartbeat.job(backup, url)))
  const Live = Heartbeat.layer(monitors).pipe(
    Layer.provideMerge(Tick.layer(Jobs.make(backup), { onAlert })),
    Layer.provide(SqlJobStore.layerSqlite({ filename: process.argv[2] ?? "alerts.db" })),
    Layer.provide(FetchHttpClient.layer)
  )
  const untilTold = Effect.raceFirst(Tick.run, Deferred.await(told))
  yield* Effect.provide(untilTold, Live)
})

NodeRuntime.runMain(program)
