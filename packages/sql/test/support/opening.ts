/**
 * A program that opens a store where each line says, and says in a line what came of it.
 */
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { JobStore } from "tickwork"
import * as Place from "./Place.ts"

const open = (place: string) =>
  Effect.flatMap(JobStore.JobStore, (store) => store.names).pipe(
    Effect.provide(Place.layer(place)),
    Effect.match({ onFailure: (error) => error.message, onSuccess: (names) => `opened ${JSON.stringify(names)}` }),
    Effect.flatMap((said) => Effect.sync(() => process.stdout.write(`${said}\n`)))
  )

createInterface({ input: process.stdin }).on("line", (place) => void Effect.runPromise(open(place)))
process.stdout.write("ready\n")
