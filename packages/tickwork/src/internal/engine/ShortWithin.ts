/**
 * Finds jobs that may never run, since their `within` is over before a busy tick sees an instant.
 *
 * Pure: it logs nothing.
 *
 * @internal
 */
import * as DurationText from "../DurationText.ts"
import type { Registered } from "../plan/Registered.ts"
import { shortestWithinMs } from "./Tuning.ts"

/** One warning for each such job. */
export const warnings = (registry: ReadonlyArray<Registered<unknown>>): ReadonlyArray<string> =>
  registry.flatMap(({ job: { name }, missed: { withinMs } }) =>
    withinMs >= shortestWithinMs
      ? []
      : [
          `Job "${name}": missed within should be at least ${DurationText.of(shortestWithinMs)}, got ${DurationText.of(withinMs)}: a tick that is busy sees instants later than that, and then they do not run. Raise it.`
        ]
  )
