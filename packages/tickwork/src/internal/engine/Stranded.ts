/**
 * What to tell of jobs that wait for one that will never succeed: it is over, and has no success.
 *
 * It logs nothing itself.
 *
 * @internal
 */
import * as Decision from "../../Decision.ts"
import type { Known } from "../plan/Dependencies.ts"
import type { Engine } from "./Engine.ts"
import type { Instance } from "./Instance.ts"

/** One warning for each job that waits for this instance in vain. Nothing ends while `known` is kept. */
export const warnings = (
  { waiters }: Engine,
  instance: Instance | undefined,
  known: Known = new Map()
): ReadonlyArray<string> => {
  if (instance === undefined) return []
  return waiters
    .stranded(instance, known)
    .map(
      (waiting) =>
        `Job "${waiting}" waits for ${Decision.nameOf(instance.state)}, which has finished without a success: trigger that one, or drop it from Job.after`
    )
}

/** Those of all instances. */
export const allWarnings = (engine: Engine): ReadonlyArray<string> => {
  const known: Known = new Map()
  const all: Array<string> = []
  for (const instance of engine.instances) all.push(...warnings(engine, instance, known))
  return all
}
