/**
 * Processes of the program `crowd.ts` on one database, of which one is killed and replaced again and again; and what has
 * to hold of all that they leave behind.
 */
import type { ChildProcess } from "node:child_process"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Clock, Deferred, Effect, Layer, Random } from "effect"
import { JobStore, LogEntry, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Crowd from "./crowd.ts"
import { table, writtenOf } from "./entries.ts"
import * as Place from "./Place.ts"
import * as Told from "./Told.ts"

export interface Options {
  /** How many instants of each job have come when the processes start. */
  readonly backlog: number
  readonly deaths: number
  /** Waits for the next death; `progress` waits until this number of further runs is recorded. */
  readonly nextDeath: (progress: (runs: number) => Effect.Effect<void>) => Effect.Effect<void>
}

const locks = /SQLITE_BUSY|locked|deadlock|serializ/i

/** The jobs begin so long ago that all these instants have come. */
const prepare = (place: string, now: number, backlog: number) => {
  const nothing = () => Effect.void
  const jobs = Crowd.jobsOf({ writing: nothing, others: nothing })
  return Effect.scoped(Layer.build(Tick.layer(jobs, { lease: Crowd.lease }))).pipe(
    Effect.provide(ManualClock.layer(now - (backlog - 1) * Crowd.gridMs - 1)),
    Effect.zipRight(table),
    Effect.provide(Place.layer(place)),
    Effect.orDie
  )
}

/** Waits until every instant up to `until` has been run. */
const untilCovered = (place: string, until: number) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const isCovered = Effect.map(store.load(Crowd.all), (states) =>
      states.every(({ position: { scheduledAt } }) => scheduledAt !== null && scheduledAt > until)
    )
    yield* Eventually.isTrue("all is run", isCovered)
  }).pipe(Effect.provide(Place.layer(place)), Effect.orDie)

/** Counts what is recorded, and gathers what else is said. */
const listener = () => {
  const said: Array<string> = []
  const heaps: Array<number> = []
  let recorded = 0
  let awaited: { readonly runs: number; readonly reached: Deferred.Deferred<void> } | undefined
  return {
    said,
    heaps,
    hear: (line: string) => {
      const [, heap] = /^heap (\d+)$/.exec(line) ?? []
      if (heap !== undefined) heaps.push(Number(heap))
      else if (line === ".") recorded += 1
      else said.push(line)
      if (awaited !== undefined && recorded >= awaited.runs) Deferred.unsafeDone(awaited.reached, Effect.void)
    },
    progress: (runs: number) =>
      Effect.gen(function* () {
        const reached = yield* Deferred.make<void>()
        awaited = { runs: recorded + runs, reached }
        yield* Deferred.await(reached)
      })
  }
}

/** Four processes, of which any but the first is killed and replaced again and again until all is run. */
const liveAndDie = (place: string, journal: string, { deaths, nextDeath }: Options) =>
  Effect.gen(function* () {
    const { heaps, hear, progress, said } = listener()
    const write = Crowd.writer(journal)
    const start = Process.start(new URL("./crowd.ts", import.meta.url), [place, journal], hear)
    const kill = (child: ChildProcess) =>
      Effect.map(Process.end(child, "SIGKILL"), () => write({ what: "killed", pid: child.pid ?? 0 }))
    const askHeap = (child: ChildProcess) =>
      Effect.gen(function* () {
        const known = heaps.length
        child.stdin?.write("heap\n")
        yield* Eventually.isTrue(
          "a process says how large its heap is",
          Effect.sync(() => heaps.length > known)
        )
      })

    const alive: Array<ChildProcess> = yield* Effect.all([start, start, start, start], { concurrency: "unbounded" })
    const [survivor = assert.fail()] = alive
    for (let death = 0; death < deaths; death++) {
      yield* nextDeath(progress)
      if (death === 0) yield* askHeap(survivor)
      const one = yield* Random.nextIntBetween(1, alive.length)
      for (const child of alive.splice(one, 1)) yield* kill(child)
      alive.push(yield* start)
    }
    yield* untilCovered(place, yield* Clock.currentTimeMillis)
    yield* askHeap(survivor)
    yield* Effect.forEach(alive, (child) => Process.end(child, "SIGTERM"), { concurrency: "unbounded" })
    return { said, heaps }
  })

