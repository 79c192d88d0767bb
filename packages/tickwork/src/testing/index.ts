/**
 * The test kit: a clock that is moved by hand, and the laws that every store keeps.
 *
 * @since 0.1.0
 */

export * as ManualClock from "./ManualClock.ts"
export * as StoreLaws from "./StoreLaws.ts"
