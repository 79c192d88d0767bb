/**
 * The persisted queue of @effect/sql on SQLite with `synchronous = NORMAL`, polling once a second. It has neither delays nor
 * recurring jobs.
 */
import * as path from "node:path"
import * as PersistedQueue from "@effect/experimental/PersistedQueue"
import * as SqlPersistedQueue from "@effect/sql/SqlPersistedQueue"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import type { Kind } from "./Peer.ts"

const schema = Schema.Struct({ at: Schema.Number })

export const kind: Kind = {
  runs: 3000,
  open: async ({ folder }) => {
    const store = SqlPersistedQueue.layerStore().pipe(
      Layer.provide(SqliteClient.layer({ filename: path.join(folder, "queue.db") }))
    )
    const runtime = ManagedRuntime.make(PersistedQueue.layer.pipe(Layer.provide(store)))
    const queue = await runtime.runPromise(PersistedQueue.make({ name: "jobs", schema }))
    return {
      fill: (count) => runtime.runPromise(Effect.forEach(Array.from({ length: count }), () => queue.offer({ at: 0 }))),
      work: (concurrency, { onEnd, onStart }) => {
        const one = queue.take(({ at }) => Effect.sync(() => onStart(at)))
        for (let worker = 0; worker < concurrency; worker++) runtime.runFork(Effect.forever(Effect.tap(one, onEnd)))
      },
      enqueue: (at) => runtime.runPromise(queue.offer({ at })),
      // its takers are interrupted with the process
      close: () => undefined
    }
  }
}
