/**
 * liteque on SQLite with `synchronous = NORMAL`, as it sets it, polling once a second. It has no recurring jobs: each run
 * enqueues the next.
 */
import * as path from "node:path"
import { buildDBClient, Runner, SqliteQueue } from "liteque"
import * as WallTime from "../WallTime.ts"
import type { Kind } from "./Peer.ts"

const halfADay = 43_200_000

export const kind: Kind = {
  runs: 2000,
  open: ({ folder }) => {
    const client = buildDBClient(path.join(folder, "queue.db"), { runMigrations: true })
    const queue = new SqliteQueue<{ readonly at: number }>("jobs", client, {
      defaultJobArgs: { numRetries: 0 },
      keepFailedJobs: false
    })
    let stop = () => {}
    const start = (concurrency: number, run: (at: number) => unknown, onEnd = () => {}) => {
      const runner = new Runner(
        queue,
        { run: async ({ data }) => void (await run(data.at)), onComplete: () => Promise.resolve(onEnd()) },
        { concurrency, pollIntervalMs: 1000, timeoutSecs: 60 }
      )
      stop = () => runner.stop()
      void runner.run()
    }
    const enqueueAt = (at: number) => queue.enqueue({ at }, { delayMs: at - Date.now() })
    return {
      fill: async (count) => {
        for (let job = 0; job < count; job++) await queue.enqueue({ at: 0 })
      },
      work: (concurrency, { onEnd, onStart }) => start(concurrency, onStart, onEnd),
      enqueue: (at) => queue.enqueue({ at }),
      everySecond: async (count, onStart) => {
        start(10, (due) => {
          onStart(WallTime.now() - due)
          return enqueueAt(due + 1000)
        })
        const due = (Math.floor(Date.now() / 1000) + 1) * 1000
        for (let job = 0; job < count; job++) await enqueueAt(due)
      },
      daily: async (count) => {
        for (let job = 0; job < count; job++) await enqueueAt(Date.now() + halfADay)
        start(10, () => undefined)
      },
      close: () => stop()
    }
  }
}
