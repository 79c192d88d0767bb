/**
 * Keeps the rates of a server fresh, in an application that has no other Effect: two promises start and stop it.
 */
import { parseArgs } from "node:util"
import { SqlJobStore } from "@tickwork/sql"
import { Layer, ManagedRuntime } from "effect"
import { Tick } from "tickwork"
import { jobs } from "./Registry.ts"

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080/rates.json" },
    db: { type: "string", default: "rates.db" }
  }
})

const runtime = ManagedRuntime.make(
  Tick.layerDaemon(jobs(values.url), { drain: 0 }).pipe(Layer.provide(SqlJobStore.layerSqlite({ filename: values.db })))
)

await runtime.runtime()
console.log("the daemon runs; Ctrl-C stops it")

// the runs under way are aborted and recorded, and tried again at the next start
const stop = () => void runtime.dispose().then(() => console.log("stopped"))
process.once("SIGINT", stop)
process.once("SIGTERM", stop)
