/**
 * Instants and durations as people read them. Pure: now is an argument.
 */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units = [
  ["d", day],
  ["h", hour],
  ["min", minute],
  ["s", second]
] as const

const inUnits = (ms: number, round: (amount: number) => number): string | undefined => {
  for (const [unit, length] of units) {
    const amount = round(ms / length)
    if (ms >= length || (unit === "s" && amount > 0)) return `${amount} ${unit}`
  }
  return undefined
}

/** "in 4 s", rounded up. */
export const until = (at: number, now: number): string => {
  const text = inUnits(at - now, Math.ceil)
  return text === undefined ? "now" : `in ${text}`
}

/** "3 s ago", rounded down. */
export const since = (at: number, now: number): string => {
  const text = inUnits(now - at, Math.floor)
  return text === undefined ? "now" : `${text} ago`
}

export const duration = (ms: number): string => {
  if (ms < 1) return "< 1 ms"
  if (ms < second) return `${Math.round(ms)} ms`
  return ms < minute ? `${(ms / second).toFixed(1)} s` : (inUnits(ms, Math.floor) ?? "")
}
