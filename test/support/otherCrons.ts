/**
 * The next instants of an expression by Tickwork and by the cron libraries that are installed, each with its defaults.
 *
 * A reader never corrects an answer: a refusal is one, too.
 */
import { CronTime } from "cron"
import { CronExpressionParser } from "cron-parser"
import { Cron as Croner } from "croner"
import { Cron as EffectCron, Either } from "effect"
import nodeCron from "node-cron"
import { Cron } from "tickwork"
import { vi } from "vitest"

/** The first match after an instant, in ms since the epoch. */
export type Next = (after: number) => number

/** Reads an expression in a zone, and throws where it is refused. */
export type Reader = (expression: string, zone: string) => Next

/** It has no argument for the instant: it goes by the clock. */
const byTheClock: Reader = (expression, zone) => {
  if (!nodeCron.validate(expression)) throw new Error("refused")
  return (after) => {
    vi.useFakeTimers({ toFake: ["Date"], now: after })
    const task = nodeCron.createTask(expression, () => {}, { timezone: zone })
    try {
      task.start()
      return task.getNextRun()?.getTime() ?? Number.NaN
    } finally {
      task.destroy()
      vi.useRealTimers()
    }
  }
}

/** By the name and the version with which the page names each. */
export const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    "Tickwork",
    (expression, zone) => {
      const cron = Either.getOrThrow(Cron.parse(expression, zone))
      return (after) => cron.next(after) ?? Number.NaN
    }
  ],
  [
    "effect",
    (expression, zone) => {
      const cron = Either.getOrThrow(EffectCron.parse(expression, zone))
      return (after) => EffectCron.next(cron, new Date(after)).getTime()
    }
  ],
  [
    "croner",
    (expression, zone) => {
      const cron = new Croner(expression, { timezone: zone, paused: true })
      return (after) => cron.nextRun(new Date(after))?.getTime() ?? Number.NaN
    }
  ],
  [
    "cron-parser",
    (expression, zone) => {
      CronExpressionParser.parse(expression, { tz: zone })
      return (after) =>
        CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(after) })
          .next()
          .getTime()
    }
  ],
  [
    "cron",
    (expression, zone) => {
      const cron = new CronTime(expression, zone)
      return (after) => cron.getNextDateFrom(new Date(after), zone).toMillis()
    }
  ],
  ["node-cron", byTheClock]
])
