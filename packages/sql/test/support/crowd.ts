/**
 * Many jobs of which each instant is run, and a program for tests to kill: it runs them on the database that its first
 * argument names, and never ends by itself.
 *
 * What it does stands in a journal, the file of its second argument, which several of them share: its lines are in the
 * order in which things happened. It says a line for each run that is recorded, and for each line of its input how large
 * its heap is.
 */
import * as fs from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import { NodeRuntime } from "@effect/platform-node"
import * as Sets from "@tickwork/test-support/Sets"
import { Array as Arr, Effect, Layer, Schedule, Stream } from "effect"
import { Job, JobStore, Jobs, type Run, Tick } from "tickwork"
import { keep } from "./entries.ts"
import * as Place from "./Place.ts"

/** A body begins or ends, a process was killed, claims were asked for and refused. */
export type Entry =
  | { readonly what: "begins" | "ends"; readonly pid: number; readonly job: string; readonly instant: number }
  | { readonly what: "killed"; readonly pid: number }
  | { readonly what: "claims"; readonly asked: number; readonly refused: number }

/** The way to write to a journal: each line is written at once, and whole. */
export const writer = (journal: string): ((entry: Entry) => void) => {
  const file = fs.openSync(journal, "a")
  return (entry) => void fs.writeSync(file, `${JSON.stringify(entry)}\n`)
}

export const read = (journal: string): ReadonlyArray<Entry> =>
  fs
    .readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry)

/** Wider than any run takes, so that none of them covers the next instant too; in the fast set, than the whole test. */
export const gridMs = Sets.pick({ fast: 30_000, full: 5000 })

/** What is later than this is missed, and its runs are spread; what is not runs as fast as it can. */
const tolerance = "100 seconds"

/** Longer than any process is held up; a process that was killed is known to be gone. */
export const lease = "5 minutes"

const each = (kind: string, count: number) => Arr.makeBy(count, (n) => `${kind} ${n + 1}`)

/** They write to a table, in one transaction with their record. */
export const transactional = each("ledger", 100)

/** They write to a table in statements of their own. */
export const writing = each("writing", 40)

export const others = [...each("serial", 130), ...each("parallel", 130)]

export const all = [...transactional, ...writing, ...others]

type Body<R> = (run: Run.Run) => Effect.Effect<unknown, string, R>

/** The same jobs with any bodies. */
export const jobsOf = <R, R2>(bodies: { readonly writing: Body<R>; readonly others: Body<R2> }) => {
  const complete = <Name extends string, A, R>(job: Job.Job<Name, A, string, R>) =>
    job.pipe(
      Job.every(gridMs),
      Job.missed("all", { atMost: 10_000 }),
      Job.retry(Schedule.spaced("10 millis")),
      Job.retryUnexpected(Schedule.spaced("10 millis"))
    )
  return Jobs.make(
    // no load is to end a transaction before its time
    ...transactional.map((name) =>
      complete(Job.make(name, {}, bodies.writing)).pipe(Job.transactional, Job.timeout("2 minutes"))
    ),
    ...writing.map((name) => complete(Job.make(name, {}, bodies.writing))),
    ...others.map((name) => {
      const job = complete(Job.make(name, {}, bodies.others))
      return name.startsWith("parallel") ? Job.parallel(job) : job
    })
  )
}

/** Now and again it fails at first, once it has done its work. */
const mayFail = ({ attempt, scheduledAt }: Run.Run) =>
  attempt === 1 && Math.floor(scheduledAt / gridMs) % 11 === 0 ? Effect.fail("as it must") : Effect.void

const bodiesOf = (write: (entry: Entry) => void) => {
  const note = (what: "begins" | "ends", { jobName, scheduledAt }: Run.Run) =>
    Effect.sync(() => write({ what, pid: process.pid, job: jobName, instant: scheduledAt }))
  const body =
    <E, R>(work: (run: Run.Run) => Effect.Effect<unknown, E, R>) =>
    (run: Run.Run) =>
      Effect.acquireUseRelease(
        note("begins", run),
        () => Effect.zipRight(work(run), mayFail(run)),
        () => note("ends", run)
      )
  return {
    writing: body((run) => Effect.zipLeft(Effect.orDie(keep(run)), Effect.yieldNow())),
    others: body(() => Effect.sleep(1))
  }
}

/** The store, which notes how many claims it was asked for and how many of them it refused. */
const noting = (write: (entry: Entry) => void) =>
  Layer.effect(
    JobStore.JobStore,
    Effect.map(JobStore.JobStore, (store) => ({
      ...store,
      commit: (batch: JobStore.Batch) =>
        Effect.map(store.commit(batch), (refused) => {
          const asked = batch.claims.length
          if (asked > 0) write({ what: "claims", asked, refused: refused.claims.length })
          return refused
        })
    }))
  )

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

/** For each line of the input, the bytes that are in use once what is not has been collected. */
const listen = Effect.sync(() => {
  v8.setFlagsFromString("--expose-gc")
  const collect: () => void = vm.runInNewContext("gc")
  createInterface({ input: process.stdin }).on("line", () => {
    collect()
    process.stdout.write(`heap ${process.memoryUsage().heapUsed}\n`)
  })
})

const program = (place: string, journal: string) => {
  const write = writer(journal)
  return Effect.gen(function* () {
    const { events } = yield* Tick.Tick
    const telling = Stream.runForEach(events, (event) => {
      if (event._tag === "RunRecorded") return event.run.status === "success" ? say(".") : Effect.void
      return event._tag === "ClaimLost" || event._tag === "StoreFailed" ? say(event._tag) : Effect.void
    })
    yield* Effect.forkScoped(telling)
    yield* listen
    yield* say("ready")
    return yield* Tick.run
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Tick.layer(jobsOf(bodiesOf(write)), { tolerance, lease }).pipe(
        Layer.provide(noting(write)),
        Layer.provideMerge(Place.layer(place))
      )
    )
  )
}

const [, file, place = "", journal = ""] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(place, journal))
