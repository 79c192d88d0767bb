/**
 * Three workers and the program that enqueues, as processes on one PostgreSQL database; one of the workers is killed.
 */
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer } from "effect"

const bundle = (name: string) => Bundle.of(new URL(`../src/${name}.ts`, import.meta.url))

/** A worker that runs until its scope closes, or until it is killed. */
const worker = (url: string) =>
  Effect.flatMap(bundle("worker"), (file) =>
    Effect.acquireRelease(
      Command.start(Command.make(process.execPath, file).pipe(Command.env({ DATABASE_URL: url, NODE_OPTIONS: "" }))),
      (child) => Effect.ignore(child.kill("SIGKILL"))
    )
  )

const enqueue = (url: string, count: number) =>
  Effect.flatMap(bundle("enqueue"), (file) =>
    Command.make(process.execPath, file, `${count}`).pipe(
      Command.env({ DATABASE_URL: url, NODE_OPTIONS: "" }),
      Command.string
    )
  )

Postgres.describeOnPostgres("several workers on one database", () => {
  it.scopedLive("share what is enqueued, each run once, also when one of them is killed", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const sql = yield* Effect.provide(SqlClient.SqlClient, yield* Layer.build(Postgres.client(url, 2)))
      const [first] = [yield* worker(url), yield* worker(url)]
      assert.strictEqual(yield* enqueue(url, 200), "200 enqueued, 0 known already\n")
      assert.strictEqual(yield* enqueue(url, 210), "10 enqueued, 200 known already\n")
      const made = Effect.map(
        sql<{ image: number; worker: number }>`SELECT image, worker FROM thumbnails`,
        (rows) => rows
      )
      yield* Eventually.isTrue(
        "half are made",
        Effect.map(made, (rows) => rows.length > 50)
      )
      yield* first.kill("SIGKILL")
      yield* worker(url)
      yield* Eventually.isTrue(
        "all are made",
        Effect.map(made, (rows) => rows.length === 210)
      )
      const rows = yield* made
      assert.strictEqual(new Set(rows.map(({ image }) => image)).size, 210)
      assert.isAbove(new Set(rows.map(({ worker }) => worker)).size, 1)
      const reports = yield* sql`SELECT 1 FROM job_log WHERE job_name = 'report' AND status = 'success'`
      assert.strictEqual(reports.length, 1, "the report of the hour ran once")
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
