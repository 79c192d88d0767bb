/**
 * Tickwork beside croner and cron-parser: where they answer otherwise, a rule must say why.
 *
 * A rule that no answer needs any more fails as well.
 */
import { assert, describe, it } from "@effect/vitest"
import { CronExpressionParser } from "cron-parser"
import { Cron } from "croner"
import { Either } from "effect"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import { because, rules } from "./support/differences.ts"
import { answers, type Difference, differences, type Library, ourAnswers } from "./support/others.ts"

const textOf = ({ asked, at, expression, who, zone }: Difference): string =>
  `${expression} in ${zone}, asked at ${new Date(asked).toISOString()}: ${who} run at ${new Date(at).toISOString()}`

describe.each(["croner", "cron-parser"] as const)("%s", (library) => {
  it("differs from Tickwork by the rules alone, and by each of them", { timeout: 60_000 }, () => {
    const explained = differences(library).map((difference) => ({ difference, why: because(difference) }))
    const others = explained.filter(({ why }) => why.length !== 1)
    assert.deepStrictEqual(
      others.map(({ difference, why }) => [textOf(difference), ...why]),
      []
    )
    const named = rules.filter((rule) => rule.library === library).map(({ says }) => says)
    assert.sameMembers([...new Set(explained.flatMap(({ why }) => why))], named)
  })
})

describe("cron-parser where the clock is put back by half an hour", () => {
  const zone = "Australia/Lord_Howe"
  const asked = Date.parse("2026-04-04T14:15:00Z")
  const ask = (expression: string) => CronExpressionParser.parse(expression, { tz: zone, currentDate: new Date(asked) })

  it("gives up, and Tickwork and croner do not", () => {
    assert.throws(() => ask("0 3 * * *").next(), "loop limit exceeded")
    assert.strictEqual(ourAnswers("0 3 * * *", zone)(asked)[0], Date.parse("2026-04-04T16:30:00Z"))
    assert.strictEqual(answers.croner("0 3 * * *", zone)(asked)[0], Date.parse("2026-04-04T16:30:00Z"))
  })

  it("answers an instant before the one that it was asked from", () => {
    assert.strictEqual(ask("0 * * * *").next().toISOString(), "2026-04-04T14:00:00.000Z")
  })

  it("leaves out the half hour that comes again", () => {
    const quarters = ask("*/15 * * * *").take(3)
    assert.deepStrictEqual(
      quarters.map((date) => date.toISOString()),
      ["2026-04-04T14:30:00.000Z", "2026-04-04T14:45:00.000Z", "2026-04-04T15:30:00.000Z"]
    )
  })
})

const readers: Record<string, (expression: string) => unknown> = {
  tickwork: (expression) => Either.getOrThrow(Calendar.cron(expression)),
  croner: (expression) => new Cron(expression, { paused: true }),
  "cron-parser": (expression) => CronExpressionParser.parse(expression)
}

const accepts = (read: (expression: string) => unknown, expression: string): boolean => {
  try {
    read(expression)
    return true
  } catch {
    return false
  }
}

const whoAccepts = (expression: string): string =>
  Object.entries(readers)
    .filter(([, read]) => accepts(read, expression))
    .map(([library]) => library)
    .join(" and ")

describe("the syntax", () => {
  it.each([
    ["*/60 * * * *", "croner and cron-parser"],
    ["0 0 1 * +MON", "croner"],
    ["0 0 * * FRI-SUN", "croner"],
    ["0 0 0 1 1 * 2027", "croner"],
    ["2026-05-01T00:00:00", "croner"],
    ["0 0 30 2 *", "croner"],
    ["H * * * *", "cron-parser"],
    ["@weekdays", "cron-parser"],
    ["@minutely", "cron-parser"],
    ["*/90 * * * *", "cron-parser"],
    ["* * *", "cron-parser"],
    ["", "cron-parser"]
  ])("%j is accepted by %s, and refused by Tickwork with a reason", (expression, others) => {
    assert.strictEqual(whoAccepts(expression), others)
    const { cure, reason } = Either.getOrThrow(Either.flip(Calendar.cron(expression)))
    assert.match(reason, /^must (have|name|be a nickname|match a date that exists)/)
    assert.match(cure, /\.$/)
  })

  it.each([
    ["5/15 * * * *", "cron-parser"],
    ["0 0 15W * *", "croner"],
    ["0 0 LW * *", "croner"],
    ["@midnight", "croner"],
    ["@DAILY", "croner"],
    ["*,5 * * * *", "croner"],
    ["0 0 * * 0,7", "croner"]
  ] as const)("%j is read as by %s alone", (expression, library: Library) => {
    assert.sameMembers(whoAccepts(expression).split(" and "), ["tickwork", library])
    const from = Date.UTC(2026, 4, 1, 12)
    assert.deepStrictEqual(ourAnswers(expression, "UTC")(from), answers[library](expression, "UTC")(from))
  })

  it.each(["0 0 L * *", "0 0 * * 5L", "0 0 * * FRI#2", "0 0 ? * *"])("%j is read alike by all", (expression) => {
    const from = Date.UTC(2026, 4, 1, 12)
    const our = ourAnswers(expression, "UTC")(from)
    assert.deepStrictEqual(our, answers.croner(expression, "UTC")(from))
    assert.deepStrictEqual(our, answers["cron-parser"](expression, "UTC")(from))
  })

  it.each([
    "60 * * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 22-2 * * *",
    "0 0 * * SAT-MON",
    "0 0 * * sunday",
    "1,,2 * * * *",
    "@reboot"
  ])("%j is refused by all", (expression) => {
    assert.strictEqual(whoAccepts(expression), "")
  })
})
