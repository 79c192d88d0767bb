import { assert, describe, it } from "@effect/vitest"
import { Timeline } from "@tickwork/simulation"
import { FastCheck as fc } from "effect"
import * as Timelines from "./support/timelines.ts"
import * as Xml from "./support/xml.ts"

const samples = {
  "a quiet day": Timelines.quietDay,
  "a week with downtime, a jump and a move of the clock": Timelines.roughWeek,
  "forty jobs": Timelines.manyJobs,
  "nothing at all": () => Timelines.empty(0)
}

/** Where a path of one vertical line stands, as a share of the axis. */
const lineOf = (svg: string, color: string): number => {
  const axis = /d="M([\d.]+) [\d.]+H([\d.]+)" stroke="#595959"/.exec(svg)
  const [left = 0, right = 0] = (axis ?? []).slice(1).map(Number)
  const line = new RegExp(`d="M(\\d+) [\\d.]+V[\\d.]+" stroke="${color}"`).exec(svg)
  return (Number(line?.[1]) - left) / (right - left)
}

describe("a timeline as a picture", () => {
  it.each(Object.entries(samples))("of %s is well-formed XML that refers to no other file", (_, make) => {
    const svg = Timeline.toSvg(make())
    assert.deepStrictEqual(Xml.read(svg).faults, [])
    assert.notMatch(svg.replace('xmlns="http://www.w3.org/2000/svg"', ""), /https?:|href|<script|@import|url\((?!#)/)
  })

  it.prop(
    "is well formed whatever the names, the errors and the title",
    [Timelines.any, fc.fullUnicodeString(), fc.integer({ min: 200, max: 3000 })],
    ([timeline, title, width]) => {
      const { elements, faults } = Xml.read(Timeline.toSvg(timeline, { title, width }))
      assert.deepStrictEqual(faults, [])
      assert.isBelow(elements, 1000)
    },
    { fastCheck: { seed: 7, numRuns: 60 } }
  )

  it("escapes what would be markup, in a title too", () => {
    const timeline = { ...Timelines.empty(0, 1), jobs: [Timelines.account({ jobName: `<b> & "c"` })] }
    const svg = Timeline.toSvg(timeline, { title: "</title><script>" })
    assert.include(svg, "<title>&lt;/title&gt;&lt;script&gt;</title>")
    assert.include(svg, "&lt;b&gt; &amp; &quot;c&quot;")
  })

  it("of 600,000 runs is a small file of few elements", () => {
    const timeline = Timelines.busyMonth()
    assert.isAbove(timeline.runs.length, 600_000)
    const svg = Timeline.toSvg(timeline)
    assert.isBelow(svg.length, 300_000)
    assert.isBelow(Xml.read(svg).elements, 3000)
  })

  it("stays small at its worst: a hundred failing jobs, each column unlike the one before", () => {
    const runs = Array.from({ length: 200_000 }, (_, n) =>
      Timelines.entry({
        jobName: `job ${n % 100}`,
        startedAt: (n * 7919 * (1 + (n % 13))) % Timelines.day,
        status: n % 3 === 0 ? "error" : "success"
      })
    )
    const jobs = Array.from({ length: 100 }, (_, n) =>
      Timelines.account({ jobName: `job ${n}`, runs: 2000, errors: 700 })
    )
    const span = (n: number) => ({ from: n * 9000, to: n * 9000 + 1000 })
    const downtime = Array.from({ length: 9000 }, (_, n) => span(n))
    const svg = Timeline.toSvg({ ...Timelines.empty(0, Timelines.day), jobs, runs, downtime }, { width: 2000 })
    assert.isBelow(svg.length, 300_000)
    assert.isBelow(Xml.read(svg).elements, 3000)
  })

  it("marks the move of the zone's offset at its instant", () => {
    const svg = Timeline.toSvg(Timelines.roughWeek())
    assert.include(svg, ">UTC+01:00 → UTC+02:00</text>")
    assert.approximately(lineOf(svg, "#009E73"), (5 * 24 + 2) / 167, 0.002)
  })

  it("names its zone, its downtime, outages and jumps, and explains every shape", () => {
    const svg = Timeline.toSvg(Timelines.roughWeek())
    const words = ["Europe/Berlin", "down 9 h", "store out 2 h", "clock +2 h", "clock −30 min"]
    for (const said of [...words, "alert", "missed", "skipped", "Sun 29 Mar"]) assert.include(svg, `>${said}</text>`)
  })

  it.each([480, 600, 760, 960, 1600])("of %i pixels keeps each text of a card inside it", (width) => {
    for (const make of [Timelines.quietDay, Timelines.roughWeek, () => Timelines.empty(0, 1)]) {
      const svg = Timeline.toSvg(make(), { width })
      const cards = [
        ...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="78"[^>]*\/>((?:<text .*?<\/text>){3})/g)
      ]
      assert.lengthOf(cards, 4)
      for (const [, x, cardWidth, texts = ""] of cards)
        for (const [, at, size, words = ""] of texts.matchAll(
          /<text x="([\d.]+)"[^>]*font-size="([\d.]+)"[^>]*>([^<]*)</g
        ))
          assert.isAtMost(Number(at) + words.length * Number(size) * 0.6, Number(x) + Number(cardWidth), words)
    }
  })

  it("has dark colours for a reader who prefers a dark page, for each light one of paper and ink", () => {
    const svg = Timeline.toSvg(Timelines.roughWeek())
    const [, rules = ""] = /@media \(prefers-color-scheme: dark\)\{(.*?)\}\}/.exec(svg) ?? []
    for (const light of ["#ffffff", "#f5f6f7", "#1a1a1a", "#595959", "#e4e4e4", "#f0f0f0", "#c4c4c4"])
      assert.include(rules, `[fill="${light}"]{fill:#`)
  })

  it("says how many times as much is spent where nothing is saved", () => {
    const costly = { ...Timelines.quietDay(), everyTick: { ...Timelines.quietDay().everyTick, runs: 1, wakeUps: 1 } }
    for (const text of [Timeline.toSvg(costly), Timeline.toText(costly)]) {
      assert.match(text, /times as much/)
      assert.notMatch(text, /[-−]\d+(\.\d)? %|999/)
    }
  })

  it("says what is saved against every tick", () => {
    const svg = Timeline.toSvg(Timelines.quietDay())
    assert.include(svg, ">2.5</text>")
    assert.include(svg, ">95.7 % less than every tick</text>")
  })
})
