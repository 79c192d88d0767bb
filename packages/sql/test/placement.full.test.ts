/** Processes on one database, each with its own partitions. */
import type { ChildProcess } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import { JobLog, JobStore, Placement } from "tickwork"
import * as Place from "./support/Place.ts"

const timeoutMs = 300_000
const keys = Array.from({ length: 40 }, (_, n) => `peer-${n}`)
const shareOf = (key: string) => Placement.partitionOf(key) % 2

interface Placed {
  readonly child: ChildProcess
  readonly lines: Array<string>
  readonly send: (line: string) => void
  /** How often a key has run here. */
  readonly runs: (key: string, trigger?: string) => number
}

const start = (place: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const program = new URL("./support/placed.ts", import.meta.url)
    const child = yield* Process.start(program, [place, ...args], (line) => lines.push(line))
    const placed: Placed = {
      child,
      lines,
      send: (line) => child.stdin?.write(`${line}\n`),
      runs: (key, trigger = "") => lines.filter((line) => line.startsWith(`run ${key} ${trigger}`)).length
    }
    return placed
  })

const eventually = (what: string, holds: () => boolean) => Eventually.isTrue(what, Effect.sync(holds))

/** No claim was refused, nothing failed, and no instant has two successes. */
const judge = (place: string, ...all: ReadonlyArray<Placed>) =>
  Effect.gen(function* () {
    for (const { lines } of all)
      assert.deepStrictEqual(
        lines.filter((line) => !/^(run|mail|ready)/.test(line)),
        []
      )
    const { entries } = yield* Effect.provide(
      Effect.flatMap(JobLog.JobLog, (log) => log.since(0, 1_000_000)),
      Place.layer(place)
    )
    const successes = entries.flatMap(({ jobName, key, scheduledAt, status, trigger }) =>
      status === "success" ? [`${jobName} ${key} ${scheduledAt} ${trigger === "manual"}`] : []
    )
    assert.strictEqual(new Set(successes).size, successes.length)
    assert.isEmpty(entries.filter(({ status }) => status === "interrupted" || status === "error"))
  })

/** Each key runs in one process, no claim is refused, and requests are taken for one another. */
const shareAll = (place: string) =>
  Effect.gen(function* () {
    const first = yield* start(place, "0", "2")
    const second = yield* start(place, "1", "2")
    const both = [first, second] as const
    yield* eventually("each key has run three times", () =>
      keys.every((key) => both.some(({ runs }) => runs(key) >= 3))
    )
    const elsewhere = keys.find((key) => shareOf(key) === 0) ?? ""
    second.send(`trigger ${elsewhere}`)
    yield* eventually("what is triggered elsewhere runs in its process", () => first.runs(elsewhere, "manual") === 1)
    for (const key of keys) second.send(`enqueue ${key}`)
    const mailed = (key: string) => both.filter(({ lines }) => lines.includes(`mail ${key}`))
    yield* eventually("what is enqueued in one process runs", () => keys.every((key) => mailed(key).length > 0))
    for (const key of keys) {
      assert.strictEqual(both[1 - shareOf(key)]?.runs(key), 0, key)
      assert.deepStrictEqual(mailed(key), [both[shareOf(key)]], key)
    }
    assert.strictEqual(second.runs("purge"), 0)
    assert.isAbove(first.runs("purge"), 0)
    yield* Process.end(second.child, "SIGTERM")
    yield* Process.end(first.child, "SIGTERM")
    yield* judge(place, first, second)
  })

describe("processes with partitions of their own on one SQLite file", () => {
  it.scopedLive(
    "run each key in one process, refuse no claim, and take requests for one another",
    () => Effect.flatMap(TemporaryFile.make, shareAll),
    timeoutMs
  )
})

Postgres.describeOnPostgres("processes with partitions of their own on one PostgreSQL database", () => {
  it.scopedLive(
    "run each key in one process, refuse no claim, and take requests for one another",
    () => Effect.flatMap(Postgres.schema, shareAll),
    timeoutMs
  )

  it.scopedLive(
    "hand over keys that run while their partition moves, long before a lease is over",
    () =>
      Effect.gen(function* () {
        const place = yield* Postgres.schema
        const first = yield* start(place, "0", "1", "moved")
        const second = yield* start(place, "-1", "1", "moved")
        yield* eventually("all run in one process", () => keys.every((key) => first.runs(key) >= 2))
        assert.isTrue(keys.every((key) => second.runs(key) === 0))
        for (const [k, placed] of [first, second].entries()) placed.send(`owns ${k} 2`)
        const moved = keys.filter((key) => shareOf(key) === 1)
        yield* eventually("half of them run in the other", () => moved.every((key) => second.runs(key) >= 2))
        const before = moved.map((key) => first.runs(key))
        first.send("owns -1 1")
        second.send("owns 0 1")
        yield* eventually("all run in the other", () => keys.every((key) => second.runs(key) >= 2))
        assert.deepStrictEqual(
          moved.map((key) => first.runs(key)),
          before
        )
        yield* Process.end(first.child, "SIGTERM")
        yield* Process.end(second.child, "SIGTERM")
        yield* judge(place, { ...first, lines: withoutRefusals(first) }, { ...second, lines: withoutRefusals(second) })
      }),
    timeoutMs
  )

  it.scopedLive("tell one another of what is free", () =>
    Effect.gen(function* () {
      const place = yield* Postgres.schema
      const open = Effect.map(Layer.build(Layer.fresh(Place.layer(place))), (built) =>
        Effect.provide(JobStore.JobStore, built)
      )
      const [one, other] = yield* Effect.all([Effect.flatten(open), Effect.flatten(open)])
      let heard = { one: 0, other: 0 }
      yield* Effect.asVoid(one.watch({ heard: () => heard.one++, deaf: () => {} }))
      yield* Effect.asVoid(other.watch({ heard: () => heard.other++, deaf: () => {} }))
      heard = { one: 0, other: 0 }
      yield* one.announce
      yield* eventually("the other process hears", () => heard.other === 1)
      assert.strictEqual(heard.one, 0)
    })
  )
})

/** While a partition moves a claim may be refused, since each process learns of it by itself. */
const withoutRefusals = ({ lines }: Placed): Array<string> => lines.filter((line) => !line.startsWith("refused"))
