/**
 * How soon a request of the command line takes effect in an application as the defaults leave it.
 */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Logger, Redacted, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Program from "./support/Program.ts"

const rounds = 20
/** From a request to the commit that carries it out, on a machine that does nothing else. */
const mostMs = 100
const timeoutMs = 600_000

const later = Job.make("later", Effect.void).pipe(Job.schedule(Schedule.spaced("1 hour")))
const daemon = Layer.provide(Tick.layerDaemon(Jobs.make(later)), Logger.remove(Logger.defaultLogger))

const measure = (db: string) =>
  Effect.gen(function* () {
    const took: Array<number> = []
    for (let round = 0; round < rounds; round++)
      for (const verb of ["pause", "trigger", "resume"]) {
        const { answer } = yield* Program.json(verb, "later", "--db", db, "--wait", "60s")
        took.push(answer.doneAt - answer.at)
      }
    const sorted = took.toSorted((a, b) => a - b)
    console.log(`${took.length} requests: median ${sorted[took.length / 2]} ms, longest ${sorted.at(-1)} ms`)
    assert.isAtMost(sorted.at(-1) ?? Number.NaN, mostMs)
  })

const promise = "carries out pause, trigger and resume within 100 ms"

describe("an application on SQLite", () => {
  it.scopedLive(
    promise,
    () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        yield* Layer.build(Layer.provide(daemon, SqlJobStore.layerSqlite({ filename })))
        yield* measure(filename)
      }).pipe(Effect.provide(NodeContext.layer)),
    timeoutMs
  )
})

Postgres.describeOnPostgres("an application on PostgreSQL", () => {
  it.scopedLive(
    promise,
    () =>
      Effect.gen(function* () {
        const url = yield* Postgres.schema
        yield* Layer.build(Layer.provide(daemon, PgJobStore.layerPg({ url: Redacted.make(url) })))
        yield* measure(url)
      }).pipe(Effect.provide(NodeContext.layer)),
    timeoutMs
  )
})
