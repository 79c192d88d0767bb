/**
 * Jobs of every kind that a crash can strike, and a file in which their instants have been missed.
 *
 * Each run does the same whoever makes it: what it comes to depends on its instant and its attempt alone.
 */
import { SqlClient } from "@effect/sql"
import { Effect, Ref, Schedule, Schema } from "effect"
import { Job, Jobs, type Run } from "tickwork"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { Noting, Wish } from "./Life.ts"

const second = 1000

/** The row that a transactional job leaves for a run. */
const write = ({ runKey }: Run.RunInfo) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO entries (run_key) VALUES (${runKey})`)

/** The table that transactional jobs write to. */
export const table = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE entries (run_key TEXT NOT NULL)`)

const memory = { schema: Schema.Number, initial: 0 }

const countIn = ({ memory }: Run.Run<number>) => Ref.update(memory, (runs) => runs + 1)

const failsUntil = (attempt: number, run: Run.RunInfo) => (run.attempt < attempt ? Effect.fail("not yet") : Effect.void)

const paused = Job.make("paused", Effect.void).pipe(Job.every("7 seconds"), Job.missed("skip"))
const byHand = Job.make("by hand", Effect.void).pipe(Job.every("1 hour"), Job.missed("skip"))

const withBody = <J extends Job.Any>(job: J, body: (run: Run.Run) => Effect.Effect<unknown>): J =>
  JobDefinition.copy(job, { body })

export const jobs = (noting: Noting) => {
  const noted =
    <A, E, R, Given extends Run.Run = Run.Run>(body: (run: Given) => Effect.Effect<A, E, R>) =>
    (run: Given) =>
      noting(run, body(run))
  const nothing = noted(() => Effect.void)
  const sleep = (ms: number) => noted(() => Effect.sleep(ms))
  return Jobs.make(
    Job.make("plain", {}, nothing).pipe(Job.every("20 seconds"), Job.priority(1)),
    Job.make("beside", {}, sleep(1500)).pipe(Job.cron("*/25 * * * * *"), Job.missed("all"), Job.parallel),
    Job.make("jittered", {}, sleep(40)).pipe(Job.schedule(Schedule.jittered(Schedule.spaced("15 seconds")))),
    Job.make(
      "flaky",
      {},
      noted((run) => failsUntil(3, run))
    ).pipe(Job.repeat(Schedule.spaced("20 seconds")), Job.retry(Schedule.exponential("1 second"))),
    Job.make(
      "slow",
      { memory },
      noted((run: Run.Run<number>) => Effect.zipRight(countIn(run), Effect.sleep(run.attempt === 1 ? 5000 : 10)))
    ).pipe(Job.every("40 seconds"), Job.timeout("2 seconds"), Job.parallel),
    Job.make(
      "transfers",
      { memory },
      noted((run: Run.Run<number>) => Effect.all([countIn(run), write(run), Effect.sleep(200)], { discard: true }))
    ).pipe(Job.every("15 seconds"), Job.missed("all"), Job.transactional),
    Job.make(
      "corrects",
      { memory },
      noted((run: Run.Run<number>) => Effect.all([countIn(run), write(run), failsUntil(2, run)], { discard: true }))
    ).pipe(Job.every("30 seconds"), Job.transactional),
    Job.make("never", Effect.void).pipe(Job.every("9 seconds"), Job.when("it is asked to", Effect.succeed(false))),
    withBody(paused, nothing),
    withBody(byHand, nothing)
  )
}

/** The requests of people in a life that begins at an instant, each some seconds later. */
export const wishes = (
  from: number,
  [pause = 8, trigger = 12, resume = 21]: ReadonlyArray<number> = []
): ReadonlyArray<Wish> => [
  { at: from + pause * second, verb: "pause", job: paused },
  { at: from + trigger * second, verb: "trigger", job: byHand },
  { at: from + resume * second, verb: "resume", job: paused }
]
