/**
 * BullMQ on Redis with an append-only file that is flushed every second.
 */
import { type Job, Queue, Worker } from "bullmq"
import type { Kind } from "./Peer.ts"
import * as Peer from "./Peer.ts"

const perCall = 1000

export const kind: Kind = {
  runs: 8000,
  open: async ({ name, url }) => {
    const { hostname: host, port } = new URL(url)
    const connection = { host, port: Number(port), maxRetriesPerRequest: null }
    const queue = new Queue(name, { connection })
    await queue.waitUntilReady()
    let worker: Worker | undefined
    const start = async (concurrency: number, run: (job: Job) => void, onEnd?: () => void) => {
      worker = new Worker(name, (job) => Promise.resolve(run(job)), { connection, concurrency })
      worker.on("error", () => {})
      if (onEnd !== undefined) worker.on("completed", onEnd)
      await worker.waitUntilReady()
    }
    return {
      fill: async (count) => {
        const jobs = Array.from({ length: perCall }, () => ({ name: "job", data: { at: 0 } }))
        for (let made = 0; made < count; made += perCall) await queue.addBulk(jobs)
      },
      work: (concurrency, { onEnd, onStart }) => start(concurrency, ({ data }) => onStart(data.at), onEnd),
      enqueue: (at) => queue.add("job", { at }),
      everySecond: async (count, onStart) => {
        await start(10, ({ opts: { delay = 0 }, timestamp }) => onStart(Date.now() - timestamp - delay))
        for (let job = 0; job < count; job++)
          await queue.upsertJobScheduler(`job ${job}`, { every: 1000 }, { name: "job" })
      },
      daily: async (count) => {
        const pattern = `0 0 ${Peer.farHour(new Date().getHours())} * * *`
        for (let job = 0; job < count; job++) await queue.upsertJobScheduler(`job ${job}`, { pattern }, { name: "job" })
        await start(10, () => undefined)
      },
      close: async () => {
        await worker?.close(true)
        await queue.close()
      }
    }
  }
}
