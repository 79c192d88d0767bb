/**
 * One line of the table: Tickwork's figure beside the limit of the machine, measured in the same run. A row is plain data,
 * since it travels between processes.
 */
import type { Effect } from "effect"
import * as Goal from "./Goal.ts"
import type { Settings } from "./Settings.ts"

export interface Row {
  readonly what: string
  readonly unit: string
  /** What an improvement is: more of a rate, less of a time. */
  readonly better: "more" | "less"
  readonly ours: number
  readonly floor: number | null
  /** The goal in words; empty for a row that is only a comparison. */
  readonly goal: string
  readonly holds: boolean | null
  /** How many times better than the build of commit 5cab423 it has to be. */
  readonly timesFirstBuild: number | null
}

/** Rows that are measured together, in a process of their own. */
export type Family = (settings: Settings) => Effect.Effect<ReadonlyArray<Row>, unknown>

interface Options {
  readonly what: string
  readonly unit: string
  readonly better: Row["better"]
  readonly ours: number
  readonly floor?: number | null
  readonly goal?: Goal.Goal
  readonly timesFirstBuild?: number
}

export const make = ({ floor = null, goal = Goal.none, timesFirstBuild, ...rest }: Options): Row => ({
  ...rest,
  floor,
  goal: goal.text,
  holds: goal.holds({ ours: rest.ours, floor }),
  timesFirstBuild: timesFirstBuild ?? null
})

/** How many times the cost of the floor it has: above 1 where the floor is better. */
export const costOf = ({ better, floor, ours }: Row): number | null =>
  floor === null || floor === 0 || ours === 0 ? null : better === "more" ? floor / ours : ours / floor
