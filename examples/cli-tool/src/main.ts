/**
 * Runs what is due, prints one line for each run, and ends: 0 if all went well, 1 if a run failed, 2 if the file cannot be
 * used.
 */
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { SqlJobStore } from "@tickwork/sql"
import { Console, Effect, Layer, Option } from "effect"
import { Tick } from "tickwork"
import { jobs } from "./Registry.ts"

const { values } = parseArgs({
  options: { db: { type: "string", default: "copies.db" }, budget: { type: "string", default: "50" } }
})

/** After this time it begins nothing more: the next start goes on. */
const budget = `${Number(values.budget)} seconds` as const

const TickLive = Tick.layer(jobs, { budget }).pipe(Layer.provide(SqlJobStore.layerSqlite({ filename: values.db })))

const program = Effect.gen(function* () {
  const entries = yield* Tick.once
  for (const { durationMs, error, jobName, reason, status } of entries)
    yield* Console.log([jobName, status, `${durationMs} ms`, error ?? reason ?? ""].join(" ").trim())
  const next = Option.map(yield* Tick.next, ({ at, jobName }) => `next: ${jobName} at ${new Date(at).toISOString()}`)
  yield* Console.log(Option.getOrElse(next, () => "nothing is planned"))
  return entries.some(({ status }) => status === "error" || status === "timeout") ? 1 : 0
})

program.pipe(
  Effect.provide(TickLive),
  Effect.catchAll(({ message }) => Effect.as(Console.error(message), 2)),
  Effect.flatMap((code) => Effect.sync(() => Object.assign(process, { exitCode: code }))),
  NodeRuntime.runMain
)
