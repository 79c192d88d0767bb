/**
 * The rows of durable runs: how many in a second, and the CPU time of each, which a busy machine does not distort.
 */
import type { Pair } from "./Measure.ts"
import type { Row } from "./Report.ts"

/** What so many runs took, as rows; at least `least` of the floor's rate is the goal. */
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
