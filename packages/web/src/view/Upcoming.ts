/**
 * The next planned instants of an instance, as far as its stored cadence tells. Pure.
 *
 * @since 0.1.0
 */
import { Either } from "effect"
import { Cron, type JobState } from "tickwork"

/** How the cadence goes on after an instant; `null` where the stored text does not tell. */
const stepOf = (stored: string): ((after: number) => number | null) | null => {
  const definition = stored.replace(/, for each key$/, "")
  const [, every] = /^every (\d+) ms$/.exec(definition) ?? []
  if (every !== undefined) return (after) => after + Number(every)
  const [, expression = "", zone = "", gap, fold] = /^cron (.+?) in (.+), gap (\w+), fold (\w+)$/.exec(definition) ?? []
  if (expression === "") return null
  const parsed = Cron.parse(expression, { zone, gap, fold } as Cron.CronOptions)
  // what the text leaves out would make another definition
  return Either.isRight(parsed) && parsed.right.definition === definition ? parsed.right.next : null
}

/**
 * The next `count` planned instants, in ms since the epoch, the soonest first: of a calendar cadence all of them, of any other
 * schedule the one that is known.
 */
export const of = ({ position }: JobState.JobState, count: number): ReadonlyArray<number> => {
  const step = stepOf(position.cadence.definition)
  const instants: Array<number> = []
  for (let at = position.nextAt; at !== null && instants.length < count; at = step === null ? null : step(at))
    instants.push(at)
  return instants
}
