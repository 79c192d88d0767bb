/**
 * A daemon on a SQLite file whose statements a test may let fail, on a clock moved by hand, and what its bodies did.
 */
import { SqlClient } from "@effect/sql"
import { SqlJobStore } from "@tickwork/sql"
import * as Bench from "@tickwork/test-support/Bench"
import { Context, Effect, Layer, Random, Stream } from "effect"
import { type Job, type Jobs, Tick, type TickEvent } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Hooked from "./Hooked.ts"
import type * as Life from "./Life.ts"
import * as Lives from "./Lives.ts"
import { table } from "./scenario.ts"

export type Of = (noting: Life.Noting) => Jobs.Jobs<Job.JobTransaction | SqlClient.SqlClient>

export interface Options {
  readonly filename: string
  readonly jobs: Of
  /** What becomes of statements from now on, once it has been opened. */
  readonly around?: Hooked.Around
}

/** A row for a run, in the table of the application's. */
export const write = (runKey: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO entries (run_key) VALUES (${runKey})`)

export const start = (options: Options) =>
  Effect.gen(function* () {
    const { around = (statement) => statement, filename, jobs } = options
    const time = yield* ManualClock.ManualClock
    const notes: Array<Life.Note> = []
    const noting: Life.Noting = (run, body) =>
      Effect.suspend(() => {
        const note = { run, hasEnded: false }
        notes.push(note)
        return Effect.ensuring(
          body,
          Effect.sync(() => {
            note.hasEnded = true
          })
        )
      })
    let isOpen = false
    const client = Hooked.client(filename, (statement, text) => (isOpen ? around(statement, text) : statement))
    yield* Lives.prepare(filename, table)
    const built = yield* Layer.build(
      Layer.provideMerge(Tick.layer(jobs(noting)), Layer.provideMerge(SqlJobStore.layer(), client))
    )
    isOpen = true
    const tick = Context.get(built, Tick.Tick)
    const events: Array<TickEvent.TickEvent> = []
    yield* Effect.forkScoped(Stream.runForEach(tick.events, (event) => Effect.sync(() => events.push(event))))
    const daemon = yield* Bench.fork(tick.run)
    /** Stops it, and holds the laws against what it leaves behind. */
    const stop = Effect.gen(function* () {
      yield* Bench.stop(daemon)
      const life = { diedAt: null, filename, statements: 0, notes, uttered: [] }
      return yield* Lives.hold([life], { jobs: jobs((_, body) => body).all, until: yield* time.now })
    })
    return { tick, time, notes, events, sql: Context.get(built, SqlClient.SqlClient), stop }
  })

/** Runs a test of a daemon, with dice of a known seed. */
export const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.withRandom(Random.make("daemon")), Effect.provide(ManualClock.layer(Bench.start)))
