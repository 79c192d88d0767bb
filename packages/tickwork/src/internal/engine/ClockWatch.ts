/**
 * Detects a moved clock: the time of day and the elapsed time diverge.
 *
 * It publishes nothing and moves nothing.
 *
 * @internal
 */
import type { Clock } from "effect"

/** Clocks drift and are corrected by fractions of a second: that is no jump. */
const slack = { ms: 1000, ofElapsed: 0.001 }

/** Elapsed time from an arbitrary start, independent of the time of day. */
export const passedMs = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)

export interface Jump {
  readonly byMs: number
  readonly from: number
}

export class ClockWatch {
  #seen: number
  #shown: number
  #passed: number

  constructor(clock: Clock.Clock, now: number) {
    this.#seen = now
    this.#shown = now
    this.#passed = passedMs(clock)
  }

  /** False where the clock shows less than at the last call; cheaper than `look`. */
  isAhead(now: number): boolean {
    const seen = this.#seen
    this.#seen = now
    return now >= seen
  }

  /** By how many ms the clock was moved since the last call, and what it showed then; `null` where it was not. */
  look(clock: Clock.Clock, now: number): Jump | null {
    const passed = passedMs(clock)
    const elapsed = Math.max(0, passed - this.#passed)
    const from = this.#shown
    const byMs = now - from - elapsed
    this.#seen = now
    this.#shown = now
    this.#passed = passed
    return Math.abs(byMs) > slack.ms + slack.ofElapsed * elapsed ? { byMs, from } : null
  }
}