const succeeded = ({ lines }: Told.Instance) =>
  lines.flatMap(({ scheduledAt, status }) => (status === "success" ? [scheduledAt] : []))

/** One body after the other, but for those that a killed process has left behind; answers which instants had one. */
const bodiesOf = (journal: ReadonlyArray<Crowd.Entry>): ReadonlyMap<string, ReadonlySet<number>> => {
  const running = new Map<string, number>()
  const ended = new Map<string, Set<number>>(Crowd.all.map((job) => [job, new Set()]))
  for (const entry of journal) {
    if (entry.what === "killed") for (const [job, pid] of running) if (pid === entry.pid) running.delete(job)
    if (entry.what === "begins") {
      assert.isFalse(running.has(entry.job), `${entry.job} does not overlap itself`)
      running.set(entry.job, entry.pid)
    }
    if (entry.what === "ends") {
      running.delete(entry.job)
      ended.get(entry.job)?.add(entry.instant)
    }
  }
  assert.strictEqual(running.size, 0, "those that were stopped have let their bodies end")
  return ended
}

/** Lives and dies, holds the laws, and answers what happened. */
export const run = (place: string, options: Options) =>
  Effect.gen(function* () {
    const journal = path.join(yield* TemporaryFile.folder, "journal")
    const now = yield* Clock.currentTimeMillis
    yield* prepare(place, now, options.backlog)
    const { heaps, said } = yield* liveAndDie(place, journal, options)
    assert.deepStrictEqual(
      said.filter((line) => locks.test(line) || line === "StoreFailed"),
      [],
      "no lock reaches a user"
    )
    const entries = Crowd.read(journal)
    const bodies = bodiesOf(entries)
    const written = yield* Effect.provide(writtenOf, Place.layer(place))
    const instances = yield* Effect.provide(Told.instances, Place.layer(place))
    assert.strictEqual(instances.length, Crowd.all.length)
    for (const instance of instances) {
      Told.isConsistent(instance)
      const { createdAt, jobName } = instance.state
      const instants = succeeded(instance)
      const grid = instants.map((_, index) => createdAt + index * Crowd.gridMs)
      assert.deepStrictEqual(instants, grid, `each instant of ${jobName} succeeds once`)
      assert.isAtLeast(instants.length, options.backlog, `no instant of ${jobName} is missing`)
      for (const instant of instants) {
        assert.isTrue(bodies.get(jobName)?.has(instant), `${jobName} has run for each instant`)
      }
      const others = instance.lines.filter((line) => line.status !== "success" && line.verdict !== "missed")
      for (const { error } of others) {
        assert.match(error ?? "", /^as it must$|its process ended before it did/, `how ${jobName} may fail`)
      }
      if (Crowd.transactional.includes(jobName)) {
        assert.deepStrictEqual(written(jobName), instants, `${jobName} has written each instant exactly once`)
      }
      if (Crowd.writing.includes(jobName)) {
        assert.includeMembers(written(jobName), instants, `${jobName} has written each instant at least once`)
      }
    }

    const lines = instances.flatMap(({ lines }) => lines)
    const interrupted = lines.filter(({ status }) => status === "interrupted").length
    const runs = lines.filter(LogEntry.ran).length
    const refused = entries.reduce((sum, entry) => (entry.what === "claims" ? sum + entry.refused : sum), 0)
    assert.isAtLeast(runs, options.backlog * Crowd.all.length)
    assert.isBelow(refused, 3 * runs, "nobody is refused more than once for a run of another's")
    return { heaps, interrupted, runs }
  }).pipe(Effect.withRandom(Random.make("crowd")))
