/**
 * Durations as people read them. Pure.
 *
 * @internal
 */

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units = [
  ["d", day, hour],
  ["h", hour, minute],
  ["min", minute, second],
  ["s", second, 100],
  ["ms", 1, 1]
] as const

/** "412 ms", "4.2 s", "3 min 12 s", "1 h": rounded to at most two units; below 0 with a minus. */
export const of = (ms: number): string => {
  if (!Number.isFinite(ms)) return "for ever"
  if (ms < 0) return `−${of(-ms)}`
  // rounded before the unit is chosen: never "60 s"
  const index = units.findIndex(([, length, step]) => Math.round(ms / step) * step >= length)
  const [name, length, step] = units[index] ?? ["ms", 1, 1]
  const rounded = Math.round(ms / step) * step
  if (name === "ms" || name === "s") return `${Math.round(rounded / (length / 10)) / 10} ${name}`
  const [small] = units[index + 1] ?? [name]
  const rest = (rounded % length) / step
  return `${Math.floor(rounded / length)} ${name}${rest === 0 ? "" : ` ${rest} ${small}`}`
}

const isWhole = (ms: number): boolean => ms % (ms < hour ? second : ms < day ? minute : hour) === 0

/** "every 1 h" for a stored "every 3600000 ms", where that loses nothing; every other definition as stored. */
export const ofDefinition = (definition: string): string =>
  definition.replace(/^every (\d+) ms(?=$|,)/, (whole, ms) => (isWhole(Number(ms)) ? `every ${of(Number(ms))}` : whole))
