/**
 * The floor makes the writes of the product without knowing its tables, and a long log goes on as the product began it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as File from "../src/File.ts"
import * as FilledLog from "../src/FilledLog.ts"
import * as Replay from "../src/Replay.ts"
import * as Trace from "../src/Trace.ts"

const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
const often = Job.make("often", Effect.void).pipe(Job.every("1 second"), Job.parallel)
const jobs = Jobs.make(mail, often)

/** Every row of every table. */
const rowsOf = (filename: string) =>
  Effect.gen(function* () {
    const database = yield* File.open(filename)
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as ReadonlyArray<{
      readonly name: string
    }>
    return Object.fromEntries(tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]))
  }).pipe(Effect.scoped)

describe("a trace", () => {
  it.scoped.each([1, 7])("leaves the same rows as the product, in %i commits", (commits) =>
    Effect.gen(function* () {
      const file = yield* File.make()
      const work = Effect.zipRight(Tick.enqueueAll(mail, [1, 2, 3]), Tick.once)
      const after = yield* Effect.gen(function* () {
        const trace = yield* Trace.record(file, work)
        assert.isAbove(trace.writes.length, 8)
        return { trace, rows: yield* rowsOf(file.filename) }
      }).pipe(Effect.provide(File.tick(file, jobs)))
      const replay = yield* Replay.open(after.trace)
      const before = yield* rowsOf(replay.filename)
      replay.commit(commits)
      assert.notDeepEqual(before, after.rows)
      assert.deepStrictEqual(yield* rowsOf(replay.filename), after.rows)
    })
  )

  it.scoped("is of its own part of the work alone, also after another one", () =>
    Effect.gen(function* () {
      const file = yield* File.make()
      const enqueue = Tick.enqueue(mail, 1, { at: "2100-01-01T00:00:00Z" })
      const [one, other] = yield* Effect.all([Trace.record(file, enqueue), Trace.record(file, enqueue)]).pipe(
        Effect.provide(File.tick(file, jobs))
      )
      assert.deepStrictEqual(
        one.writes.map(({ sql }) => sql),
        other.writes.map(({ sql }) => sql)
      )
    })
  )
})

describe("a filled log", () => {
  it.scoped("is read, counted and continued by the product", () =>
    Effect.gen(function* () {
      const file = yield* FilledLog.make(1000)
      const layer = File.tickAndStore(file, FilledLog.registry)
      const stats = yield* Effect.provide(JobLog.stats({ to: FilledLog.endOf(1000) }), layer)
      assert.strictEqual(stats.length, FilledLog.jobsOfLog)
      for (const { runs } of stats) assert.strictEqual(runs, 100)
      const states = yield* Effect.provide(Tick.status, layer)
      for (const { state } of states) assert.strictEqual(state.totalRuns, 100)
    })
  )
})
