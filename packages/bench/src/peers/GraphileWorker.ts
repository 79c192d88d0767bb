/**
 * graphile-worker on PostgreSQL: as it is by default, and tuned with a local queue of 500 and completions in batches. Its
 * crons are by the minute: for shorter ones each run enqueues the next.
 */
import { EventEmitter } from "node:events"
import { type Helpers, Logger, makeWorkerUtils, run } from "graphile-worker"
import pg from "pg"
import type { Kind } from "./Peer.ts"
import * as Peer from "./Peer.ts"

const perCall = 1000
const tuned = { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } }

const make = (runs: number, preset?: unknown): Kind => ({
  runs,
  open: async ({ name: schema, url }) => {
    const pgPool = new pg.Pool({ connectionString: url, max: 14 })
    pgPool.on("error", () => {})
    const common = { pgPool, schema, logger: new Logger(() => () => {}) }
    const utils = await makeWorkerUtils(common)
    await utils.migrate()
    let stop = async () => {}
    const start = async (
      concurrency: number,
      task: (at: number, helpers: Helpers) => unknown,
      { crontab, onEnd = () => {} }: { readonly crontab?: string; readonly onEnd?: () => void } = {}
    ) => {
      const events = new EventEmitter()
      events.on("job:complete", onEnd)
      const runner = await run({
        ...common,
        concurrency,
        events,
        noHandleSignals: true,
        pollInterval: 2000,
        taskList: { job: async ({ at }, helpers) => void (await task(at, helpers)) },
        ...(crontab === undefined ? {} : { crontab }),
        ...(preset === undefined ? {} : { preset })
      })
      stop = () => runner.stop()
    }
    const left = async () => (await pgPool.query(`SELECT 1 FROM ${schema}._private_jobs LIMIT 1`)).rowCount ?? 0
    return {
      fill: async (count) => {
        const jobs = Array.from({ length: perCall }, () => ({ identifier: "job", payload: { at: 0 } }))
        for (let made = 0; made < count; made += perCall) await utils.addJobs(jobs)
      },
      work: (concurrency, { onEnd, onStart }) => start(concurrency, onStart, { onEnd }),
      settled: async () => {
        while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 2))
      },
      enqueue: (at) => utils.addJob("job", { at }),
      everySecond: async (count, onStart) => {
        await start(10, (at, helpers) => {
          onStart(Date.now() - at)
          return helpers.addJob("job", { at: at + 1000 }, { runAt: new Date(at + 1000) })
        })
        const at = (Math.floor(Date.now() / 1000) + 1) * 1000
        for (let job = 0; job < count; job++) await utils.addJob("job", { at }, { runAt: new Date(at) })
      },
      daily: async (count) => {
        const hour = Peer.farHour(new Date().getUTCHours())
        const crontab = Array.from({ length: count }, (_, job) => `0 ${hour} * * * job ?id=job${job}`).join("\n")
        await start(10, () => undefined, { crontab })
      },
      close: () => stop()
    }
  }
})

export const kind: Kind = make(4000)

export const tunedKind: Kind = make(20_000, tuned)
