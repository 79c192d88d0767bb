/**
 * Jobs on a grid, and a program for tests to kill: it runs them on the SQLite file that its first argument names, and
 * never ends by itself; its second argument is the tolerance in ms. It writes nothing to that file but what a tick does.
 *
 * Each body says a line when it begins and one when it has ended.
 */
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Schedule } from "effect"
import { Job, Jobs, type Run, Tick } from "tickwork"

type Body = (run: Run.Run) => Effect.Effect<void>

/** Jobs of which each instant is run, whoever was there for it. */
export const complete = ["half second", "beside it", "each second"] as const

/** The grids of the jobs that make up for missed instants in fewer runs, or in none. */
export const others = { latest: 300, earliest: 800, skip: 400 } as const

const all = Job.missed("all", { atMost: 10_000 })

/** What is cut short is tried again at once, however often in a row: no instant is given up. */
const job = (name: string, body: Body) => Job.make(name, {}, body).pipe(Job.retryUnexpected(Schedule.forever))

/** The same jobs with any body. */
export const jobsOf = (body: Body) =>
  Jobs.make(
    job("half second", body).pipe(Job.every("500 millis"), all, Job.priority(1)),
    job("beside it", body).pipe(Job.every("700 millis"), all, Job.parallel),
    job("each second", body).pipe(Job.cron("* * * * * *"), all),
    job("latest", body).pipe(Job.every(others.latest), Job.missed("latest")),
    job("earliest", body).pipe(Job.every(others.earliest), Job.missed("earliest"), Job.parallel),
    job("skip", body).pipe(Job.every(others.skip), Job.missed("skip"), Job.parallel)
  )

/** Now and again longer than the grid of a job leaves. */
const takes = ({ scheduledAt }: Run.Run) => (Math.floor(scheduledAt / 100) % 13 === 0 ? 1100 : 25)

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const body: Body = (run) =>
  say(`${run.jobName} begins`).pipe(
    Effect.zipRight(Effect.sleep(takes(run))),
    Effect.zipRight(say(`${run.jobName} has ended`))
  )

const program = (filename: string, toleranceMs: number) =>
  say("ready").pipe(
    Effect.zipRight(Effect.provide(Tick.run, Tick.layer(jobsOf(body), { tolerance: toleranceMs }))),
    Effect.provide(SqlJobStore.layerSqlite({ filename }))
  )

const [, file, filename = "", toleranceMs] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(filename, Number(toleranceMs)))
