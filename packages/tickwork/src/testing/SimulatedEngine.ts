/**
 * What a simulation needs of the engine: where it keeps its log, how long it sleeps, and whether it is measured.
 *
 * It changes nothing of how a tick decides.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category rendering
 */
export { render, shorten } from "../internal/ErrorText.ts"
/**
 * @since 0.1.0
 * @category references
 */
export { defaultMs, longestSleepMs } from "../internal/engine/LongestSleep.ts"
/**
 * @since 0.1.0
 * @category references
 */
export { isObserved } from "../internal/engine/Observed.ts"
/**
 * @since 0.1.0
 * @category conversions
 */
export { of as millis } from "../internal/Millis.ts"
/**
 * @since 0.1.0
 * @category conversions
 */
export { firstWhere } from "../internal/schedule/WallClock.ts"
/**
 * @since 0.1.0
 * @category stores
 */
export { type MemoryLog, make as makeLog } from "../internal/store/MemoryLog.ts"
/**
 * @since 0.1.0
 * @category stores
 */
export { make as makeStore } from "../internal/store/MemoryStore.ts"
