/**
 * Notices a clock that was moved: the time of day and the time that has passed come apart.
 *
 * It tells nobody and moves nothing.
 *
 * @internal
 */
import type { Clock } from "effect"

/** Clocks drift, and are set right by fractions of a second all the time: that is no jump. */
const slack = { ms: 1000, ofElapsed: 0.001 }

/** The time that has passed since some instant, whatever the clock on the wall shows. */
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

  /** False where the clock shows less than when it was last asked; costs next to nothing. */
  isAhead(now: number): boolean {
    const seen = this.#seen
    this.#seen = now
    return now >= seen
  }

  /** By how many ms the clock was moved since the last look, and what it showed then; `null` where it was not. */
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
