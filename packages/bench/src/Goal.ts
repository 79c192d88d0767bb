/**
 * What a row has to reach: a number, a share of the floor of the same run, or both. It measures nothing.
 */

/** What a goal is judged by. */
export interface Figures {
  readonly ours: number
  readonly floor: number | null
}

export interface Goal {
  readonly text: string
  /** `null` where it cannot be judged, as without a floor. */
  readonly holds: (figures: Figures) => boolean | null
}

const numberToText = (value: number): string => value.toLocaleString("en-US")

export const make = (text: string, holds: Goal["holds"]): Goal => ({ text, holds })

/** A row that only compares. */
export const none: Goal = make("", () => null)

export const atLeast = (value: number, unit: string): Goal =>
  make(`≥ ${numberToText(value)} ${unit}`, ({ ours }) => ours >= value)

export const atMost = (value: number, unit: string): Goal =>
  make(`≤ ${numberToText(value)} ${unit}`.trim(), ({ ours }) => ours <= value)

/** A rate of at least this share of the floor's. */
export const ofFloor = (share: number): Goal =>
  make(`≥ ${share} of the floor`, ({ floor, ours }) => (floor === null ? null : ours >= share * floor))

/** A cost of at most this number of times the floor's. */
export const timesFloor = (times: number): Goal =>
  make(`≤ ${times} × the floor`, ({ floor, ours }) => (floor === null ? null : ours <= times * floor))

/** Both of them. */
export const and = (one: Goal, other: Goal): Goal =>
  make(`${one.text}, ${other.text}`, (figures) => {
    const [first, second] = [one.holds(figures), other.holds(figures)]
    return first === false || second === false ? false : first === null || second === null ? null : true
  })
