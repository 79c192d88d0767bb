/**
 * Rows of a number of runs: runs per second, and CPU time of each in this process, which a busy machine does not distort.
 */
import type * as Goal from "./Goal.ts"
import type { Pair } from "./Measure.ts"
import * as Row from "./Row.ts"

export interface Options {
  readonly what: string
  readonly pair: Pair
  readonly count: number
  readonly goal?: Goal.Goal
  readonly timesFirstBuild?: number
}

export const row = ({ count, pair: { floor, ours }, ...rest }: Options): Row.Row => {
  const rate = (ms: number) => (count * 1000) / ms
  return Row.make({
    ...rest,
    unit: "/s",
    better: "more",
    ours: rate(ours.wall),
    floor: floor === null ? null : rate(floor.wall)
  })
}

export const cpuRow = ({ count, pair: { floor, ours }, what }: Options): Row.Row => {
  const each = (ms: number) => (ms * 1000) / count
  return Row.make({
    what: `${what}, CPU time of each`,
    unit: "µs",
    better: "less",
    ours: each(ours.cpu),
    floor: floor === null ? null : each(floor.cpu)
  })
}
