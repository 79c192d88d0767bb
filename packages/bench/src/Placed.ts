/**
 * Runs that processes with partitions of their own share: each takes those of its keys, from one PostgreSQL database.
 */
import { Context, Effect, Fiber, Layer, Schema } from "effect"
import { Job, JobStore, Jobs, Placement, Tick, TickClient } from "#adapter"
import * as Measure from "./Measure.ts"
import * as Server from "./Server.ts"

const job = Job.make("mail", { payload: Schema.Number }, () => Effect.void).pipe(Job.parallel)

export const jobs = Jobs.make(job)

/** Enqueues what they share, each run under a key of its own. */
export const enqueue = (name: string, count: number) =>
  TickClient.enqueueAll(
    job,
    Array.from({ length: count }, (_, n) => n),
    { key: (n) => `${name} ${n}` }
  )

export interface Shift {
  readonly schema: Server.Schema
  /** Which of how many processes it is. */
  readonly k: number
  readonly n: number
  /** When it begins to count, in ms since the epoch, and for how long. */
  readonly from: number
  readonly seconds: number
}

export interface Spent {
  readonly claims: number
  readonly refused: number
  readonly cpuMs: number
}

/** Takes its part, and counts its claims between two instants. */
export const run = ({ from, k, n, schema, seconds }: Shift): Effect.Effect<Spent, unknown> => {
  const counted = { claims: 0, refused: 0 }
  const counting = Layer.map(Server.store(schema), (context) => {
    const store = Context.get(context, JobStore.JobStore)
    const commit: typeof store.commit = (batch) =>
      Effect.tap(store.commit(batch), ({ claims }) =>
        Effect.sync(() => {
          counted.claims += batch.claims.length
          counted.refused += claims.length
        })
      )
    return Context.add(context, JobStore.JobStore, { ...store, commit })
  })
  const placed = Layer.provide(Tick.layer(jobs, { concurrency: 100 }), Placement.fixed(k, n))
  return Effect.gen(function* () {
    const running = yield* Effect.fork(Tick.run)
    yield* Effect.sleep(Math.max(0, from - Date.now()))
    const before = { ...counted }
    const { cpu } = yield* Measure.spent(Effect.sleep(seconds * 1000))
    yield* Fiber.interrupt(running)
    return { claims: counted.claims - before.claims, refused: counted.refused - before.refused, cpuMs: cpu }
  }).pipe(Effect.provide(Layer.provide(placed, counting)))
}
