/**
 * Tickwork itself: on SQLite with `synchronous` NORMAL and FULL, and on PostgreSQL.
 */
import * as path from "node:path"
import { Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { Job, Jobs, PgJobStore, SqlJobStore, Tick } from "#adapter"
import type { Handlers, Kind, Store } from "./Peer.ts"

const payload = Schema.Struct({ at: Schema.Number })

const oneOff = ({ onEnd, onStart }: Handlers) =>
  Job.make("mail", { payload }, (run) =>
    Effect.sync(() => {
      onStart(run.payload.at)
      onEnd()
    })
  ).pipe(Job.parallel)

const none: Handlers = { onStart: () => undefined, onEnd: () => undefined }

const sqlite = (synchronous: "normal" | "full") => (store: Store) =>
  SqlJobStore.layerSqlite({ filename: path.join(store.folder, "tick.db"), synchronous })

const postgres = ({ name, url }: Store) =>
  PgJobStore.layerPg({ url: Redacted.make(url), schema: name, maxConnections: 12 })

const make = (runs: number, layerOf: typeof postgres | ReturnType<typeof sqlite>): Kind => ({
  runs,
  open: async (store) => {
    const layer = layerOf(store) as ReturnType<typeof postgres>
    const open = (jobs: Jobs.Jobs<never>, options: Tick.Options, isDaemon: boolean) => {
      const tick = (isDaemon ? Tick.layerDaemon : Tick.layer)(jobs, options)
      return ManagedRuntime.make(Layer.fresh(Layer.provide(tick, layer)))
    }
    const job = oneOff(none)
    let runtime = open(Jobs.make(job), {}, false)
    // what others do as they connect
    await runtime.runtime()
    const start = async (jobs: Jobs.Jobs<never>, options: Tick.Options = {}) => {
      await runtime.dispose()
      runtime = open(jobs, options, true)
      await runtime.runtime()
    }
    return {
      fill: (count) =>
        runtime.runPromise(
          Tick.enqueueAll(
            job,
            Array.from({ length: count }, () => ({ at: 0 }))
          )
        ),
      work: (concurrency, handlers) => start(Jobs.make(oneOff(handlers)), { concurrency }),
      // a body ends before its record is committed, which a stop waits for
      settled: () => runtime.dispose(),
      enqueue: (at) => runtime.runPromise(Tick.enqueue(job, { at })),
      everySecond: (count, onStart) => {
        const jobs = Array.from({ length: count }, (_, n) =>
          Job.make(`job_${n}`, (run) => Effect.sync(() => onStart(Date.now() - run.scheduledAt))).pipe(
            Job.every("1 second"),
            Job.parallel
          )
        )
        return start(Jobs.make(...jobs), { concurrency: 10 })
      },
      daily: (count) => {
        const jobs = Array.from({ length: count }, (_, n) =>
          Job.make(`job_${n}`, Effect.void).pipe(Job.cron("0 12 * * *"), Job.parallel)
        )
        return start(Jobs.make(...jobs))
      },
      close: () => runtime.dispose()
    }
  }
})

export const normal: Kind = make(10_000, sqlite("normal"))
export const full: Kind = make(10_000, sqlite("full"))
export const onPostgres: Kind = make(5000, postgres)
