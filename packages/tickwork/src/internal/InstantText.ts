/**
 * An instant as texts show it. Pure.
 *
 * @internal
 */

/** The last instant that a date can be made of, either way from the epoch. */
const last = 8.64e15

/** In ISO 8601; only a caller can pass an instant past the last date, since no plan has one. */
export const of = (instant: number): string =>
  Math.abs(instant) <= last ? new Date(instant).toISOString() : `${instant} ms`
