/**
 * Enqueues thumbnails: a program that runs no job, as a web server would be. `enqueue 100` enqueues a hundred.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { TickClient } from "tickwork"
import * as Database from "./Database.ts"
import { jobs, makeThumbnail } from "./Registry.ts"

const count = Number(process.argv[2] ?? "10")

const ClientLive = Layer.provide(
  TickClient.layer(jobs),
  Database.layer(process.env.DATABASE_URL ?? "postgres://localhost/shop")
)

const program = Effect.gen(function* () {
  const images = Array.from({ length: count }, (_, index) => ({ image: index + 1 }))
  // the same image twice is one run
  const answers = yield* TickClient.enqueueAll(makeThumbnail, images, { key: ({ image }) => `image-${image}` })
  const fresh = answers.filter(({ outcome }) => outcome === "new").length
  yield* Console.log(`${fresh} enqueued, ${answers.length - fresh} known already`)
})

program.pipe(Effect.provide(ClientLive), NodeRuntime.runMain)
