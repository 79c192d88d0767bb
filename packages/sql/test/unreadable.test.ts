/**
 * A value that its column cannot hold concerns its own instance: it says why it does not run, and can be forgotten.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Doctor } from "@tickwork/sql"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Chunk, Deferred, Effect, Fiber, Layer, Logger, Queue, Schema, Stream } from "effect"
import { Decision, Job, JobLog, JobStore, Jobs, Tick, type TickEvent } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import * as Owner from "../src/internal/Owner.ts"
import * as Place from "./support/Place.ts"

const junk: ReadonlyArray<readonly [column: string, value: string, reason: string]> = [
  ["cadence", "junk", "is not JSON"],
  ["cadence", "{}", "holds JSON of another shape"],
  ["memory", "5", "holds JSON of another shape"],
  ["paused", "[]", "holds JSON of another shape"],
  ["last_status", "splendid", "holds a word that is unknown here"]
]

const isRefusal = (event: TickEvent.TickEvent) => event._tag === "RequestRefused"

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

const made = () => {
  const ran: Array<string> = []
  const every = (name: string) =>
    Job.make(
      name,
      Effect.sync(() => ran.push(name))
    ).pipe(Job.every("1 hour"))
  const [broken, well] = [every("broken"), every("well")]
  const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.sync(() => ran.push("mail")))
  return { broken, jobs: Jobs.make(broken, well, mail), ran }
}

/** A listener that was forked listens by then. */
const subscribed = Effect.repeatN(Effect.yieldNow(), 100)

/** Each was due a second before it was made. */
const due = (sql: SqlClient.SqlClient) =>
  sql.unsafe("UPDATE job_state SET next_at = created_at - 1000, scheduled_at = created_at - 1000")

const found = Effect.map(Stream.runCollect(Doctor.examine()), (all) =>
  [...all].flatMap(({ code, found }) => (code === "unreadable-value" ? [`${found.column}`] : []))
)

