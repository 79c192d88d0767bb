/**
 * What runs cost by number of processes on one PostgreSQL database, each with partitions of its own.
 */
import { Effect, Fiber, Schedule } from "effect"
import { Jobs } from "#adapter"
import * as Beside from "../Beside.ts"
import * as Placed from "../Placed.ts"
import * as Server from "../Server.ts"
import type { Settings } from "../Settings.ts"
import * as Growth from "./Growth.ts"

/** Of each process, so that each has compiled as much as the others: code that has run longer costs less. */
const runsOfEach = 10_000
const seconds = 12

/** By then all have compiled what they run. */
const warmUpMs = (processes: number) => 2500 * processes

const warmUpRuns = 3000

/** How many runs have ended, by the store itself. */
const done = (client: Server.Client, { schema }: Server.Schema) =>
  Effect.promise(async () => {
    const { rows } = await client.query(`SELECT count(*) AS done FROM ${schema}.job_entry WHERE status = 'success'`)
    return Number(rows[0]?.done)
  })

const enqueue = (schema: Server.Schema, name: string, count: number) =>
  Effect.provide(Placed.enqueue(name, count), Server.client(schema, Placed.jobs))

const measure = (url: string, processes: number) =>
  Effect.gen(function* () {
    const schema = yield* Server.make(url)
    const client = yield* Server.connect(url)
    // the tables are there before the first of them opens
    yield* Effect.scoped(Effect.provide(Effect.void, Server.tick(schema, Jobs.make())))
    const opened = Date.now() + Beside.openedMs(processes)
    const from = opened + warmUpMs(processes)
    const all = yield* Effect.fork(
      Effect.forEach(
        Array.from({ length: processes }, (_, k) => k),
        (k) => Beside.run<Placed.Spent>("placed", JSON.stringify({ schema, k, n: processes, from, seconds })),
        { concurrency: "unbounded" }
      )
    )
    const [runs, warmUp] = [runsOfEach * processes, warmUpRuns * processes]
    const until = (count: number) =>
      Effect.repeat(done(client, schema), { until: (found) => found >= count, schedule: Schedule.spaced("50 millis") })
    yield* Effect.sleep(Math.max(0, opened - Date.now()))
    yield* enqueue(schema, "warm-up", warmUp)
    yield* until(warmUp)
    if (Date.now() > from) return yield* Effect.dieMessage("the warm-up took too long")
    yield* Effect.sleep(Math.max(0, from - Date.now()))
    yield* enqueue(schema, "run", runs)
    const began = performance.now()
    yield* until(warmUp + runs)
    const wall = performance.now() - began
    const spent = yield* Fiber.join(all)
    const sum = (of: (one: Placed.Spent) => number) => spent.reduce((total, one) => total + of(one), 0)
    return {
      cpu: (sum(({ cpuMs }) => cpuMs) * 1000) / runs,
      wall: (wall * 1000) / runs,
      refused:
        (100 * sum(({ refused }) => refused)) /
        Math.max(
          1,
          sum(({ claims }) => claims)
        )
    }
  }).pipe(Effect.scoped)

export const rows = ({ postgres }: Settings): Effect.Effect<ReadonlyArray<Growth.Row>, unknown> =>
  postgres === null
    ? Effect.succeed([])
    : Growth.rows({
        sizes: [1, 2, 4],
        rows: {
          cpu: {
            what: "CPU time of a run, of n processes with partitions of their own",
            unit: "µs",
            order: "constant"
          },
          wall: { what: "time for a run of 10,000 n, of n such processes", unit: "µs", order: "constant" },
          refused: { what: "claims refused, of n such processes", unit: "%", order: "bounded", most: 0.1 }
        },
        measure: (processes) => measure(postgres, processes),
        mostSamples: 1
      })
