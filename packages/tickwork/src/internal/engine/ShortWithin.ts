/**
 * Finds jobs that may never run, since their `within` is over before a busy tick sees an instant.
 *
 * Pure: it logs nothing.
 *
 * @internal
 */
import { Duration } from "effect"
import type { Registered } from "../plan/Registered.ts"
import { shortestWithinMs } from "./Tuning.ts"

const shown = (ms: number): string => Duration.format(Duration.millis(ms))

/** One warning for each such job. */
export const warnings = (registry: ReadonlyArray<Registered<unknown>>): ReadonlyArray<string> =>
  registry.flatMap(({ job: { name }, missed: { withinMs } }) =>
    withinMs >= shortestWithinMs
      ? []
      : [
          `Job "${name}": missed within should be at least ${shown(shortestWithinMs)}, got ${shown(withinMs)}: a tick that is busy sees instants later than that, and then they do not run. Raise it.`
        ]
  )
