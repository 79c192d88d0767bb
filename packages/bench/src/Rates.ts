/**
 * The rows of durable runs: runs per second, and CPU time per run, which a busy machine does not distort.
 */
import type { Pair } from "./Measure.ts"
import type { Row } from "./Report.ts"

/** The rows of a number of runs; the goal is at least the share `least` of the floor's rate. */
export const rows = (what: string, { floor, ours }: Pair, runs: number, least: number): ReadonlyArray<Row> => {
  const rate = (ms: number) => ({ value: (runs * 1000) / ms, unit: "/s" })
  const each = (ms: number) => ({ value: (ms * 1000) / runs, unit: "µs" })
  return [
    {
      what,
      ours: rate(ours.wall),
      floor: rate(floor.wall),
      goal: `≥ ${least}`,
      met: floor.wall >= least * ours.wall
    },
    { what: `${what}, CPU time of each`, ours: each(ours.cpu), floor: each(floor.cpu), goal: "", met: null }
  ]
}
