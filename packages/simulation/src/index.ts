/**
 * Plays a registry on virtual time: the real engine, a clock of its own, and a timeline of all that it did.
 *
 * @since 0.1.0
 */

export * as Difference from "./Difference.ts"
export * as Simulation from "./Simulation.ts"
export * as Timeline from "./Timeline.ts"
