/**
 * How soon a process begins what another one enqueues, and what its own transaction does: over a thousand of each.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Clock, Context, Effect, Layer, Queue, Schema } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Place from "./support/Place.ts"

const times = 1000
/** At most this for 99 in 100, and for the half, on a machine that does nothing else. */
const [crossMs, ownMs] = [20, 5]
const timeoutMs = 600_000

const percentile = (all: ReadonlyArray<number>, part: number): number =>
  [...all].sort((a, b) => a - b)[Math.ceil(part * all.length) - 1] ?? Number.NaN

const report = (what: string, all: ReadonlyArray<number>) =>
  console.log(`${what}: median ${percentile(all, 0.5)} ms, p99 ${percentile(all, 0.99)} ms of ${all.length}`)

const measure = (place: string) =>
  Effect.gen(function* () {
    const begun = yield* Queue.unbounded<number>()
    const job = Job.make("mail", { payload: Schema.Number }, () =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => Queue.offer(begun, now))
    )
    const stored = yield* Layer.build(Place.layer(place))
    const worker = yield* Effect.provide(Layer.build(Tick.layerDaemon(Jobs.make(job))), stored)
    const { enqueue } = Context.get(worker, Tick.Tick)
    const sql = Context.get(stored, SqlClient.SqlClient)
    const commit = (effect: Effect.Effect<unknown, unknown>) =>
      Effect.zipRight(sql.withTransaction(effect), Clock.currentTimeMillis)

    const floor = yield* Effect.replicateEffect(
      Effect.flatMap(Clock.currentTimeMillis, (from) => Effect.map(commit(sql`SELECT 1`), (to) => to - from)),
      times
    )
    report("a transaction of one statement", floor)
    const own: Array<number> = []
    for (let n = 0; n < times; n++) {
      const committed = yield* commit(enqueue(job, n))
      own.push((yield* Queue.take(begun)) - committed)
    }
    report("from its own commit to the start", own)

    const other = yield* Process.start(new URL("./support/enqueuing.ts", import.meta.url), [place], () => {})
    const cross: Array<number> = []
    for (let n = 0; n < times; n++) {
      const stored = Number(yield* Process.ask(other, `${n}`))
      cross.push((yield* Queue.take(begun)) - stored)
    }
    report("from the commit of another process to the start", cross)
    assert.isAtMost(percentile(own, 0.5), ownMs)
    assert.isAtMost(percentile(cross, 0.99), crossMs)
  })

const promise = "begins what another enqueues within 20 ms, and what its own transaction does within 5 ms"

describe("a process on SQLite", () => {
  it.scopedLive(promise, () => Effect.flatMap(TemporaryFile.make, measure), timeoutMs)
})

Postgres.describeOnPostgres("a process on PostgreSQL", () => {
  it.scopedLive(promise, () => Effect.flatMap(Postgres.schema, measure), timeoutMs)
})