const laws = (inPlace: <A, E>(use: (place: string) => Effect.Effect<A, E>) => Effect.Effect<A, E>) => {
  const within = <A, E, R>(
    use: Effect.Effect<A, E, R | SqlClient.SqlClient | JobStore.JobStore | JobLog.JobLog>
  ): Effect.Effect<A, unknown, Exclude<R, SqlClient.SqlClient | JobStore.JobStore | JobLog.JobLog>> =>
    inPlace((place) => Effect.provide(use, Place.layer(place)) as Effect.Effect<A, unknown>) as never

  for (const [column, value, reason] of junk) {
    it.scopedLive(`says why it does not run, while the others do: ${value} in ${column}`, () =>
      within(
        Effect.gen(function* () {
          const { broken, jobs, ran } = made()
          yield* Effect.provide(Tick.once, Tick.layer(jobs))
          const sql = yield* SqlClient.SqlClient
          yield* due(sql)
          yield* sql`UPDATE job_state SET ${sql(column)} = ${value} WHERE job_name = 'broken'`
          ran.length = 0
          const warnings: Array<string> = []
          const logger = Logger.make(({ message }) => warnings.push(String(message)))
          const why = `the column "${column}" ${reason}`
          yield* Effect.gen(function* () {
            yield* Tick.once
            const { decision } = yield* Tick.explain(broken)
            assert.deepStrictEqual(decision, Decision.wait(Decision.Reason.Unreadable({ why })))
            assert.strictEqual((yield* Tick.health).unreadable, 1)
          }).pipe(Effect.provide(Layer.provideMerge(Tick.layer(jobs), Logger.replace(Logger.defaultLogger, logger))))
          assert.include(ran, "well")
          assert.notInclude(ran, "broken")
          assert.isTrue(
            warnings.some((warning) => warning.includes(`job "broken" does not run`) && warning.includes(why)),
            warnings.join("; ")
          )
          assert.include(yield* found, column)
        })
      )
    )
  }

  it.scopedLive("takes no request but to be forgotten, and is made again then", () =>
    within(
      Effect.gen(function* () {
        const { broken, jobs, ran } = made()
        yield* Effect.provide(Tick.once, Tick.layer(jobs))
        const sql = yield* SqlClient.SqlClient
        yield* sql`UPDATE job_state SET cadence = 'junk' WHERE job_name = 'broken'`
        ran.length = 0
        yield* Effect.gen(function* () {
          const { events } = yield* Tick.Tick
          const refusals = events.pipe(Stream.filter(({ _tag }) => _tag === "RequestRefused"))
          const listening = yield* Effect.fork(Stream.runHead(refusals))
          yield* subscribed
          yield* Tick.trigger(broken)
          yield* Tick.once
          assert.deepStrictEqual(ran, [])
          yield* Fiber.join(listening)
          assert.deepStrictEqual(yield* (yield* JobStore.JobStore).pending, [])
          yield* Tick.forget(broken)
          yield* Tick.once
          assert.deepStrictEqual(ran, ["broken"])
          assert.strictEqual((yield* Tick.health).unreadable, 0)
        }).pipe(Effect.provide(Tick.layer(jobs)), quietly)
        assert.deepStrictEqual(yield* found, [])
      })
    )
  )

  const forgottenAfterItsRun = (damage: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError.SqlError>) =>
    inPlace((place) =>
      Effect.gen(function* () {
        const [begun, over] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
        const running = { now: 0, most: 0, all: 0 }
        const body = Effect.gen(function* () {
          running.all += 1
          running.now += 1
          running.most = Math.max(running.most, running.now)
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(over)
          running.now -= 1
        })
        const broken = Job.make("broken", body).pipe(Job.every("1 hour"))
        const opened = Layer.fresh(Layer.provideMerge(Tick.layer(Jobs.make(broken), { drain: 0 }), Place.layer(place)))
        const [holder, other] = yield* Effect.all([Layer.build(opened), Layer.build(opened)])
        const calling = yield* Effect.fork(Effect.provide(Tick.once, holder))
        yield* Deferred.await(begun)
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* damage(sql)
          yield* Tick.forget(broken)
          for (let n = 0; n < 5; n++) yield* Tick.once
          const [row] = yield* sql<{ owner: string | null }>`SELECT claim_owner AS owner FROM job_state`
          assert.isNotNull(row?.owner)
          assert.strictEqual(running.all, 1)
          yield* Deferred.succeed(over, undefined)
          yield* Fiber.join(calling)
          yield* Tick.once.pipe(Effect.repeat({ until: () => running.all === 2 }))
          assert.deepStrictEqual(running, { now: 0, most: 1, all: 2 })
          const log = yield* (yield* JobLog.JobLog).entries({})
          assert.deepStrictEqual(
            log.map(({ seq, status }) => [seq, status]),
            [[1, "success"]]
          )
        }).pipe(Effect.provide(other))
      }).pipe(Effect.scoped, quietly, Effect.orDie)
    )

  it.scopedLive("is forgotten once its holder has ended its run, and never beside it", () =>
    forgottenAfterItsRun((sql) => sql`UPDATE job_state SET memory = '5'`)
  )

  it.scopedLive("is forgotten as a readable one is: by calls of `once`, when its holder has ended its run", () =>
    forgottenAfterItsRun(() => Effect.void)
  )

  for (const [holder, goneAfter] of [
    ["that has ended", 0],
    ["that has not renewed its claim for a whole lease", 30_000]
  ] as const) {
    it.scopedLive(`is forgotten with the claim of a holder ${holder}`, () =>
      within(
        Effect.gen(function* () {
          const time = yield* ManualClock.ManualClock
          const { broken, jobs } = made()
          yield* Effect.provide(Tick.once, Tick.layer(jobs))
          const sql = yield* SqlClient.SqlClient
          const owner = goneAfter === 0 ? (yield* Effect.scoped(Owner.make("host"))).id : "another-host/1/2/3"
          yield* sql`UPDATE job_state SET cadence = 'junk', claim_owner = ${owner}, claim_token = claim_token + 1,
            claimed_at = 'junk' WHERE job_name = 'broken'`.pipe(
            Effect.orElse(
              () => sql`UPDATE job_state SET cadence = 'junk', claim_owner = ${owner},
              claim_token = claim_token + 1 WHERE job_name = 'broken'`
            )
          )
          const counted = Effect.map(
            sql<{ n: number }>`SELECT count(*) AS n FROM job_state WHERE claim_owner IS NOT NULL`,
            ([row]) => Number(row?.n)
          )
          yield* Effect.gen(function* () {
            yield* Tick.forget(broken)
            if (goneAfter > 0) {
              yield* Tick.once
              yield* time.advance(goneAfter - 1)
              yield* Tick.once
              assert.strictEqual(yield* counted, 1)
              yield* time.advance(1)
            }
            yield* Tick.once
            yield* Tick.once
            assert.strictEqual(yield* counted, 0)
            assert.strictEqual((yield* Tick.health).unreadable, 0)
          }).pipe(Effect.provide(Tick.layer(jobs)))
        }).pipe(Effect.provide(TestTime.layer({ start: Date.parse("2026-03-02T12:00:00Z") })), quietly)
      )
    )
  }

  it.scopedLive("a request that cannot be read is refused, and others are carried out", () =>
    within(
      Effect.gen(function* () {
        const { jobs, ran } = made()
        const sql = yield* SqlClient.SqlClient
        const ask = (verb: string, jobName: string, payload: string | null) =>
          sql`INSERT INTO job_control (partition, verb, job_name, key, at, "by", why, due_at, payload)
            VALUES (0, ${verb}, ${jobName}, 'k', 1, '', '', 1, ${payload})`
        yield* Effect.gen(function* () {
          const { events } = yield* Tick.Tick
          yield* Tick.once
          const refusals = events.pipe(Stream.filter(isRefusal))
          const listening = yield* Effect.fork(Stream.runCollect(Stream.take(refusals, 3)))
          yield* subscribed
          yield* ask("enqueue", "mail", "junk")
          yield* ask("enqueue", "mail", "5")
          yield* ask("explode", "mail", null)
          yield* ask("enqueue", "somebody_elses", "junk")
          yield* ask("enqueue", "mail", '{"value":7}')
          yield* Tick.once.pipe(Effect.repeat({ until: () => ran.includes("mail") }))
          const told = Chunk.toReadonlyArray(yield* Fiber.join(listening)).map(({ why }) => why)
          assert.deepStrictEqual(told, [
            'the column "payload" is not JSON',
            'the column "payload" holds JSON of another shape',
            'the column "verb" holds a word that is unknown here'
          ])
        }).pipe(Effect.provide(Tick.layer(jobs, { watch: "1 millis" })), quietly)
        assert.deepStrictEqual(
          (yield* (yield* JobStore.JobStore).pending).map(({ jobName }) => jobName),
          ["somebody_elses"],
          "it is for a process that has that job"
        )
      })
    )
  )

  it.scopedLive("stops no daemon that runs, as a request or as a state that another program writes", () =>
    within(
      Effect.gen(function* () {
        const beats = yield* Queue.unbounded<number>()
        const beat = Job.make("beat", ({ startedAt }) => Queue.offer(beats, startedAt)).pipe(Job.every("20 millis"))
        const other = Job.make("other", Effect.void).pipe(Job.every("20 millis"))
        const sql = yield* SqlClient.SqlClient
        const request = (verb: string, jobName: string, payload: string | null) =>
          sql`INSERT INTO job_control (partition, verb, job_name, key, at, "by", why, due_at, payload)
            VALUES (0, ${verb}, ${jobName}, 'k', 1, '', '', 1, ${payload})`
        yield* Effect.gen(function* () {
          for (const written of [
            request("enqueue", "of_no_registry", "{bad"),
            request("enqueue", "of_no_registry", "[".repeat(10_000)),
            request("explode", "beat", null),
            request("pause", "beat", "5"),
            sql`UPDATE job_state SET cadence = ${"[".repeat(10_000)} WHERE job_name = 'other'`,
            sql`UPDATE job_state SET scheduled_at = next_at, retry = 'junk', memory = '7' WHERE job_name = 'other'`
          ]) {
            yield* written
            yield* Tick.explain(other)
            yield* Queue.takeAll(beats)
            yield* Queue.takeN(beats, 6)
          }
          assert.isTrue((yield* Tick.health).isRunning)
        }).pipe(
          Effect.provide(Tick.layerDaemon(Jobs.make(beat, other), { watch: "20 millis", drain: 0 })),
          Effect.scoped
        )
      }).pipe(quietly)
    )
  )

  it.scopedLive("an entry of the log that cannot be read stands in the history as what it is", () =>
    within(
      Effect.gen(function* () {
        const { jobs } = made()
        yield* Effect.provide(Tick.once, Tick.layer(jobs))
        const sql = yield* SqlClient.SqlClient
        yield* sql`UPDATE job_entry SET status = 'splendid' WHERE instance = (SELECT id FROM job_state WHERE job_name = 'broken')`
        const log = yield* JobLog.JobLog
        const history = yield* log.history({})
        assert.deepStrictEqual(history.map(({ jobName, unreadable }) => [jobName, unreadable]).sort(), [
          ["broken", 'the column "status" holds a word that is unknown here'],
          ["well", undefined]
        ])
      })
    )
  )
}

describe("a row that cannot be read, in a SQLite file", () => {
  laws((use) => Effect.scoped(Effect.flatMap(TemporaryFile.make, use)))
})

Postgres.describeOnPostgres("a row that cannot be read, on PostgreSQL", () => {
  laws((use) => Effect.scoped(Effect.flatMap(Postgres.schema, use)))
})
