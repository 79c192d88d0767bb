import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { Cron } from "tickwork"
import * as CronFault from "../src/internal/schedule/CronFault.ts"

const messageOf = (...args: Parameters<typeof Cron.parse>): string =>
  Either.match(Cron.parse(...args), { onLeft: ({ message }) => message, onRight: () => "accepted" })

/** What people bring from other schedulers, what is said of it, and what they can write. */
const brought: ReadonlyArray<readonly [expression: string, reason: string, cure: string]> = [
  ["*/90 * * * *", "minutes with a step of at most 59, not 90", 'Write Job.every("90 minutes").'],
  ["0 */36 * * *", "hours with a step of at most 23, not 36", 'Write Job.every("36 hours").'],
  ["0 0 */40 * *", "days of the month with a step of at most 30, not 40", "Leave the step out, or take a smaller one."],
  ["0 22-2 * * *", "hours that rise, not 22-2", "Write 22-23,0-2 in place of 22-2."],
  ["0 23-0 * * *", "hours that rise, not 23-0", "Write 23,0 in place of 23-0."],
  ["0 9 * * MON-SUN", "weekdays that rise, not MON-SUN", "Write 1-7 in place of MON-SUN."],
  ["0 9 * * FRI-SUN", "weekdays that rise, not FRI-SUN", "Write 5-7 in place of FRI-SUN."],
  ["0 9 * * SAT-MON", "weekdays that rise, not SAT-MON", "Write 6,0-1 in place of SAT-MON."],
  ["0 9 * NOV-FEB *", "months that rise, not NOV-FEB", "Write 11-12,1-2 in place of NOV-FEB."],
  ["0 0 9 * * * *", "5 fields, or 6 with seconds first, and has 7", "Leave the year out: 0 0 9 * * *."],
  [
    "0 9 * *",
    "5 fields, and has 4",
    "Write minute, hour, day of the month, month and weekday, such as 0 9 * * MON-FRI."
  ],
  ["", "5 fields, and has 0", "such as 0 9 * * MON-FRI."],
  ["H 3 * * *", "minutes that are written out", "Write a number in place of H."],
  ["H/15 * * * *", "minutes that are written out", "in place of H/15."],
  ["0 9 * * Monday", 'weekdays of three letters, not "Monday"', "Write MON in place of Monday."],
  ["0 9 * september *", 'months of three letters, not "september"', "Write SEP in place of september."],
  ["0 9 * * Montag", 'weekdays of three letters, not "Montag"', "Write MON in place of Montag."],
  ["0 9 * * Dienstag", 'weekdays from 0 to 7, or SUN to SAT, not "Dienstag"', "Write one such as MON."],
  ["@reboot", "must name instants, and a start has no time", "Call Tick.trigger(job) where your program starts."],
  ["@every 5m", "must name instants, and no interval", 'Write Job.every("5 minutes").'],
  ["@every 1h30m", "must name instants, and no interval", "Write Job.every("],
  ["@often", "must be a nickname that is known", "Those are @hourly, @daily"],
  ["CRON_TZ=Europe/Berlin 0 9 * * *", "must not name its time zone", 'Write Job.cron("0 9 * * *", "Europe/Berlin").'],
  ["TZ=UTC 0 9 * * *", "must not name its time zone", 'Write Job.cron("0 9 * * *", "UTC").'],
  ["0 9 L-3 * *", 'days of the month by number, not "L-3"', "Then choose the day by Job.when."],
  ["0 24 * * *", "hours from 0 to 23, not 24", "Write 0 in place of 24."],
  ["60 * * * *", "minutes from 0 to 59, not 60", "Write 0 in place of 60."],
  ["0 9 0 * *", "days of the month from 1 to 31, not 0", "Write a number from 1 to 31."],
  ["0 9 * 13 *", "months from 1 to 12, not 13", "Write a number from 1 to 12."],
  ["0 9 * * 1-", 'weekdays with a range such as 1-5, not "1-"', "Write its first and its last one."],
  ["5, * * * *", "minutes without a comma too many", "Leave the comma out."],
  ["*/0 * * * *", 'minutes with a step from 1 upward, not "*/0"', "Write one such as */2."],
  ["70 * * * * *", "seconds from 0 to 59, not 70", "Write a number from 0 to 59."]
]

const zones: ReadonlyArray<readonly [zone: string, message: string]> = [
  ["Europe/Berln", 'must name a time zone, got "Europe/Berln". Did you mean "Europe/Berlin"?'],
  ["Berlin", 'Did you mean "Europe/Berlin"?'],
  ["America/New York", 'Did you mean "America/New_York"?'],
  ["Mars/Base", 'Write a name of the IANA database, such as "Europe/Berlin".'],
  [
    "+02:00",
    'must name a place, since an offset knows no daylight saving, got "+02:00". Write one such as "Europe/Berlin", or "Etc/GMT-2"'
  ],
  ["UTC-5", 'or "Etc/GMT+5" for that offset all year.'],
  ["GMT+1", 'or "Etc/GMT-1" for that offset all year.'],
  ["+05:30", 'Write one such as "Europe/Berlin".'],
  ["Z", 'Write "UTC".'],
  ["BST", "Name a place in that zone."]
]

describe("a cron expression that is refused", () => {
  for (const [expression, reason, cure] of brought)
    it(`names the field and writes the cure: ${expression || "nothing"}`, () => {
      const message = messageOf(expression)
      assert.include(message, reason)
      assert.include(message, `got ${JSON.stringify(expression)}. `)
      assert.include(message, cure)
    })

  it.prop(
    "is explained in words of its own, whatever is wrong with it",
    [fc.array(fc.stringMatching(/^[0-9A-Z*?#/,-]{1,6}$/), { minLength: 5, maxLength: 6 })],
    ([fields]) => {
      const expression = fields.join(" ")
      const message = messageOf(expression)
      if (message === "accepted" || message.includes("must match a date")) return
      assert.isNotNull(CronFault.of(expression), message)
    }
  )
})

describe("a time zone that is refused", () => {
  for (const [zone, message] of zones)
    it(`names the one that was meant: ${zone}`, () => {
      assert.include(messageOf("0 9 * * *", zone), message)
    })
})
