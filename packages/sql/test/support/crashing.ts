/**
 * A program for tests to kill: quick jobs on the database that its first argument names, a SQLite file or the URL of a
 * PostgreSQL database. It never ends by itself.
 *
 * Each body leaves a row in a table of its own, so that what was done can be held against what was recorded, and says
 * a line.
 */
import { NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Effect, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Place from "./Place.ts"

const place = process.argv[2] ?? ""

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const note = (name: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO done (name) VALUES (${name})`).pipe(
    Effect.zipRight(say(name))
  )

const noted = <const Name extends string>(name: Name, pause: Effect.Effect<void> = Effect.void) =>
  Job.make(name, Effect.zipRight(pause, note(name)))

const jobs = Jobs.make(
  noted("every").pipe(Job.every("20 millis"), Job.priority(1)),
  noted("parallel", Effect.sleep("15 millis")).pipe(Job.every("30 millis"), Job.parallel),
  noted("backoff", Effect.sleep("3 millis")).pipe(
    Job.repeat(Schedule.exponential("5 millis").pipe(Schedule.union(Schedule.spaced("40 millis"))))
  ),
  Job.make("failing", Effect.fail("as it must")).pipe(Job.every("50 millis")),
  noted("never").pipe(Job.every("10 millis"), Job.when("it is asked to", Effect.succeed(false)))
)

const table = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE IF NOT EXISTS done (name TEXT NOT NULL)`)

const program = Effect.gen(function* () {
  yield* table
  yield* say("ready")
  return yield* Effect.provide(Tick.run, Tick.layer(jobs))
}).pipe(Effect.provide(Place.layer(place)))

NodeRuntime.runMain(program)
