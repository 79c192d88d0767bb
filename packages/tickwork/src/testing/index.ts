/**
 * The test kit: one job or a whole tick on a bench, a clock that is moved by hand, seeded random numbers, and the laws of a
 * store.
 *
 * @since 0.1.0
 */

export * as JobBench from "./JobBench.ts"
export * as ManualClock from "./ManualClock.ts"
export * as SeededRandom from "./SeededRandom.ts"
export * as StoreLaws from "./StoreLaws.ts"
export * as TestTime from "./TestTime.ts"
export * as TickBench from "./TickBench.ts"
