/**
 * Settings of a session, and parsers of the driver, that the application changes: the store's statements do not depend on
 * them.
 */
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

const run = (text: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text))

/** Each statement that writes to the log takes 0.1 s. */
const slowly = run(`CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(0.1); RETURN NULL; END $$;
  CREATE TRIGGER slowly BEFORE INSERT ON job_entry FOR EACH STATEMENT EXECUTE FUNCTION slowly()`)

const settings = [
  "SET statement_timeout = '50ms'",
  "SET lock_timeout = '1ms'",
  "SET idle_in_transaction_session_timeout = '1min'",
  "SET DateStyle = 'German, DMY'",
  "SET TimeZone = 'Asia/Kathmandu'",
  "SET IntervalStyle = 'iso_8601'",
  "SET extra_float_digits = -15",
  "SET bytea_output = 'escape'",
  "SET standard_conforming_strings = off",
  "SET default_transaction_isolation = 'serializable'",
  "SET default_transaction_read_only = on",
  "SET xmloption = 'document'",
  "SET enable_indexscan = off"
]

const hourly = Job.every("1 hour")

Postgres.describeOnPostgres("a setting that a body leaves behind", () => {
  for (const setting of settings) {
    it.scopedLive(`changes no statement of the store: ${setting}`, () =>
      Effect.gen(function* () {
        const mail = Job.make("mail", { payload: Schema.String }, () => Effect.void)
        const plain = Job.make("plain", run(setting)).pipe(hourly)
        const transactional = Job.make("transactional", run(setting)).pipe(hourly, Job.transactional)
        const url = Redacted.make(yield* Postgres.schema)
        // all use the same connection
        const StoreLive = PgJobStore.layerPg({ url, maxConnections: 1 })
        yield* Effect.gen(function* () {
          yield* slowly
          const time = yield* ManualClock.ManualClock
          for (let hour = 0; hour < 2; hour++) {
            yield* Tick.enqueue(mail, "hello")
            const runs = yield* Tick.once
            assert.deepStrictEqual(
              runs.map(({ error, jobName, status }) => [jobName, status, error]).toSorted(),
              ["mail", "plain", "transactional"].map((job) => [job, "success", null])
            )
            yield* time.advance("1 hour")
          }
          assert.isTrue((yield* Tick.health).store.isReachable)
        }).pipe(
          Effect.provide(
            Layer.provideMerge(
              Tick.layer(Jobs.make(mail, plain, transactional)),
              Layer.merge(StoreLive, ManualClock.layer(0))
            )
          )
        )
      })
    )
  }
})

Postgres.describeOnPostgres("a client that reads every type in its own way", () => {
  it.scopedLive("runs jobs as any other", () =>
    Effect.gen(function* () {
      // integers, floats and numerics, dates and times, booleans, JSON
      const changed = new Set([20, 21, 23, 700, 701, 1700, 1082, 1083, 1114, 1184, 1266, 114, 3802])
      const numbers = (oid: number) => (text: string) => (changed.has(oid) ? Number(text) : text)
      const bigints = (oid: number) => (text: string) => (oid === 20 ? BigInt(text) : text)
      for (const getTypeParser of [numbers, bigints]) {
        const types = { getTypeParser }
        const url = Redacted.make(yield* Postgres.schema)
        const client = Layer.orDie(PgClient.layer({ url, types }))
        const live = Layer.provideMerge(
          Tick.layer(Jobs.make(Job.make("a", Effect.void).pipe(hourly))),
          Layer.provideMerge(PgJobStore.layer(), client)
        )
        const built = yield* Layer.build(Layer.fresh(live))
        const [first] = yield* Context.get(built, Tick.Tick).once
        assert.strictEqual(first?.status, "success")
      }
    })
  )
})
