/**
 * A program that enqueues a run for each line of its input, and says when: a process that runs nothing.
 */
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Effect, Layer, Runtime, Schema } from "effect"
import { Job, Jobs, TickClient } from "tickwork"
import * as Place from "./Place.ts"

const job = Job.make("mail", { payload: Schema.Number }, () => Effect.dieMessage("it runs nothing"))

const program = (place: string) =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<TickClient.TickClient>()
    createInterface({ input: process.stdin }).on("line", (line) => {
      const enqueued = TickClient.enqueue(job, Number(line), { key: `line ${line}` })
      const said = Effect.map(Effect.zipRight(enqueued, Clock.currentTimeMillis), (at) =>
        process.stdout.write(`${at}\n`)
      )
      Runtime.runFork(runtime)(said)
    })
    yield* Effect.sync(() => process.stdout.write("ready\n"))
    return yield* Effect.never
  }).pipe(Effect.provide(Layer.provide(TickClient.layer(Jobs.make(job)), Place.layer(place))))

const [, file, place = ""] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(place))
