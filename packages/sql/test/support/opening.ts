/**
 * A program that opens a store where each line says, and says in a line what came of it. Its argument is the dialect.
 */
import { createInterface } from "node:readline"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { Effect, Redacted } from "effect"
import { JobStore } from "tickwork"

const layerAt = (place: string) =>
  process.argv[2] === "pg"
    ? PgJobStore.layerPg({ url: Redacted.make(place), maxConnections: 2 })
    : SqlJobStore.layerSqlite({ filename: place })

const open = (place: string) =>
  Effect.flatMap(JobStore.JobStore, (store) => store.names).pipe(
    Effect.provide(layerAt(place)),
    Effect.match({ onFailure: (error) => error.message, onSuccess: (names) => `opened ${JSON.stringify(names)}` }),
    Effect.flatMap((said) => Effect.sync(() => process.stdout.write(`${said}\n`)))
  )

createInterface({ input: process.stdin }).on("line", (place) => void Effect.runPromise(open(place)))
process.stdout.write("ready\n")
