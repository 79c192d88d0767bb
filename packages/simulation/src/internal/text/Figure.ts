/**
 * Numbers as people read them: `518,400`, `2.4 s`, `3 h 12 min`, `99.8 %`.
 *
 * The same number is the same text on every machine: no locale is read.
 *
 * @internal
 */

/** In place of a number that does not exist. */
export const none = "–"

const minus = "−"

const grouped = (whole: string): string => whole.replace(/\B(?=(\d{3})+$)/g, ",")

/** With a decimal where a number below a thousand has one. */
export const count = (value: number): string => {
  if (!Number.isFinite(value)) return none
  const rounded = Math.abs(value) < 999.95 ? Math.round(Math.abs(value) * 10) / 10 : Math.round(Math.abs(value))
  const [whole = "0", decimal] = String(rounded).split(".")
  return `${value < 0 && rounded !== 0 ? minus : ""}${grouped(whole)}${decimal === undefined ? "" : `.${decimal}`}`
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const both = (ms: number, large: number, largeName: string, small: number, smallName: string): string => {
  const smalls = Math.round(ms / small)
  const [whole, rest] = [Math.floor((smalls * small) / large), smalls % (large / small)]
  return `${count(whole)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`
}

/** In the two largest units, each rounded before it is chosen: never `60 s`. */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms)) return none
  if (ms < 0) return `${minus}${duration(-ms)}`
  if (ms < second - 0.05) return `${count(ms)} ms`
  if (ms < minute - 50) return `${count(ms / second)} s`
  if (ms < hour - second / 2) return both(ms, minute, "min", second, "s")
  if (ms < day - minute / 2) return both(ms, hour, "h", minute, "min")
  return both(ms, day, "d", hour, "h")
}

/** Rounded down, so that 100 % means all. */
export const percent = (share: number): string =>
  Number.isFinite(share) ? `${count(Math.floor(share * 1000 + 1e-9) / 10)} %` : none

/** A saving; where nothing is saved, how many times as much is spent. */
export const saved = (share: number): string => {
  if (!Number.isFinite(share)) return none
  return share < 0 ? `${count(Math.floor((1 - share) * 10) / 10)} times as much` : percent(share)
}

export const energy = (joules: number): string => {
  if (!Number.isFinite(joules)) return none
  if (Math.abs(joules) < 999.95) return `${count(joules)} J`
  return Math.abs(joules) < 999_950 ? `${count(joules / 1000)} kJ` : `${count(joules / 1_000_000)} MJ`
}
