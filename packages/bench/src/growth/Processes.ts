/**
 * The cost of a run by number of processes on one PostgreSQL database, which share 200 jobs every second.
 */

import { Effect } from "effect"
import { Jobs } from "#adapter"
import * as Beside from "../Beside.ts"
import * as Server from "../Server.ts"
import type { Settings } from "../Settings.ts"
import * as Shared from "../Shared.ts"
import * as Growth from "./Growth.ts"

const seconds = 6

const measure = (url: string, processes: number) =>
  Effect.gen(function* () {
    const schema = yield* Server.make(url)
    // the tables are there before the first of them opens
    yield* Effect.scoped(Effect.provide(Effect.void, Server.tick(schema, Jobs.make())))
    const shift: Shared.Shift = { schema, from: Date.now() + Beside.openedMs(processes), seconds }
    const all = yield* Effect.forEach(
      Array.from({ length: processes }),
      () => Beside.run<Shared.Spent>("sharing", JSON.stringify(shift)),
      { concurrency: "unbounded" }
    )
    const runs = all.reduce((sum, one) => sum + one.runs, 0)
    const cpuMs = all.reduce((sum, one) => sum + one.cpuMs, 0)
    return {
      cpu: (cpuMs * 1000) / Math.max(1, runs),
      left: Math.max(0, 100 - (100 * runs) / (Shared.count * seconds))
    }
  }).pipe(Effect.scoped)

export const rows = ({ postgres }: Settings): Effect.Effect<ReadonlyArray<Growth.Row>, unknown> =>
  postgres === null
    ? Effect.succeed([])
    : Growth.rows({
        sizes: [1, 2, 4, 8],
        rows: {
          cpu: { what: "CPU time of a run, shared by n processes on PostgreSQL", unit: "µs", order: "constant" },
          left: { what: "due runs that n processes leave out", unit: "%", order: "bounded", most: 2 }
        },
        measure: (processes) => measure(postgres, processes),
        mostSamples: 1
      })
