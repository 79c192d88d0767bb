import { assert, describe, it } from "@effect/vitest"
import { Timeline } from "@tickwork/simulation"
import { FastCheck as fc } from "effect"
import * as Timelines from "./support/timelines.ts"

const { account, empty, hour } = Timelines
const fastCheck = { fastCheck: { seed: 3, numRuns: 100 } }
const width = fc.integer({ min: 60, max: 200 })

// independent of the implementation: wide scripts and pictures take two columns, marks none
const columns = (line: string): number =>
  [...line].reduce((sum, character) => {
    if (/\p{M}/u.test(character) && !/\p{Mc}/u.test(character)) return sum
    const isWide = /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}/u
    return sum + (isWide.test(character) && !/[\uff61-\uffdc]/.test(character) ? 2 : 1)
  }, 0)

const linesOf = (text: string): ReadonlyArray<string> => text.trimEnd().split("\n")

/** The cells of each row of the tables, by the title of the column. */
const tableOf = (text: string, job: string): ReadonlyArray<readonly [string, string]> => {
  const lines = linesOf(text)
  return lines.flatMap((line, index) => {
    if (!line.startsWith("job ")) return []
    const row = lines.slice(index).find((one) => one.startsWith(`${job} `)) ?? ""
    const cells = (one: string) => one.trim().split(/\s{2,}/)
    return cells(line).map((title, cell) => [title, cells(row)[cell] ?? ""] as const)
  })
}

const escape = "\u001b"

