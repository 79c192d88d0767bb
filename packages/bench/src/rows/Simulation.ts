/**
 * The simulation: a month of a messenger's jobs in memory, a day of it on a file, and a day of a hundred jobs.
 *
 * Every run is one of the real engine; the stubs of the jobs take no time.
 */

import { Simulation, type Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import { Duration, Effect } from "effect"
import { Job, Jobs } from "tickwork"
import * as File from "../File.ts"
import type { Family, Row } from "../Report.ts"

const from = "2026-03-01T00:00:00Z"
const samples = 3

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
const best = (simulated: Effect.Effect<Simulated, unknown>): Effect.Effect<Simulated, unknown> =>
  Effect.map(Effect.replicateEffect(simulated, samples), (all) =>
    all.reduce((one, other) => (other.seconds < one.seconds ? other : one))
  )

const rowsOf = (
  what: string,
  { runs, seconds }: Simulated,
  most: { readonly seconds: number; readonly perSecond: number } | null
): ReadonlyArray<Row> => [
  {
    what: `simulation, ${what}: ${runs} runs`,
    ours: { value: seconds, unit: "s" },
    floor: null,
    goal: most === null ? "" : `< ${most.seconds} s`,
    met: most === null ? null : seconds < most.seconds
  },
  {
    what: "the same, runs a second",
    ours: { value: runs / seconds, unit: "/s" },
    floor: null,
    goal: most === null || most.perSecond === 0 ? "" : `≥ ${most.perSecond.toLocaleString("en-US")} /s`,
    met: most === null || most.perSecond === 0 ? null : runs / seconds >= most.perSecond
  }
]

export const rows: Family = Effect.gen(function* () {
  const file = yield* File.make()
  const store = SqlJobStore.layerSqlite(file)
  const month = yield* best(timed(Simulation.run(messenger, { from, for: "30 days" })))
  const onFile = yield* timed(Simulation.run(messenger, { from, for: "1 day", store }))
  const day = yield* best(timed(Simulation.run(hundred, { from, for: "1 day" })))
  return [
    ...rowsOf("30 days of a messenger in memory", month, { seconds: 10, perSecond: 50_000 }),
    ...rowsOf("a day of it on a SQLite file", onFile, null),
    ...rowsOf("a day of 100 jobs in memory", day, { seconds: 1, perSecond: 0 })
  ]
}).pipe(Effect.scoped)
