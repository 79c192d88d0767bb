/**
 * The calendar that a stored definition names, for a process that has no code of its job.
 *
 * Pure: what the code alone knows, such as days that are left out, is refused.
 *
 * @internal
 */
import { Either } from "effect"
import type { JobState } from "../../JobState.ts"
import * as Calendar from "./Calendar.ts"
import * as Spread from "./Spread.ts"

const isoPattern = "[+-]?\\d+-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"
const partsPattern = new RegExp(
  `^(?<base>.*?)(?:, from (?<from>${isoPattern}))?(?:, until (?<until>${isoPattern}))?(?<except>, except some days)?(?:, spread over (?<within>\\d+) ms)?(?:, for (?:each|its) key)?$`,
  "s"
)
const cronPattern =
  /^cron (?<fields>.*?)(?: with the days of "(?<days>.*)")? in (?<zone>\S+), gap (?<gap>\w+), fold (?<fold>\w+)$/s

const unknown = "must be known to the database, and its code alone knows it"

/** The calendar of a definition before its bounds; `null` where it is no calendar. */
const baseOf = (base: string, bounds: Calendar.Bounds): Either.Either<Calendar.Calendar, unknown> | null => {
  const [, interval] = /^every (\d+) ms$/.exec(base) ?? []
  if (interval !== undefined) return Calendar.every(Number(interval), bounds)
  const [, instant] = new RegExp(`^at (${isoPattern})$`).exec(base) ?? []
  if (instant !== undefined) return Calendar.at(instant)
  const { days, fields, fold, gap, zone } = cronPattern.exec(base)?.groups ?? {}
  if (fields === undefined || zone === undefined) return null
  return Calendar.cron(days ?? fields, { zone, gap: gap as "shift", fold: fold as "first", ...bounds })
}

/** The calendar by which the plan of an instance was made, or why it cannot be told. */
export const of = ({ jobName, key, position }: JobState): Either.Either<Calendar.Calendar, string> => {
  const { cadence, scheduledAt } = position
  const { base = "", except, from, until, within } = partsPattern.exec(cadence.definition)?.groups ?? {}
  if (except !== undefined) return Either.left("must leave no days out here: its code alone knows them")
  const bounds = { from, until }
  const made = baseOf(base, bounds)
  if (made === null) return Either.left("must be Job.every, Job.cron or Job.at")
  if (Either.isLeft(made)) return Either.left(unknown)
  const calendar =
    within === undefined
      ? made.right
      : Spread.shifted(Calendar.sharedBy(made.right), Spread.phaseOf(Number(within), jobName, key, ""))
  // a phase by host, say
  const isItsOwn =
    scheduledAt === null ||
    scheduledAt === cadence.kept ||
    calendar.next(cadence.anchor, scheduledAt - 1) === scheduledAt
  return isItsOwn ? Either.right({ ...calendar, definition: cadence.definition }) : Either.left(unknown)
}
