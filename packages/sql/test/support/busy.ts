/**
 * A program with a hundred jobs each second, of which one prunes the log. For each line of its input it says what it holds.
 *
 * Its argument names the database.
 */
import * as fs from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { NodeRuntime } from "@effect/platform-node"
import { Array as Arr, Effect, Layer, Logger, Schedule } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as Place from "./Place.ts"

export interface Held {
  readonly runs: number
  /** Bytes in use after garbage was collected. */
  readonly heap: number
  readonly resident: number
  /** Open files and sockets, where the system tells. */
  readonly files: number
  /** Timers, sockets and other things that keep a process alive. */
  readonly handles: number
  /** Bytes of the database and of its log beside it, where it is a file. */
  readonly stored: number
}

let runs = 0

const counted = Effect.sync(() => {
  runs += 1
})

const flaky = Effect.suspend(() => (runs++ % 7 === 0 ? Effect.fail("offline") : Effect.void))

const keys = Effect.succeed(Arr.makeBy(20, (n) => `key ${n}`))
const again = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(2))

const jobs = Jobs.make(
  ...Arr.makeBy(69, (n) => Job.make(`plain ${n}`, counted).pipe(Job.every("1 second"), Job.parallel)),
  ...Arr.makeBy(10, (n) => Job.make(`flaky ${n}`, flaky).pipe(Job.every("1 second"), Job.parallel, Job.retry(again))),
  Job.make("keyed", { keys }, () => counted).pipe(Job.every("1 second"), Job.parallel),
  Job.make("pruning", JobLog.prune({ keep: 100 })).pipe(Job.every("10 seconds"), Job.parallel)
)

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

const filesOf = () => (fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0)

const bytesOf = (name: string) => (fs.existsSync(name) ? fs.statSync(name).size : 0)

const held = (place: string): Held => {
  collectGarbage()
  const { heapUsed: heap, rss: resident } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  return { runs, heap, resident, files: filesOf(), handles, stored: bytesOf(place) + bytesOf(`${place}-wal`) }
}

const listen = (place: string) =>
  Effect.sync(() => {
    createInterface({ input: process.stdin }).on("line", () => process.stdout.write(`${JSON.stringify(held(place))}\n`))
    process.stdout.write("ready\n")
  })

// its output is for its answers alone
const logger = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

const program = (place: string) =>
  Effect.zipRight(listen(place), Tick.run).pipe(
    Effect.provide(Layer.merge(logger, Tick.layer(jobs).pipe(Layer.provideMerge(Place.layer(place)))))
  )

const [, file, place = ""] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(place), { disablePrettyLogger: true })
