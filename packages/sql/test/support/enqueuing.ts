/**
 * A program that stores a request for each line of its input, and says when: a process that runs nothing.
 */
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Effect, Runtime } from "effect"
import { JobStore } from "tickwork"
import * as Place from "./Place.ts"

const request = (key: string, at: number): JobStore.Submission => ({
  ...{ verb: "enqueue", jobName: "mail", key: `line ${key}`, at, by: "", why: "", dueAt: null },
  payload: { value: Number(key) },
  unique: "stored"
})

const program = (place: string) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const runtime = yield* Effect.runtime()
    createInterface({ input: process.stdin }).on("line", (line) => {
      const submitted = Effect.flatMap(Clock.currentTimeMillis, (at) => store.submit([request(line, at)]))
      const said = Effect.map(Effect.zipRight(submitted, Clock.currentTimeMillis), (at) =>
        process.stdout.write(`${at}\n`)
      )
      Runtime.runFork(runtime)(said)
    })
    yield* Effect.sync(() => process.stdout.write("ready\n"))
    return yield* Effect.never
  }).pipe(Effect.provide(Place.layer(place)))

const [, file, place = ""] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(place))
