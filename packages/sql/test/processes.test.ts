import type { ChildProcess } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import { LogEntry } from "tickwork"
import * as Place from "./support/Place.ts"
import * as Told from "./support/Told.ts"

/** What each process says before it is stopped, and the least number of runs that proves something. */
const { enough, wanted } = Sets.pick({ fast: { wanted: 40, enough: 3 }, full: { wanted: 300, enough: 20 } })

const runEachInstantOnce = (place: string) =>
  Effect.gen(function* () {
    const start = Process.start(new URL("./support/crashing.ts", import.meta.url), [place])
    const [one, two] = yield* Effect.all([start, start], { concurrency: "unbounded" })
    // the one that had an instance last goes first, until it is stopped
    const saying = (child: ChildProcess) => Effect.as(Process.lines(child, wanted), child)
    const first = yield* Effect.raceFirst(saying(one), saying(two))
    yield* Process.end(first, "SIGTERM")
    yield* Effect.flatMap(saying(first === one ? two : one), (other) => Process.end(other, "SIGTERM"))

    const instances = yield* Effect.provide(Told.instances, Place.layer(place))
    for (const instance of instances) Told.isConsistent(instance)
    const runs = instances.flatMap(({ lines }) => lines)
    for (const jobName of ["every", "parallel", "failing"]) {
      const ended = runs.filter((run) => run.jobName === jobName && run.status !== "interrupted")
      assert.isAbove(ended.length, enough)
      const instants = ended.map(({ scheduledAt }) => scheduledAt)
      assert.strictEqual(new Set(instants).size, instants.length, `${jobName}: no instant twice`)
      for (const [index, run] of ended.entries()) {
        const next = ended[index + 1]
        if (next !== undefined) assert.isAtLeast(next.startedAt, LogEntry.endedAt(run), `${jobName}: no overlap`)
      }
    }
  })

const promise = "law 6, Once: run each instant in one of them, and no instance beside itself"
const timeoutMs = 600_000

describe("two processes on one SQLite file", () => {
  it.scopedLive(promise, () => Effect.flatMap(TemporaryFile.make, runEachInstantOnce), timeoutMs)
})

Postgres.describeOnPostgres("two processes on one PostgreSQL database", () => {
  it.scopedLive(promise, () => Effect.flatMap(Postgres.schema, runEachInstantOnce), timeoutMs)
})
