/**
 * Connections to PostgreSQL that go dead without a word, as behind a load balancer, while new ones work.
 */
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Context, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { Job, JobLog, JobState, JobStore, Jobs, JobTransaction, Tick } from "tickwork"

const storeOn = (url: string, maxConnections: number) =>
  PgJobStore.layerPg({ url: Redacted.make(url), maxConnections, statementTimeout: "500 millis" })

const anyCadence = { definition: "", anchor: 0, seed: 0, steps: 0, state: null }

Postgres.describeOnPostgres("connections that have gone silent", () => {
  it.scopedLive("are given up one after the other, and each verb of the store is done on another", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const store = Context.get(yield* Layer.build(storeOn(proxy.url, 4)), JobStore.JobStore)
      const verbs = [store.pending, store.names, store.add([]), store.commit({ saves: [], claims: [] })]
      const all = Effect.all(verbs, { concurrency: "unbounded", discard: true })
      yield* all
      proxy.silence()
      yield* all
      yield* all
    })
  )

  it.scopedLive("stop neither the tick nor its end; no run is lost, none is made twice", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE bills (n BIGINT NOT NULL)`).pipe(
        Effect.provide(Layer.fresh(Postgres.client(proxy.url)))
      )
      const bill = Job.make("bill", ({ scheduledAt }) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO bills (n) VALUES (${scheduledAt})`)
      ).pipe(Job.every("300 millis"), Job.transactional, Job.missed("all"))
      const beat = Job.make("beat", Effect.void).pipe(Job.every("200 millis"), Job.parallel, Job.missed("all"))
      const StoreLive = storeOn(proxy.url, 3)
      yield* Effect.gen(function* () {
        const log = yield* JobLog.JobLog
        const count = (jobName: string) =>
          Effect.map(log.history({ jobName, status: "success", limit: 10_000 }), ({ length }) => length)
        const goesOn = (jobName: string, wanted: number) =>
          Effect.flatMap(count(jobName), (before) =>
            Eventually.isTrue(
              `${jobName} goes on`,
              Effect.map(count(jobName), (now) => now >= before + wanted)
            )
          )
        const daemon = yield* Effect.fork(Tick.run)
        for (let time = 0; time < 3; time++) {
          yield* goesOn("beat", 3)
          yield* goesOn("bill", 2)
          proxy.silence()
        }
        yield* goesOn("beat", 3)
        yield* goesOn("bill", 2)
        assert.isTrue((yield* Tick.health).store.isReachable)
        proxy.silence()
        yield* Fiber.interrupt(daemon)
        const succeeded = yield* log.history({ jobName: "bill", status: "success", limit: 10_000 })
        const bills = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ n: string }>`SELECT n FROM bills`)
        assert.deepStrictEqual(
          bills.map(({ n }) => Number(n)).toSorted((a, b) => a - b),
          succeeded.map(({ scheduledAt }) => scheduledAt).toSorted((a, b) => a - b)
        )
      }).pipe(Effect.provide(Layer.provideMerge(Tick.layer(Jobs.make(bill, beat)), StoreLive)))
    })
  )

  it.scopedLive("leave no lock behind, although the server does not learn that they are lost", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const built = yield* Layer.build(storeOn(proxy.url, 3))
      const store = Context.get(built, JobStore.JobStore)
      const transaction = Context.get(built, JobTransaction.JobTransaction)
      const initial = JobState.initial("bill", "", { state: anyCadence, nextAt: 0 }, 0)
      yield* store.add([initial])
      const { owner } = store
      const claimed = JobState.claimed(initial, owner.id, { scheduledAt: 0, trigger: "schedule" }, 0)
      yield* store.commit({ saves: [], claims: [{ state: claimed }] })
      const ref = { jobName: "bill", key: "", owner: owner.id, token: claimed.claim.token }
      const silenced = Effect.sync(() => proxy.silence())
      const lost = transaction.around(ref, silenced, () => Effect.die("its save cannot be written"))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(lost)))
      // the row was locked in the transaction that was lost
      assert.deepStrictEqual(yield* store.renew([ref]), [])
    })
  )

  it.scopedLive("are told from a server that is slow", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const built = yield* Layer.build(storeOn(url, 2))
      const sql = Context.get(built, SqlClient.SqlClient)
      // statements of the application have no limit
      const [row] = yield* sql<{ done: number }>`SELECT 1 AS done FROM pg_sleep(1.5)`
      assert.deepStrictEqual(row, { done: 1 })
    })
  )
})
