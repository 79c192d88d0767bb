import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Context, Duration, Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { type Control, JobState, JobStore } from "tickwork"

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 1, steps: 0, state: null }
const state = JobState.initial("a", "", { state: cadence, nextAt: 0 }, 0)

const request: Control.Request = {
  verb: "pause",
  jobName: "a",
  key: "",
  at: 0,
  by: "alice",
  why: "",
  dueAt: null,
  payload: null
}

const claim = (owner: string) => ({
  saves: [],
  claims: [{ state: JobState.claimed(state, owner, { scheduledAt: 0, trigger: "schedule" }, 0) }]
})

const open = (url: string, maxConnections = 10) =>
  Effect.map(Layer.build(Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(url), maxConnections }))), (built) => ({
    sql: Context.get(built, SqlClient.SqlClient),
    store: Context.get(built, JobStore.JobStore)
  }))

/** As the driver sends it, and in no other words. */
const committing = "COMMIT\u0000"

/** Done by somebody who is in no transaction. */
const elsewhere = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.mapInputContext(effect, (_: Context.Context<never>) => Context.empty())

/** Is made, used and closed, which takes several round trips. */
const anotherConnection = (url: Redacted.Redacted) =>
  Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`),
    Layer.fresh(Postgres.client(Redacted.value(url), 1))
  )

/** Seconds pass on the store's clock until it ends, whatever it waits for in the real world. */
const inTime = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.raceFirst(Fiber.join(fiber), Effect.forever(TestClock.adjust("1 second")))

Postgres.describeOnPostgres("a connection to PostgreSQL that is lost", () => {
  it.scopedLive("after a commit, before its answer: what was written counts as written, once", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const { store } = yield* open(proxy.url)
      yield* store.add([state])
      proxy.cut("after", committing)
      assert.deepStrictEqual(yield* store.commit(claim("me")), JobStore.nothingRefused)
      proxy.cut("after", committing)
      yield* store.submit([request])
      assert.strictEqual((yield* store.load(["a"]))[0]?.claim.owner, "me")
      assert.deepStrictEqual(yield* store.pending, [{ ...request, id: 1, doneAt: null }])
    })
  )

  it.scopedLive("before a commit: it is done again, once", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const { store } = yield* open(proxy.url)
      yield* store.add([state])
      proxy.cut("before", committing)
      assert.deepStrictEqual(yield* store.commit(claim("me")), JobStore.nothingRefused)
      proxy.cut("before", "INSERT")
      yield* store.submit([request])
      assert.strictEqual((yield* store.pending).length, 1)
    })
  )

  it.scoped("for good: the store says so, and is there again when the server is", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const { store } = yield* open(proxy.url)
      proxy.close()
      const error = yield* Effect.flip(inTime(yield* Effect.fork(store.add([state]))))
      assert.instanceOf(error, JobStore.StoreError)
      assert.match(error.message, /could not add jobs: .*(terminated|ECONN|hang up)/)
      proxy.open()
      yield* store.add([state])
      assert.deepStrictEqual(yield* store.load(["a"]), [state])
    })
  )
})

Postgres.describeOnPostgres("a transaction of the caller's on PostgreSQL", () => {
  it.scopedLive("is not the store's: what the store writes in it stays when it is undone", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* open(yield* Postgres.schema)
      yield* Effect.flip(sql.withTransaction(Effect.zipRight(store.add([state]), Effect.fail("undone"))))
      assert.deepStrictEqual(yield* store.load(["a"]), [state])
    })
  )

  it.scoped("leaves the store without a connection where it holds the last one, and the store says so", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* open(yield* Postgres.schema, 1)
      const error = yield* Effect.flip(inTime(yield* Effect.fork(sql.withTransaction(store.load(["a"])))))
      assert.include(error.message, "no connection of the pool was free")
      assert.deepStrictEqual(yield* store.load(["a"]), [])
    })
  )

  it.scopedLive("costs no connection when a call that waits for one is interrupted", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* open(yield* Postgres.schema, 1)
      const waited = Effect.gen(function* () {
        const waiting = yield* Effect.fork(store.load(["a"]))
        yield* sql`SELECT 1`
        yield* Fiber.interrupt(waiting)
      })
      yield* sql.withTransaction(waited)
      assert.deepStrictEqual(yield* store.load(["a"]), [])
    })
  )
})

Postgres.describeOnPostgres("a request on PostgreSQL", () => {
  it.scopedLive("is a part of the transaction that it is made in", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* open(yield* Postgres.schema)
      yield* Effect.flip(sql.withTransaction(Effect.zipRight(store.submit([request]), Effect.fail("undone"))))
      assert.deepStrictEqual(yield* store.pending, [])
      assert.isNotNull(
        (yield* sql.withTransaction(store.submit([request]))).ended,
        "it is not stored before that has ended"
      )
      assert.isNull((yield* store.submit([request])).ended)
      assert.strictEqual((yield* store.pending).length, 2)
    })
  )

  it.scopedLive("is no part of a transaction on another client, of whatever database", () =>
    Effect.gen(function* () {
      const { store } = yield* open(yield* Postgres.schema)
      const other = yield* open(yield* Postgres.schema)
      const sqlite = yield* Layer.build(SqliteClient.layer({ filename: ":memory:" }))
      for (const { withTransaction } of [other.sql, Context.get(sqlite, SqlClient.SqlClient)]) {
        yield* Effect.flip(withTransaction(Effect.zipRight(store.submit([request]), Effect.fail("undone"))))
      }
      assert.strictEqual((yield* store.pending).length, 2)
      assert.strictEqual((yield* other.store.pending).length, 0)
    })
  )

  it.scopedLive("is not passed over where it commits after one with a higher number", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* open(yield* Postgres.schema)
      const first = { ...request, by: "first" }
      const second = { ...request, by: "second" }
      const early = Effect.gen(function* () {
        yield* store.submit([first])
        yield* elsewhere(store.submit([second]))
        return yield* store.pending
      })
      const seen = yield* sql.withTransaction(early)
      assert.deepStrictEqual(seen, [{ ...second, id: 2, doneAt: null }])
      assert.deepStrictEqual(
        (yield* store.pending).map(({ by }) => by),
        ["first", "second"]
      )
      const done = (id: number, at: number) =>
        store.commit({
          saves: [{ expected: { owner: null, token: 0, seq: 0 }, state, entries: [], acknowledgements: [{ id, at }] }],
          claims: []
        })
      yield* store.add([state])
      yield* done(2, 1000)
      assert.deepStrictEqual(yield* store.pending, [{ ...first, id: 1, doneAt: null }])
      const { mark } = yield* store.requestsSince(null)
      yield* done(1, 2000)
      const since = yield* store.requestsSince(mark)
      assert.deepInclude(since.requests, { ...first, id: 1, doneAt: 2000 })
    })
  )
})

Postgres.describeOnPostgres("PostgreSQL", () => {
  it.scopedLive("keeps an error whatever it says, but for the one character that it cannot hold", () =>
    Effect.gen(function* () {
      const { store } = yield* open(yield* Postgres.schema)
      yield* store.add([{ ...state, lastError: "a\u0000b \ud83d ü" }])
      assert.strictEqual((yield* store.load(["a"]))[0]?.lastError, "a\ufffdb \ufffd ü")
    })
  )

  it.scopedLive("answers under a statementTimeout that is longer than a timer", () =>
    Effect.gen(function* () {
      for (const statementTimeout of ["30 days", Duration.infinity] as const) {
        const url = Redacted.make(yield* Postgres.schema)
        const built = yield* Layer.build(Layer.fresh(PgJobStore.layerPg({ url, statementTimeout })))
        const store = Context.get(built, JobStore.JobStore)
        yield* store.add([state])
        assert.deepStrictEqual(yield* store.load(["a"]), [state])
      }
    })
  )

  it.scopedLive("opens, and keeps its connections, under times of the pool that are longer than a timer", () =>
    Effect.gen(function* () {
      for (const long of ["30 days", Duration.infinity] as const) {
        const url = Redacted.make(yield* Postgres.schema)
        const times = { connectTimeout: long, idleTimeout: long, connectionTTL: long }
        const built = yield* Layer.build(Layer.fresh(PgJobStore.layerPg({ url, maxConnections: 1, ...times })))
        const sql = Context.get(built, SqlClient.SqlClient)
        const session = Effect.map(sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`, ([row]) => row?.pid)
        const first = yield* session
        // meanwhile a timer that fires at once would end it
        yield* Effect.repeatN(anotherConnection(url), 2)
        assert.strictEqual(yield* session, first)
      }
    })
  )

  it.scopedLive("is the same through a client that changes names and reads integers its own way", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const client = Postgres.customClient(url)
      const built = yield* Layer.build(SqlJobStore.layer({ prefix: "MyApp_" }).pipe(Layer.provide(client)))
      const store = Context.get(built, JobStore.JobStore)
      yield* store.add([state])
      assert.deepStrictEqual(yield* store.load(["a"]), [state])
    })
  )
})
