/**
 * Why croner and cron-parser answer otherwise than Tickwork does by default: one rule for each kind of difference.
 */
import { Cron } from "croner"
import { type Difference, day, hour, type Library, minutes } from "./others.ts"
import { shownAt } from "./wall.ts"

const fieldsOf = (expression: string) => {
  const [hours = "", date = "", , weekday = ""] = expression.split(" ").slice(-4)
  const isPace = /^@|\*/.test(hours)
  const isStep = hours.includes("/")
  const isOne = expression
    .split(" ")
    .slice(0, -3)
    .every((field) => /^\d+$/.test(field))
  const isEither = (date.startsWith("*/") && weekday !== "*") || (weekday.startsWith("*/") && date !== "*")
  return { isPace, isStep, isOne, isEither }
}

const fits = (expression: string, reading: number): boolean =>
  new Cron(expression, { timezone: "UTC", paused: true }).match(new Date(reading))

/** The instant lies so long after the move. */
const isWithin = ({ at, move }: Difference, from: number, until: number): boolean =>
  at >= move.at + from && at < move.at + until

/** Stands for a reading that the gap has skipped, as long after the gap as that was into it. */
const isShifted = (d: Difference): boolean =>
  isWithin(d, 0, d.move.by) && fits(d.expression, shownAt(d.zone, d.move.at - 1000) + 1000 + d.at - d.move.at)

/** The wall shows a match for the second time. */
const isRepeated = (d: Difference): boolean => isWithin(d, 0, -d.move.by) && fits(d.expression, shownAt(d.zone, d.at))

interface Rule {
  readonly library: Library
  readonly says: string
  readonly explains: (difference: Difference, fields: ReturnType<typeof fieldsOf>) => boolean
}

export const rules: ReadonlyArray<Rule> = [
  {
    library: "croner",
    says: "runs a skipped reading of one time of day when the gap ends, not shifted",
    explains: (d, { isEither, isOne }) =>
      isOne &&
      !isEither &&
      d.move.by < day &&
      (d.who === "only we" ? isShifted(d) : d.at === d.move.at && d.asked < d.at)
  },
  {
    library: "croner",
    says: "leaves a skipped reading out where there are several times of day",
    explains: (d, { isOne, isPace }) => !isOne && !isPace && d.who === "only we" && isShifted(d)
  },
  {
    library: "croner",
    says: "runs a repeated reading both times where there are several times of day",
    explains: (d, { isOne, isPace }) => !isOne && !isPace && d.who === "only they" && isRepeated(d)
  },
  {
    library: "cron-parser",
    says: "shifts a skipped reading of a stepped hour too",
    explains: (d, { isPace, isStep }) =>
      isPace && isStep && d.move.by === hour && d.who === "only they" && d.asked < d.move.at && isShifted(d)
  },
  {
    library: "cron-parser",
    says: "runs a repeated reading of a stepped hour once",
    explains: (d, { isPace, isStep }) => isPace && isStep && d.who === "only we" && d.asked < d.move.at && isRepeated(d)
  },
  {
    library: "cron-parser",
    says: "asked after a gap, has forgotten what the gap had shifted",
    explains: (d, { isPace }) =>
      !isPace && d.move.by < day && d.who === "only we" && d.asked >= d.move.at && isShifted(d)
  },
  {
    library: "cron-parser",
    says: "asked when the hour comes for the second time, runs it again",
    explains: (d, { isPace }) => !isPace && d.who === "only they" && d.asked >= d.move.at && isRepeated(d)
  },
  {
    library: "cron-parser",
    says: "runs two skipped hours as though they were one",
    explains: (d) =>
      d.move.by === 2 * hour &&
      d.asked < d.move.at &&
      (d.who === "only they" ? isWithin(d, 0, hour) : isWithin(d, hour, 2 * hour) && isShifted(d))
  },
  {
    library: "cron-parser",
    says: "runs readings of two repeated hours again",
    explains: (d, { isPace }) =>
      !isPace && d.move.by === -2 * hour && d.who === "only they" && d.asked < d.move.at && isRepeated(d)
  },
  {
    library: "cron-parser",
    says: "goes on at the next full hour after a gap of half an hour, in place of the hour before",
    explains: (d) =>
      d.move.by === minutes(30) &&
      d.asked < d.move.at &&
      (d.who === "only we"
        ? isWithin(d, 0, minutes(30))
        : isWithin(d, minutes(30), minutes(90)) && fits(d.expression, shownAt(d.zone, d.at) - hour))
  },
  ...(["croner", "cron-parser"] as const).flatMap(
    (library): ReadonlyArray<Rule> => [
      {
        library,
        says: "leaves out the readings of a day that is skipped whole",
        explains: (d) => d.move.by === day && d.who === "only we" && isShifted(d)
      },
      {
        library,
        says: "takes either of two day fields where one is a step of all days, and Tickwork both as Vixie cron does",
        explains: (d, { isEither }) => isEither && d.who === "only they"
      }
    ]
  )
]

/** What explains a difference: one rule, where all is well. */
export const because = (difference: Difference): ReadonlyArray<string> =>
  rules
    .filter(
      ({ explains, library }) => library === difference.library && explains(difference, fieldsOf(difference.expression))
    )
    .map(({ says }) => says)
