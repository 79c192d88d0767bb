/**
 * plainjob on SQLite with `synchronous = NORMAL`, as it sets it. A worker takes one job at a time, so a concurrency is a
 * number of workers; each polls once a second.
 */
import * as path from "node:path"
import Database from "better-sqlite3"
import { better, defineQueue, defineWorker, type Worker } from "plainjob"
import * as WallTime from "../WallTime.ts"
import type { Kind } from "./Peer.ts"
import * as Peer from "./Peer.ts"

const silent = () => undefined
const logger = { error: silent, warn: silent, info: silent, debug: silent }

export const kind: Kind = {
  runs: 10_000,
  open: ({ folder }) => {
    const database = new Database(path.join(folder, "queue.db"))
    const queue = defineQueue({ connection: better(database), logger })
    const workers: Array<Worker> = []
    const start = (type: string, run: (at: number) => void, onEnd?: () => void) => {
      const options = { queue, logger, ...(onEnd === undefined ? {} : { onCompleted: onEnd }) }
      const worker = defineWorker(type, ({ data }) => run(JSON.parse(data)?.at ?? 0), options)
      workers.push(worker)
      void worker.start()
    }
    const scheduled = (count: number, cron: string, run: () => void) => {
      for (let job = 0; job < count; job++) queue.schedule(`job ${job}`, { cron })
      for (let job = 0; job < count; job++) start(`job ${job}`, run)
    }
    return {
      fill: (count) =>
        queue.addMany(
          "job",
          Array.from({ length: count }, () => ({ at: 0 }))
        ),
      work: (concurrency, { onEnd, onStart }) => {
        for (let worker = 0; worker < concurrency; worker++) start("job", onStart, onEnd)
      },
      enqueue: (at) => queue.add("job", { at }),
      everySecond: (count, onStart) => scheduled(count, "* * * * * *", () => onStart(Peer.sinceSecond(WallTime.now()))),
      daily: (count) => scheduled(count, `0 0 ${Peer.farHour(new Date().getHours())} * * *`, silent),
      close: () => {
        for (const worker of workers) void worker.stop()
      }
    }
  }
}
