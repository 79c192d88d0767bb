import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Entries from "@tickwork/test-support/Entries"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Context, Effect, Layer, Random } from "effect"
import { JobLog, JobState, JobStore, type LogEntry } from "tickwork"

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 1, steps: 0, state: null }

const instance = (jobName: string) => JobState.initial(jobName, "", { state: cadence, nextAt: 0 }, 0)

const names = Arr.makeBy(23, (index) => `job ${index}`)

/** The stores of several processes, each with connections of its own, on one database. */
const stores = (client: Layer.Layer<SqlClient.SqlClient>) =>
  Effect.forEach(Arr.range(1, 6), () =>
    Effect.map(Layer.build(Layer.fresh(SqlJobStore.layer().pipe(Layer.provide(client)))), (built) => ({
      ...Context.get(built, JobLog.JobLog),
      ...Context.get(built, JobStore.JobStore)
    }))
  )

const inOrder = (states: ReadonlyArray<JobState.JobState>) =>
  [...states].sort((a, b) => (a.jobName < b.jobName ? -1 : 1))

const claimed = (state: JobState.JobState, owner: string) =>
  JobState.claimed(state, owner, { scheduledAt: 0, trigger: "schedule" }, 0)

/** Each of them has a run of its own to record. */
const line = (state: JobState.JobState, durationMs: number): LogEntry.LogEntry => ({
  ...Entries.of({ jobName: state.jobName, key: state.key, seq: state.seq + 1, durationMs }),
  position: { nextAt: 0, scheduledAt: 0, attempt: 1, cadence, retry: null, paused: null, manual: null },
  memory: null,
  report: null,
  stack: null
})

const recorded =
  (durationMs: number) =>
  (held: JobState.JobState): JobStore.Save => ({
    expected: { owner: held.claim.owner, token: held.claim.token, seq: held.seq },
    state: JobState.after(held, line(held, durationMs)),
    entries: [line(held, durationMs)]
  })

const shuffled = <A>(rows: ReadonlyArray<A>) => Effect.map(Random.shuffle(rows), (some): ReadonlyArray<A> => [...some])

const atOnce = { concurrency: "unbounded" } as const

const deadlocks = (url: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{
      n: string
    }>`SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()`
    return Number(rows[0]?.n)
  }).pipe(Effect.provide(Layer.fresh(Postgres.client(url))))

const contend = (client: Layer.Layer<SqlClient.SqlClient>) =>
  Effect.gen(function* () {
    const processes = yield* stores(client)
    const [store] = processes
    if (store === undefined) return
    yield* Effect.forEach(
      processes,
      (store) => Effect.flatMap(shuffled(names), (names) => store.add(names.map(instance))),
      atOnce
    )
    for (let round = 1; round <= 10; round++) {
      const free = yield* store.load(names)
      const claims = yield* Effect.forEach(
        processes,
        (store) =>
          Effect.gen(function* () {
            const claims = (yield* shuffled(free)).map((state) => ({ state: claimed(state, store.owner.id) }))
            const refused = yield* store.commit({ saves: [], claims })
            return claims.filter((claim) => !refused.claims.includes(claim)).map(({ state }) => state)
          }),
        atOnce
      )
      const held = yield* store.load(names)
      assert.deepStrictEqual(inOrder(claims.flat()), inOrder(held), "one claims each, and is told so")

      // each of them believes that the claims are its own, and renews or records them
      const saves = yield* Effect.forEach(
        processes,
        (store, index) =>
          Effect.gen(function* () {
            const saves = (yield* shuffled(held)).map(recorded(index))
            const refs = (yield* shuffled(held)).map(
              ({ jobName, key, claim: { owner: claimOwner, token: claimToken } }) => ({
                jobName,
                key,
                owner: claimOwner,
                token: claimToken
              })
            )
            yield* store.renew(refs)
            const refused = yield* store.commit({ saves, claims: [] })
            return saves.filter((save) => !refused.saves.includes(save)).map(({ state }) => state.jobName)
          }),
        atOnce
      )
      assert.sameMembers(saves.flat(), names, "one records each, and is told so")
      assert.strictEqual((yield* store.entries({ limit: 10_000 })).length, round * names.length)

      const late = free.map((state) => ({ state: claimed(state, store.owner.id) }))
      assert.deepStrictEqual((yield* store.commit({ saves: [], claims: late })).claims, late, "what was seen is past")
    }
  }).pipe(Effect.scoped, Effect.withRandom(Random.make("contention")))

describe("many stores that write the same rows of a SQLite file at once", () => {
  it.scopedLive(
    "wait for one another: for each row one wins, and the others are told that they did not",
    () => Effect.flatMap(TemporaryFile.make, (filename) => contend(Layer.orDie(SqliteClient.layer({ filename })))),
    120_000
  )
})

Postgres.describeOnPostgres("many processes that write the same rows at once, each in an order of its own", () => {
  it.scopedLive(
    "never deadlock: for each row one process wins, and the others learn that they did not",
    () =>
      Effect.gen(function* () {
        // deadlocks are counted for a whole database
        const url = yield* Postgres.database
        yield* contend(Postgres.client(url, 2))
        assert.strictEqual(yield* deadlocks(url), 0)
      }),
    120_000
  )
})
