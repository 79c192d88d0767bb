/**
 * Clients that an application has configured its own way: the store writes and reads the same through each of them.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Logger, Random, Ref, Schema, type Scope, Stream, String } from "effect"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

type Client = Layer.Layer<SqlClient.SqlClient, unknown>

const start = Date.parse("2026-03-02T12:00:00Z")

const mail = Job.make("send_mail", { payload: Schema.Struct({ toWhom: Schema.String }) }, () => Effect.void)
const cursor = { schema: Schema.Struct({ lastSeen: Schema.Number }), initial: { lastSeen: 0 } }
const poll = Job.make("poll", { memory: cursor }, ({ memory }) =>
  Ref.update(memory, ({ lastSeen }) => ({ lastSeen: lastSeen + 2 ** 40 }))
).pipe(Job.every("1 minute"))
const flaky = Job.make("flaky", Effect.fail("offline")).pipe(Job.every("5 minutes"), Job.alertAfter(1))
const peers = Job.make("peers", { keys: Effect.succeed(["ada_l", "graceH"]) }, () => Effect.void).pipe(
  Job.cron("*/2 * * * *")
)
const count = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT COUNT(*) AS n FROM job_log`)
const own = Job.make("own", count).pipe(Job.every("3 minutes"), Job.transactional)
const jobs = Jobs.make(mail, poll, flaky, peers, own)

const idOf = ({ jobName, key, seq }: JobStore.Ref & { readonly seq: number }) =>
  `${jobName} ${key} ${`${seq}`.padStart(5)}`

const sorted = <A extends JobStore.Ref & { readonly seq: number }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...all].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1))

/** Twenty minutes of two processes, one after the other; what they leave behind. */
const lived = (client: Client, around: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) => {
  const store = Layer.provideMerge(SqlJobStore.layer(), client)
  const life = Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    yield* Tick.enqueue(mail, { toWhom: "ada" }, { key: "first" })
    yield* Tick.pause(peers, { key: "ada_l", by: "alice", why: "she moves" })
    for (let minute = 0; minute < 10; minute++) {
      yield* Tick.once
      yield* time.advance("1 minute")
    }
    yield* Tick.resume(peers, { key: "ada_l" })
    yield* Tick.trigger(own, { by: "bob" })
    yield* Tick.enqueue(mail, { toWhom: "grace" }, { key: "first" })
    yield* Tick.once
  })
  return Effect.gen(function* () {
    for (let process = 0; process < 2; process++) yield* Effect.provide(life, Layer.fresh(Tick.layer(jobs)))
    const jobStore = yield* JobStore.JobStore
    const log = yield* JobLog.JobLog
    const findings = yield* Stream.runCollect(Doctor.examine())
    // the test's clock is not that of the server
    const wrong = [...findings].filter(({ code }) => code !== "clock-differs")
    assert.deepStrictEqual(wrong.map(Doctor.toText), [])
    const states = yield* jobStore.load(yield* jobStore.names)
    return {
      states: sorted(states.map(({ claim: _, ...state }) => state)),
      entries: sorted(yield* log.entries({ limit: 1000 }))
    }
  }).pipe(
    around,
    Effect.provide(Layer.provideMerge(Layer.fresh(store), ManualClock.layer(start))),
    Effect.withRandom(Random.make("custom")),
    Effect.provide(Logger.remove(Logger.defaultLogger)),
    Effect.orDie
  )
}

const asItIs = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect

const withBigInts = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, SqlClient.SafeIntegers, true)

const names = { transformQueryNames: String.camelToSnake, transformResultNames: String.snakeToCamel }

const ofFile = (options: Partial<SqliteClient.SqliteClientConfig>) =>
  Effect.map(TemporaryFile.make, (filename): Client => SqliteClient.layer({ filename, ...options }))

const ofServer = (client: (url: string) => Client) => Effect.map(Postgres.schema, client)

const databases = [
  ["SQLite", describe, ofFile({}), ofFile(names)],
  [
    "PostgreSQL",
    Postgres.describeOnPostgres as typeof describe,
    ofServer(Postgres.client),
    ofServer(Postgres.customClient)
  ]
] as ReadonlyArray<
  readonly [
    string,
    typeof describe,
    plain: Effect.Effect<Client, never, Scope.Scope>,
    custom: Effect.Effect<Client, never, Scope.Scope>
  ]
>

for (const [name, describeHere, plain, custom] of databases) {
  describeHere(`a life on ${name}`, () => {
    for (const [way, client, around] of [
      ["where SafeIntegers is set around the application", plain, withBigInts],
      ["through a client that changes names, and reads types its own way", custom, asItIs],
      ["through such a client with SafeIntegers", custom, withBigInts]
    ] as const) {
      it.scopedLive(`leaves the same behind ${way}`, () =>
        Effect.gen(function* () {
          const expected = yield* lived(yield* plain, asItIs)
          assert.isAbove(expected.entries.length, 40)
          assert.deepStrictEqual(yield* lived(yield* client, around), expected)
        })
      )
    }
  })
}
