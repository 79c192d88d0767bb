/**
 * Days that only a month decides: its last one (`L`), the last weekday (`LW`), the weekday nearest to a date (`15W`), a
 * weekday's second (`FRI#2`) and its last (`FRI#L`). `croner` finds them; everything else is effect's.
 *
 * It reads no clock.
 *
 * @internal
 */
import { Cron } from "croner"

const ofDate = /^(?:LW?|(\d+)W)$/i
const ofWeekday = /^(\w+)(?:#[1-5L]|L)$/i

const each = (field: string | undefined, change: (piece: string) => string): string =>
  (field ?? "").split(",").map(change).join()

/** The same text with a plain day in place of each of these, which effect's parser reads; itself where it has none. */
export const plain = (expression: string): string => {
  if (!/[#lw]/i.test(expression)) return expression
  const fields = expression.trim().split(/\s+/)
  if (fields.length < 5 || fields.length > 6) return expression
  const [weekday, month, date, ...times] = fields.toReversed()
  const dates = each(date, (piece) => piece.replace(ofDate, (_, day) => day ?? "1"))
  const weekdays = each(weekday, (piece) => piece.replace(ofWeekday, "$1"))
  return dates === date && weekdays === weekday ? expression : [...times.reverse(), dates, month, weekdays].join(" ")
}

/** The first match at or after a reading of the wall clock, as though that were UTC; NaN where none follows. */
export const finder = (expression: string): ((reading: number) => number) => {
  const days = expression
    .trim()
    .toUpperCase()
    .split(/\s+/)
    .filter((_, index, all) => index === all.length - 3 || index === all.length - 1)
  const cron = new Cron(expression.trim(), {
    timezone: "UTC",
    paused: true,
    // a field that begins with a wildcard asks for both, as with effect's
    domAndDow: days.some((field) => field.startsWith("*"))
  })
  return (reading) => cron.nextRun(new Date(reading - 1))?.getTime() ?? Number.NaN
}
