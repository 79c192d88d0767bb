/**
 * How much of a property the running set of tests checks. A file that imports this module has a longer form, which the
 * full set runs.
 */

/** The set that runs, as `vitest.workspace.ts` names it. */
export type Set = "fast" | "full" | "long"

const named = process.env.TICKWORK_TESTS

/** `fast` unless the command line says otherwise. */
export const set: Set = named === "full" || named === "long" ? named : "fast"

/** The value for the fast set, or the one for the others. */
export const pick = <A>(of: { readonly fast: A; readonly full: A }): A => (set === "fast" ? of.fast : of.full)
