/**
 * The time of the machine with parts of a ms, which processes on it can compare.
 */

export const now = (): number => performance.timeOrigin + performance.now()
