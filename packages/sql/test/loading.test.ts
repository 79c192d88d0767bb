/** States are read a page at a time: whatever their number, each comes once. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Redacted } from "effect"
import { JobState, JobStore } from "tickwork"
import { stateColumns } from "../src/internal/migrations/Tables.ts"
import { loadPage } from "../src/internal/statements/Statements.ts"

const onFile = Layer.unwrapScoped(Effect.map(TemporaryFile.make, (filename) => SqlJobStore.layerSqlite({ filename })))

const onPostgres = Layer.unwrapScoped(
  Effect.map(Postgres.schema, (url) => PgJobStore.layerPg({ url: Redacted.make(url) }))
)

const planned = {
  state: { definition: "every", anchor: 0, seed: 0, steps: 0, state: null },
  nextAt: 0
}

const statesOf = (jobName: string, count: number) =>
  Array.from({ length: count }, (_, index) => JobState.initial(jobName, `key ${index}`, planned, 0))

const namesOf = (states: ReadonlyArray<JobState.JobState>) => states.map(({ jobName, key }) => `${jobName} ${key}`)

for (const [name, describeHere, layer] of [
  ["SQLite", describe, onFile],
  ["PostgreSQL", Postgres.describeOnPostgres, onPostgres]
] as const)
  describeHere(`the states of jobs, ${name}`, () => {
    it.scopedLive("come each once, also where they fill their pages", () =>
      Effect.gen(function* () {
        const store = yield* JobStore.JobStore
        for (const count of [loadPage - 1, loadPage, 2 * loadPage + 1]) {
          const [one, other] = [statesOf(`one of ${count}`, count), statesOf(`other of ${count}`, 1)]
          yield* store.add([...one, ...statesOf(`passed over of ${count}`, 3), ...other])
          for (const which of ["all", "unfinished"] as const) {
            const load = store.load([`other of ${count}`, `one of ${count}`], which)
            // the same effect reads again each time that it is run
            for (const loaded of [yield* load, yield* load])
              assert.deepStrictEqual(namesOf(loaded).sort(), namesOf([...one, ...other]).sort())
          }
        }
      }).pipe(Effect.provide(layer))
    )
  })

describe("the states of a job, SQLite", () => {
  it.scopedLive("come each once where a page ends with a key that is no text", () =>
    Effect.gen(function* () {
      const store = yield* JobStore.JobStore
      const sql = yield* SqlClient.SqlClient
      yield* store.add(statesOf("job", 2 * loadPage))
      // SQLite sorts bytes after all texts
      yield* sql`UPDATE job_state SET key = CAST(key AS BLOB) WHERE id > ${loadPage}`
      assert.strictEqual(new Set(namesOf(yield* store.load(["job"]))).size, 2 * loadPage)
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("are what they are when each is read by itself, whatever one of their columns holds", () =>
    Effect.gen(function* () {
      const store = yield* JobStore.JobStore
      const sql = yield* SqlClient.SqlClient
      const columns = Object.keys(stateColumns).filter((name) => name !== "job_name" && name !== "key")
      const values = [7, -7, "text", "{}", new Uint8Array([1]), 1e300]
      const states = statesOf("job", columns.length * values.length)
      yield* store.add(states)
      for (const [index, { key }] of states.entries()) {
        const column = sql(columns[index % columns.length] ?? "")
        yield* sql`UPDATE job_state SET ${column} = ${values[Math.floor(index / columns.length)]} WHERE key = ${key}`
      }
      const loaded = new Map((yield* store.load(["job"])).map((state) => [state.key, state]))
      for (const state of yield* store.get(states)) assert.deepStrictEqual(loaded.get(state.key), state)
      const unreadable = [...loaded.values()].filter((state) => state.unreadable !== undefined)
      assert.isAbove(unreadable.length, states.length / 3)
      assert.isBelow(unreadable.length, states.length)
    }).pipe(Effect.provide(onFile))
  )

  for (const [what, change] of [
    ["without a state", { state: undefined }],
    ["without a state, and with a version", { state: undefined, version: 2 }],
    ["with a part of a step", { steps: 0.5 }],
    ["with fewer steps than none", { steps: -1 }],
    ["with a version of 0", { version: 0 }],
    ["with an anchor that is a text", { anchor: "0" }],
    ["with a seed that is a text", { seed: "0" }],
    ["with a definition that is a number", { definition: 0 }]
  ] as const)
    it.scopedLive(`are unreadable with a cadence ${what}`, () =>
      Effect.gen(function* () {
        const store = yield* JobStore.JobStore
        const sql = yield* SqlClient.SqlClient
        yield* store.add(statesOf("job", 1))
        yield* sql`UPDATE job_state SET cadence = ${JSON.stringify({ ...planned.state, ...change })}`
        const [state] = yield* store.load(["job"])
        assert.include(state?.unreadable, "cadence")
      }).pipe(Effect.provide(onFile))
    )
})
