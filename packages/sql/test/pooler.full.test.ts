/**
 * A pooler that shares sessions of PostgreSQL by transaction: nothing that is set in a session lasts, no notification
 * arrives, and each transaction may come to another session.
 */
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Pooler from "@tickwork/test-support/Pooler"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Effect, Fiber, Layer, Redacted, Schema } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as Told from "./support/Told.ts"

const sessions = 3

/** What other clients of the pooler leave in the sessions, and what their statements see there. */
const left = [
  "SET search_path = pg_catalog",
  "SET DateStyle = 'German, DMY'",
  "SET default_transaction_read_only = on",
  "SET default_transaction_isolation = serializable"
]

Postgres.describeOnPostgres("a pooler that shares sessions by transaction", () => {
  it.scopedLive("is told by health, and two processes run and hear all by way of it", () =>
    Effect.gen(function* () {
      const direct = yield* Postgres.schema
      const schema = new URL(direct).searchParams.get("options")?.replace("-c search_path=", "") ?? ""
      const sql = Context.get(yield* Layer.build(Layer.fresh(Postgres.client(direct))), SqlClient.SqlClient)
      yield* sql.unsafe(`CREATE TABLE ${schema}.bills (n BIGINT NOT NULL)`)
      const url = yield* Pooler.make(direct, sessions)
      const other = Context.get(yield* Layer.build(Layer.fresh(Postgres.client(url, 2))), SqlClient.SqlClient)
      for (const setting of left) for (let n = 0; n < sessions; n++) yield* other.unsafe(setting)

      const bill = Job.make("bill", ({ scheduledAt }) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          sql.unsafe(`INSERT INTO ${schema}.bills (n) VALUES (${scheduledAt})`)
        )
      ).pipe(Job.every("300 millis"), Job.transactional, Job.missed("all"))
      const beat = Job.make("beat", Effect.void).pipe(Job.every("200 millis"), Job.parallel, Job.missed("all"))
      const mail = Job.make("mail", { payload: Schema.String }, () => Effect.void)
      const open = Layer.build(
        Layer.fresh(
          Layer.provideMerge(
            Tick.layer(Jobs.make(bill, beat, mail)),
            PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3, statementTimeout: "1 second", schema })
          )
        )
      )
      const both = [yield* open, yield* open]
      const daemons = yield* Effect.forEach(both, (built) => Effect.forkDaemon(Context.get(built, Tick.Tick).run))
      const asking = Context.get(yield* open, Tick.Tick)
      for (const tick of both.map((built) => Context.get(built, Tick.Tick))) {
        const { watch } = yield* tick.health
        assert.strictEqual(watch.by, "polling")
        assert.include(watch.reason, "a pooler may share its connections by transaction")
      }
      const { key, outcome } = yield* asking.enqueue(mail, "hello")
      assert.strictEqual(outcome, "new")
      const log = Context.get(both[0] ?? assert.fail(), JobLog.JobLog)
      const successes = (query: JobLog.LogQuery) =>
        Effect.map(log.history({ ...query, status: "success", limit: 10_000 }), ({ length }) => length)
      yield* Eventually.isTrue(
        "all are run",
        Effect.map(
          Effect.all([
            successes({ jobName: "mail", key }),
            successes({ jobName: "bill" }),
            successes({ jobName: "beat" })
          ]),
          ([mails, bills, beats]) => mails === 1 && bills >= 5 && beats >= 8
        )
      )
      yield* Effect.forEach(daemons, Fiber.interrupt)
      const instances = yield* Effect.provide(Told.instances, both[0] ?? assert.fail())
      // the fold of an enqueued run begins with its payload
      for (const instance of instances) if (instance.state.jobName !== "mail") Told.isConsistent(instance)
      const bills = yield* sql.unsafe<{ n: string }>(`SELECT n FROM ${schema}.bills ORDER BY n`)
      assert.deepStrictEqual(
        bills.map(({ n }) => Number(n)),
        instances
          .flatMap(({ lines }) => lines)
          .flatMap(({ jobName, scheduledAt, status }) =>
            jobName === "bill" && status === "success" ? [scheduledAt] : []
          )
          .toSorted((one, another) => one - another)
      )
    })
  )
})
