import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect } from "effect"
import * as Place from "./support/Place.ts"
import * as Served from "./support/Served.ts"
import type { Described } from "./support/serving.ts"
import * as Told from "./support/Told.ts"

const { hour, quick, saying } = Served

/** Begins before the server goes away, and ends while it is gone. */
const long: Described = { name: "long", everyMs: hour, untilAsked: true }

const ledger: Described = { name: "ledger", everyMs: 500, is: "transactional" }

const healthOf = (served: Served.Served) =>
  Effect.gen(function* () {
    const since = served.said.length
    yield* served.ask({ ask: "health" })
    return (yield* served.hear(saying("health"), since)).health
  })

const isBack = (served: Served.Served) =>
  Eventually.isTrue(
    "the store is reachable again",
    Effect.map(healthOf(served), ({ store }) => store.isReachable)
  )

const forBoth = <A>(both: ReadonlyArray<Served.Served>, use: (served: Served.Served) => Effect.Effect<A>) =>
  Effect.forEach(both, use, { concurrency: "unbounded" })

Postgres.describeOnPostgres("a PostgreSQL server that restarts under two processes", () => {
  it.scopedLive(
    "loses no end of a run and doubles no write; both say that it is gone, and go on after it",
    () =>
      Effect.gen(function* () {
        const server = yield* Postgres.own
        const settings = { place: server.url, jobs: [long, ledger, quick("steady", 500)], lease: "1 minute" } as const
        const start = Served.start(settings)
        const both = yield* Effect.all([start, start], { concurrency: "unbounded" })
        const { served: runner } = yield* Served.first(both, saying("begins", { job: "long" }))
        const before = Served.first(both, saying("recorded", { job: "ledger", status: "success" }))
        yield* before

        assert.strictEqual(yield* server.stop, "stopped")
        // the other one may have nothing to ask of the store for a whole lease
        yield* runner.hear(saying("store failed"))
        yield* runner.ask({ ask: "finish", job: "long" })
        yield* runner.hear(saying("ends", { job: "long" }))
        yield* forBoth(both, (served) =>
          Effect.map(healthOf(served), ({ isRunning, store }) => {
            assert.isTrue(isRunning)
            assert.isFalse(store.isReachable)
            assert.isString(store.error)
          })
        )
        assert.deepStrictEqual(Served.all(runner, saying("recorded", { job: "long" })), [])

        const here = both.map(({ said }) => said.length)
        assert.strictEqual(yield* server.start, server.url)
        const recorded = yield* runner.hear(saying("recorded", { job: "long" }))
        assert.deepInclude(recorded, { status: "success", attempt: 1 })
        yield* forBoth(both, isBack)
        for (const job of ["ledger", "steady"]) {
          yield* Served.first(both, saying("recorded", { job, status: "success" }), here)
        }
        yield* forBoth(both, (served) => served.end("SIGTERM"))

        const instances = yield* Effect.provide(Told.instances, Place.layer(server.url))
        const written = yield* Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql<{ instant: string }>`SELECT instant FROM entries ORDER BY instant`
        ).pipe(Effect.provide(Place.layer(server.url)))
        for (const instance of instances) {
          Told.isConsistent(instance)
          const { lines, state } = instance
          assert.isNull(state.claim.owner, `nobody holds ${state.jobName}`)
          for (const [
            index,
            {
              status,
              verdict,
              position: { scheduledAt: nextScheduledAt }
            }
          ] of lines.entries()) {
            const next = lines[index + 1]
            if (next === undefined || verdict === "superseded") continue
            assert.strictEqual(
              next.scheduledAt,
              nextScheduledAt,
              `${state.jobName} goes from ${status} to what follows`
            )
          }
          if (state.jobName !== "ledger") continue
          assert.deepStrictEqual(
            written.map(({ instant }) => Number(instant)),
            lines.flatMap(({ scheduledAt, status }) => (status === "success" ? [scheduledAt] : [])),
            "what is written is what is recorded"
          )
        }
        const runsOfLong = instances.find(({ state }) => state.jobName === "long")?.lines
        assert.deepStrictEqual(
          runsOfLong?.map(({ status }) => status),
          ["success"]
        )
      }),
    600_000
  )
})