describe("a timeline as text", () => {
  it.prop(
    "fits its width",
    [Timelines.any, width, fc.boolean()],
    ([timeline, width, colors]) => {
      const plain = Timeline.toText(timeline, { width, colors }).replace(new RegExp(`${escape}\\[[\\d;]*m`, "g"), "")
      for (const line of linesOf(plain)) assert.isAtMost(columns(line), width, JSON.stringify(line))
      assert.strictEqual(plain, Timeline.toText(timeline, { width }))
    },
    fastCheck
  )

  it.prop(
    "holds nothing that moves the cursor or turns the line",
    [Timelines.any],
    ([timeline]) => {
      assert.notMatch(Timeline.toText(timeline), /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    },
    fastCheck
  )

  it("has the figures of each job, and of all", () => {
    const timeline: Timeline.Timeline = {
      ...empty(0, 3 * hour),
      jobs: [
        account({
          ...{ jobName: "send", runs: 518_400, retries: 12, errors: 34, missed: 5, alerts: 2 },
          skips: [
            { verdict: "condition-false", reason: "peers are away", count: 1234 },
            { verdict: "missed", reason: "missed: down", count: 5 }
          ],
          ...{
            wakeUps: 1000.25,
            busyMs: 11_520_000,
            lateness: { p50: 1, p95: 1, p99: 2400, max: 61_000 },
            worstWaitMs: 950
          }
        }),
        account({ jobName: "never" })
      ],
      wakeUps: 1003,
      busyMs: 11_520_001
    }
    for (const width of [60, 80, 200]) {
      const text = Timeline.toText(timeline, { width })
      assert.deepStrictEqual(
        tableOf(text, "send").filter(([title]) => title !== "job"),
        [
          ["runs", "518,400"],
          ["retries", "12"],
          ["errors", "34"],
          ["skipped", "1,234"],
          ["missed", "5"],
          ["alerts", "2"],
          ["wake-ups", "1,000"],
          ["busy", "3 h 12 min"],
          ["late p99", "2.4 s"],
          ["late max", "1 min 1 s"],
          ["worst wait", "950 ms"]
        ]
      )
      assert.includeDeepMembers(
        [...tableOf(text, "never")],
        [
          ["runs", "0"],
          ["late p99", "–"],
          ["worst wait", "–"]
        ]
      )
      assert.includeDeepMembers(
        [...tableOf(text, "all")],
        [
          ["runs", "518,400"],
          ["wake-ups", "1,003"],
          ["late p99", "–"]
        ]
      )
      assert.include(text, "1,234  send: peers are away")
    }
  })

  it("compares with every job at every tick", () => {
    const text = Timeline.toText({
      ...empty(0, 2 * hour),
      ...{ wakeUps: 20, busyMs: 2400, idleWakeUps: 3 },
      everyTick: { everyMs: 30_000, runs: 0, wakeUps: 240, busyMs: 24_000 }
    })
    assert.match(text, /^wake-ups +20 +10 +240 +91\.6 %$/m)
    assert.match(text, /^busy +2\.4 s +1\.2 s +24 s +90 %$/m)
    assert.match(text, /^energy +3\.2 J +1\.6 J +36 J +91\.1 %$/m)
    assert.include(text, "3 wake-ups started nothing. Every tick: all jobs every 30 s.")
  })

  it("marks the move of the zone's offset at its instant, in a lane of its own and in the list", () => {
    const text = Timeline.toText(Timelines.roughWeek())
    assert.include(text, "Sun 29 Mar, 03:00  UTC+01:00 → UTC+02:00")
    const [marks = "", lane = ""] = linesOf(text).slice(2)
    const at = (marks.indexOf("±") - lane.indexOf("│") - 1) / (80 - lane.indexOf("│") - 1)
    assert.approximately(at, (5 * 24 + 2) / 167, 1 / 57)
  })

  it("marks downtime, outages and clocks that were moved", () => {
    const text = Timeline.toText(Timelines.roughWeek())
    for (const glyph of ["░", "▒", "»", "«", "±", "o", "!"]) {
      assert.match(text, new RegExp(`(?:^| )${glyph.replace(/[^\w]/, "\\$&")} \\w`, "m"), "it is in the legend")
    }
    assert.include(text, "Wed 25 Mar, 04:48 – 13:48  down 9 h")
    assert.include(text, "Mon 30 Mar, 03:24  clock −30 min")
  })

  it.each([
    ["Europe/Berlin", "2026-10-24T00:00:00Z", "Sun 25 Oct, 02:00  UTC+02:00 → UTC+01:00"],
    ["Australia/Lord_Howe", "2026-04-03T00:00:00Z", "Sun 5 Apr, 01:30  UTC+11:00 → UTC+10:30"],
    ["America/New_York", "2026-03-07T00:00:00Z", "Sun 8 Mar, 03:00  UTC-05:00 → UTC-04:00"]
  ])("knows the moves of %s", (zone, from, shown) => {
    const at = Date.parse(from)
    const list = linesOf(Timeline.toText({ ...empty(at, at + 4 * Timelines.day), zone }))
    assert.include(list, `  ${shown}`)
    assert.lengthOf(
      list.filter((line) => line.includes("→")),
      1
    )
  })

  it("shows a run in every slice that it is at work in, and in no other", () => {
    const runs = [
      Timelines.entry({ jobName: "a", startedAt: 20 * hour, durationMs: 5 * hour }),
      Timelines.entry({ jobName: "a", startedAt: 22 * hour, durationMs: hour }),
      Timelines.entry({ jobName: "a", startedAt: 30 * hour, durationMs: hour / 2 })
    ]
    const lane = Timeline.toText({ ...empty(0, 54 * hour), jobs: [account({ jobName: "a" })], runs }, { width: 60 })
      .split("\n")
      .find((line) => line.includes("│"))
    assert.strictEqual(lane, `a    │${"·".repeat(20)}▁▁▂▁▁${"·".repeat(5)}▁${"·".repeat(23)}`)
  })

  it("leaves out what happened before the span or after it", () => {
    const text = Timeline.toText({
      ...empty(10 * hour, 20 * hour),
      downtime: [
        { from: 0, to: hour },
        { from: 30 * hour, to: 31 * hour }
      ],
      jumps: [{ at: 21 * hour, byMs: 5 }]
    })
    assert.notInclude(text, "The machine and its clock")
  })

  it("marks a cell where half of the runs failed otherwise than one where few did", () => {
    const lane = (failsEach: number) =>
      linesOf(
        Timeline.toText(Timelines.of(empty(0, hour), [{ name: "send", everyMs: Timelines.second, failsEach }]))
      ).find((line) => line.startsWith("send │")) ?? ""
    assert.include(lane(50), "x")
    assert.notInclude(lane(50), "X")
    assert.include(lane(2), "X")
  })

  it("draws a hundred jobs with lanes that begin below each other", () => {
    const lanes = linesOf(Timeline.toText(Timelines.manyJobs(100))).filter((line) => line.includes("│"))
    assert.lengthOf(lanes, 100)
    assert.deepStrictEqual([...new Set(lanes.map((line) => line.indexOf("│")))].length, 1)
    assert.strictEqual(new Set(lanes.map((line) => line.split("│")[0])).size, 100, "names stay apart")
  })

  it("of 600,000 runs has no more lines than one of a day with as many jobs", () => {
    const timeline = Timelines.busyMonth()
    assert.isAbove(timeline.runs.length, 600_000)
    const linesOfDay = linesOf(Timeline.toText(Timelines.quietDay())).length
    assert.isAtMost(linesOf(Timeline.toText(timeline)).length, linesOfDay + 10)
  })
})
