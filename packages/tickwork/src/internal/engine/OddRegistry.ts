/**
 * Finds what a registry allows and no one means: no job at all, and a job with two cadences.
 *
 * Pure: it logs nothing.
 *
 * @internal
 */
import * as DurationText from "../DurationText.ts"
import type { Registered } from "../plan/Registered.ts"

/** One warning for each. */
export const warnings = (registry: ReadonlyArray<Registered<unknown>>): ReadonlyArray<string> => [
  ...(registry.length === 0 ? ["The registry has no job, so nothing runs: give the jobs to Jobs.make"] : []),
  ...registry.flatMap(({ cadence: { definition }, job: { cadences, name } }) =>
    cadences < 2
      ? []
      : [
          `Job "${name}": a job should have one cadence, got ${cadences}: the last one holds, ${DurationText.ofDefinition(definition)}. Drop the others, or make a job for each`
        ]
  )
]
