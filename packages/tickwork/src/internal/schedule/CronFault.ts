/**
 * What is wrong with a cron expression: the field, the piece of it, and what to write.
 *
 * It only explains: whether an expression is valid is decided by effect's parser. It reads no clock.
 *
 * @internal
 */
import { Array as Arr } from "effect"

/** What an option must be, and the cure. */
export interface Fault {
  readonly reason: string
  readonly cure: string
}

interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
  /** The first one is `from`. */
  readonly words: ReadonlyArray<string>
}

const field = (name: string, from: number, to: number, words = ""): Field => ({
  name,
  from,
  to,
  words: words === "" ? [] : words.split(" ")
})

const seconds = field("seconds", 0, 59)

const fields: ReadonlyArray<Field> = [
  field("minutes", 0, 59),
  field("hours", 0, 23),
  field("days of the month", 1, 31),
  field("months", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
  field("weekdays", 0, 7, "SUN MON TUE WED THU FRI SAT")
]

const example = "0 9 * * MON-FRI"

const fault = (reason: string, cure: string): Fault => ({ reason, cure })

const inPlaceOf = (written: string, right: string): string => `Write ${right} in place of ${written}.`

const units: Readonly<Record<string, string>> = { s: "seconds", m: "minutes", h: "hours", d: "days" }

/** What begins with `@` or names a zone, as other schedulers have it. */
const ofWhole = (expression: string): Fault | null => {
  const [, zone, rest] = /^(?:CRON_)?TZ=(\S+)\s+(.+)$/i.exec(expression) ?? []
  if (rest !== undefined) return fault("must not name its time zone", `Write Job.cron("${rest}", "${zone}").`)
  const [, count, unit = ""] = /^@every\s+(\d+)([smhd])$/i.exec(expression) ?? []
  const interval = count === undefined ? "5 minutes" : `${count} ${units[unit.toLowerCase()]}`
  if (/^@every\b/i.test(expression))
    return fault("must name instants, and no interval", `Write Job.every("${interval}").`)
  if (/^@reboot\b/i.test(expression))
    return fault("must name instants, and a start has no time", "Call Tick.trigger(job) where your program starts.")
  return expression.startsWith("@")
    ? fault("must be a nickname that is known", "Those are @hourly, @daily, @weekly, @monthly and @yearly.")
    : null
}

/** What other schedulers take for a day, and cron does not. */
const ofStranger = ({ name }: Field, piece: string): Fault | null => {
  if (/^H\b/i.test(piece))
    return fault(`must have ${name} that are written out, and "${piece}" is Jenkins' own`, inPlaceOf(piece, "a number"))
  if (/^L-\d+$/i.test(piece))
    return fault(
      `must have ${name} by number, not "${piece}"`,
      `${inPlaceOf(piece, "each day that it may be")} Then choose the day by Job.when.`
    )
  return null
}

const numberOf = ({ from, words }: Field, text: string): number => {
  const index = words.indexOf(text.toUpperCase())
  return index >= 0 ? index + from : /^\d+$/.test(text) ? Number(text) : Number.NaN
}

const ofValue = (field: Field, text: string): Fault | null => {
  const { from, name, to, words } = field
  const value = numberOf(field, text)
  if (value >= from && value <= to) return null
  if (!Number.isNaN(value)) {
    const cure = value === to + 1 && from === 0 ? inPlaceOf(text, "0") : `Write a number from ${from} to ${to}.`
    return fault(`must have ${name} from ${from} to ${to}, not ${text}`, cure)
  }
  const short = words.find((word) => text.toUpperCase().startsWith(word))
  return short === undefined
    ? fault(
        `must have ${name} from ${from} to ${to}${words.length === 0 ? "" : `, or ${words[0]} to ${words.at(-1)}`}, not "${text}"`,
        `Write one such as ${words[1] ?? from + 1}.`
      )
    : fault(`must have ${name} of three letters, not "${text}"`, inPlaceOf(text, short))
}

/** The two ranges of one that runs over the end of its field. */
const unwound = ({ from, name, to }: Field, first: number, last: number): string => {
  // Sunday is 7 as well
  if (name === "weekdays" && last === 0) return `${first}-7`
  const highest = name === "weekdays" ? 6 : to
  return [first === highest ? `${first}` : `${first}-${highest}`, last === from ? `${from}` : `${from}-${last}`].join()
}

const ofRange = (field: Field, range: string): Fault | null => {
  const [first = "", last, ...more] = range.split("-")
  if (more.length > 0 || first === "" || last === "")
    return fault(
      `must have ${field.name} with a range such as 1-5, not "${range}"`,
      "Write its first and its last one."
    )
  const found = ofValue(field, first) ?? (last === undefined ? null : ofValue(field, last))
  if (found !== null || last === undefined) return found
  const [from, to] = [numberOf(field, first), numberOf(field, last)]
  return from <= to
    ? null
    : fault(`must have ${field.name} that rise, not ${range}`, inPlaceOf(range, unwound(field, from, to)))
}

/** A spacing that no field has. */
const intervalOf = ({ name }: Field, step: number): string =>
  name === "minutes" || name === "hours" || name === "seconds"
    ? `Write Job.every("${step} ${name}").`
    : `Leave the step out, or take a smaller one.`

const ofPiece = (field: Field, piece: string): Fault | null => {
  const { from, name, to } = field
  if (piece === "") return fault(`must have ${name} without a comma too many`, "Leave the comma out.")
  const stranger = ofStranger(field, piece)
  if (stranger !== null) return stranger
  const [range = "", step, ...more] = piece.split("/")
  const found = range === "*" ? null : ofRange(field, range)
  if (found !== null || step === undefined) return found
  const most = to - from
  if (more.length > 0 || !/^\d+$/.test(step) || Number(step) < 1)
    return fault(`must have ${name} with a step from 1 upward, not "${piece}"`, "Write one such as */2.")
  return Number(step) > most
    ? fault(`must have ${name} with a step of at most ${most}, not ${step}`, intervalOf(field, Number(step)))
    : null
}

/**
 * Why an expression is refused; `null` where nothing known is wrong with it.
 *
 * @example
 * ```ts
 * import * as CronFault from "./CronFault.ts"
 *
 * const { cure, reason } = CronFault.of("0 22-2 * * *") ?? {}
 * console.assert(reason === "must have hours that rise, not 22-2")
 * console.assert(cure === "Write 22-23,0-2 in place of 22-2.")
 * ```
 */
export const of = (expression: string): Fault | null => {
  const text = expression.trim()
  const whole = ofWhole(text)
  if (whole !== null) return whole
  const parts = text === "" ? [] : text.split(/\s+/)
  if (parts.length < 5)
    return fault(
      `must have 5 fields, and has ${parts.length}`,
      `Write minute, hour, day of the month, month and weekday, such as ${example}.`
    )
  if (parts.length > 6)
    return fault(
      `must have 5 fields, or 6 with seconds first, and has ${parts.length}`,
      `Leave the year out: ${parts.slice(0, 6).join(" ")}.`
    )
  const named = parts.length === 6 ? [seconds, ...fields] : fields
  for (const [field, part] of Arr.zip(named, parts))
    for (const piece of part.split(",")) {
      const found = ofPiece(field, piece)
      if (found !== null) return found
    }
  return null
}
