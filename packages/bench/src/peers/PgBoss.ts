/**
 * pg-boss on PostgreSQL, in batches of 100 and with LISTEN/NOTIFY. Its crons are by the minute: for shorter ones each run
 * enqueues the next.
 */
import { type Job, PgBoss } from "pg-boss"
import type { Kind } from "./Peer.ts"
import * as Peer from "./Peer.ts"

const queueName = "jobs"
const perCall = 1000
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }

export const kind: Kind = {
  runs: 20_000,
  open: async ({ name, url }) => {
    const boss = new PgBoss({ connectionString: url, schema: name, useListenNotify: true, max: 12 })
    boss.on("error", () => {})
    await boss.start()
    await boss.createQueue(queueName, { notify: true })
    const remaining = async () =>
      (await boss.getDb().executeSql(`SELECT 1 FROM ${name}.job WHERE state < 'completed' LIMIT 1`)).rows.length
    const due = (at: number) => ({ data: { at }, startAfter: new Date(at) })
    return {
      fill: async (count) => {
        const jobs = Array.from({ length: perCall }, () => ({ data: { at: 0 } }))
        for (let made = 0; made < count; made += perCall) await boss.insert(queueName, jobs)
      },
      work: (concurrency, { onEnd, onStart }) =>
        boss.work(
          queueName,
          { localConcurrency: concurrency, batchSize: 100, burstWhenBatchFull: true, ...polling },
          (jobs) => {
            for (const { data } of jobs) {
              onStart(data.at)
              onEnd()
            }
            return Promise.resolve()
          }
        ),
      settled: async () => {
        while ((await remaining()) > 0) await new Promise((resolve) => setTimeout(resolve, 2))
      },
      enqueue: (at) => boss.send(queueName, { at }),
      everySecond: async (count, onStart) => {
        await boss.work(queueName, { localConcurrency: 2, batchSize: 100, ...polling }, async (jobs) => {
          for (const { data } of jobs) onStart(Date.now() - data.at)
          await boss.insert(
            queueName,
            jobs.map(({ data }: Job) => due(data.at + 1000))
          )
        })
        const first = (Math.floor(Date.now() / 1000) + 1) * 1000
        await boss.insert(
          queueName,
          Array.from({ length: count }, () => due(first))
        )
      },
      daily: async (count) => {
        const cron = `0 ${Peer.farHour(new Date().getUTCHours())} * * *`
        for (let job = 0; job < count; job++) await boss.schedule(queueName, cron, {}, { key: `job-${job}` })
        await boss.work(queueName, {}, () => Promise.resolve())
      },
      close: () => boss.stop({ graceful: false })
    }
  }
}
