import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import * as Served from "./support/Served.ts"
import type { Described } from "./support/serving.ts"
import * as Told from "./support/Told.ts"

const { hour, saying } = Served

const everyMs = 300

const ledger: Described = { name: "ledger", everyMs, is: "transactional" }
const steady = Served.quick("steady", everyMs)

const query = <A extends object>(filename: string, text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<A>(text)).pipe(
    Effect.provide(Layer.fresh(SqliteClient.layer({ filename }))),
    Effect.orDie
  )

/** A copy of the file as it is at this moment, made while it is in use. */
const copyOf = (filename: string) => {
  const copy = `${filename}.copy`
  return Effect.as(query(filename, `VACUUM INTO '${copy}'`), copy)
}

const runs = (served: Served.Served, job: string, wanted: number) =>
  Served.many(served, saying("recorded", { job, status: "success" }), wanted)

/** Each instant of the grid has succeeded once, and what the transactional job wrote is that. */
const assertComplete = (filename: string) =>
  Effect.gen(function* () {
    const entries = yield* query<{ instant: number }>(filename, "SELECT instant FROM entries ORDER BY instant")
    for (const instance of yield* Told.onFile(filename)) {
      Told.isConsistent(instance)
      const { createdAt, jobName } = instance.state
      if (jobName !== "ledger" && jobName !== "steady") continue
      const succeeded = instance.lines.flatMap((line) => (line.status === "success" ? [line.scheduledAt] : []))
      assert.deepStrictEqual(
        succeeded,
        succeeded.map((_, index) => createdAt + index * everyMs),
        `each instant of ${jobName} has succeeded once`
      )
      if (jobName === "ledger") {
        assert.deepStrictEqual(
          entries.map(({ instant }) => instant),
          succeeded,
          "each instant has been written once"
        )
      }
    }
  })

const timeoutMs = 600_000

describe("a copy of a database in use", () => {
  it.scopedLive(
    "is a database of its own: its claims are taken over after a lease, and both go on",
    () =>
      Effect.gen(function* () {
        const original = yield* TemporaryFile.make
        // half of it is what a transaction may take
        const lease = "8 seconds"
        const jobs = [ledger, steady, { name: "long", everyMs: hour, untilAsked: true }]
        const one = yield* Served.start({ place: original, jobs, lease })
        yield* one.hear(saying("begins", { job: "long" }))
        yield* Effect.all([runs(one, "ledger", 5), runs(one, "steady", 5)])
        const copy = yield* copyOf(original)
        const two = yield* Served.start({ place: copy, jobs, lease })
        const taken = yield* two.hear(saying("recorded", { job: "long", status: "interrupted" }))
        assert.strictEqual(
          taken.error,
          "its owner did not renew its claim",
          "its holder lives, so a lease is waited for"
        )
        yield* two.hear(saying("ends", { job: "long", attempt: 2 }))
        yield* Effect.all([runs(two, "ledger", 10), runs(two, "steady", 10)])

        yield* one.ask({ ask: "finish", job: "long" })
        yield* one.hear(saying("recorded", { job: "long", status: "success", attempt: 1 }))
        assert.deepStrictEqual(Served.all(one, saying("lost")), [], "the original has not noticed")
        yield* Effect.forEach([one, two], (served) => served.end("SIGTERM"))
        yield* assertComplete(original)
        yield* assertComplete(copy)
      }),
    timeoutMs
  )
})

describe("a database that was put back from an older copy", () => {
  it.scopedLive(
    "runs again what was recorded after the copy, and has no transactional write twice",
    () =>
      Effect.gen(function* () {
        const place = yield* TemporaryFile.make
        const jobs = [ledger, steady]
        const one = yield* Served.start({ place, jobs })
        yield* Effect.all([runs(one, "ledger", 5), runs(one, "steady", 5)])
        const copy = yield* copyOf(place)
        yield* Effect.all([runs(one, "ledger", 15), runs(one, "steady", 15)])
        yield* one.end("SIGTERM")

        const kept = (yield* Told.onFile(copy)).flatMap(({ lines }) => lines)
        for (const part of ["-wal", "-shm"]) fs.rmSync(place + part, { force: true })
        fs.renameSync(copy, place)
        const two = yield* Served.start({ place, jobs })
        const recorded = Served.all(one, saying("recorded", { status: "success" }))
        const last = Math.max(...recorded.map(({ scheduledAt }) => scheduledAt))
        for (const job of ["ledger", "steady"]) {
          yield* two.hear(
            (said): said is Extract<typeof said, { readonly what: "recorded" }> =>
              saying("recorded", { job, status: "success" })(said) && said.scheduledAt > last
          )
        }
        yield* two.end("SIGTERM")

        const lost = recorded.filter(
          ({ job, scheduledAt }) => !kept.some((line) => line.jobName === job && line.scheduledAt === scheduledAt)
        )
        const runOf = ({ job, scheduledAt }: { readonly job: string; readonly scheduledAt: number }) =>
          `${job} ${scheduledAt}`
        const again = Served.all(two, saying("ends")).map(runOf)
        assert.isAtLeast(lost.length, 10)
        assert.includeMembers(again, lost.map(runOf), "what went back is run again")
        yield* assertComplete(place)
      }),
    timeoutMs
  )
})
