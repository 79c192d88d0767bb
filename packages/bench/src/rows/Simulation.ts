/**
 * The simulation: a month of a messenger's jobs in memory, hours of it on a file, and a day of a hundred jobs.
 *
 * Every run is one of the real engine; the stubs of the jobs take no time.
 */

import { Duration, Effect } from "effect"
import { Job, Jobs, Simulation, SqlJobStore, type Timeline } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as Row from "../Row.ts"

const from = "2026-03-01T00:00:00Z"
const sizes = {
  table: { span: "30 days", onFile: "12 hours", samples: 1 },
  quick: { span: "10 days", onFile: "2 hours", samples: 1 }
} as const

const sync = Job.make("sync_send", Effect.void).pipe(Job.every("5 seconds"), Job.priority(1))
const replenish = Job.make("prekey_replenishment", Effect.void).pipe(
  Job.every("1 hour"),
  Job.when("prekeys are low", Effect.succeed(true))
)
const purge = Job.make("purge_expired", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"), Job.after([sync]))

const messenger = Jobs.make(sync, replenish, purge).pipe(
  Simulation.withStub(replenish, { conditions: { "prekeys are low": 0.1 } }),
  Simulation.withStubs({})
)

const hundred = Simulation.withStubs(
  Jobs.make(
    ...Array.from({ length: 100 }, (_, index) => Job.make(`job_${index}`, Effect.void).pipe(Job.every("15 minutes")))
  ),
  {}
)

interface Simulated {
  readonly seconds: number
  readonly runs: number
}

const timed = (simulation: Effect.Effect<Timeline.Timeline, unknown>): Effect.Effect<Simulated, unknown> =>
  Effect.map(Effect.timed(simulation), ([took, { runs }]) => ({ seconds: Duration.toSeconds(took), runs: runs.length }))

/** The fastest of several samples, since other work of the machine only adds time. */
const best = (simulated: Effect.Effect<Simulated, unknown>, samples: number): Effect.Effect<Simulated, unknown> =>
  Effect.map(Effect.replicateEffect(simulated, samples), (all) =>
    all.reduce((one, other) => (other.seconds < one.seconds ? other : one))
  )

const row = (what: string, { runs, seconds }: Simulated, goal: Goal.Goal = Goal.none) =>
  Row.make({ what: `simulation, ${what}`, unit: "runs/s", better: "more", ours: runs / seconds, goal })

export const rows: Row.Family = ({ size }) =>
  Effect.gen(function* () {
    const { onFile, samples, span } = sizes[size]
    const store = SqlJobStore.layerSqlite(yield* File.make())
    const month = yield* best(timed(Simulation.run(messenger, { from, for: span })), samples)
    const file = yield* timed(Simulation.run(messenger, { from, for: onFile, store }))
    const day = yield* best(timed(Simulation.run(hundred, { from, for: "1 day" })), samples)
    return [
      row(`${span} of three jobs in memory`, month, Goal.atLeast(120_000, "runs/s")),
      row(`${onFile} of it on a SQLite file`, file),
      row("a day of 100 jobs in memory", day)
    ]
  }).pipe(Effect.scoped)
