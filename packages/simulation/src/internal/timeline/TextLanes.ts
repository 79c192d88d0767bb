/**
 * The chart of a timeline in characters: a lane for each job, the marks above, the time axis and a legend below.
 *
 * Every cell is readable without its colour.
 *
 * @internal
 */

import type { Paint, Style } from "../text/Paint.ts"
import * as Printable from "../text/Printable.ts"
import type { Page } from "../text/Table.ts"
import type * as Mark from "./Mark.ts"
import type { Timeline } from "./Model.ts"
import * as Slices from "./Slices.ts"
import * as Ticks from "./Ticks.ts"
import * as Zone from "./Zone.ts"

/** From the least: how many attempts are at work in a cell, at least. */
const densities = [
  ["▁", 1],
  ["▂", 2],
  ["▄", 10],
  ["▆", 100],
  ["█", 1000]
] as const

const glyphs = {
  "▁": ["run", "1 run"],
  "▂": ["run", "2 to 9"],
  "▄": ["run", "10 to 99"],
  "▆": ["run", "100 to 999"],
  "█": ["run", "1,000 and more"],
  "+": ["run", "backfilled"],
  x: ["error", "some failed"],
  X: ["error", "half or more failed"],
  "!": ["alert", "alert"],
  o: ["missed", "missed"],
  "-": ["faint", "skipped"],
  "=": ["faint", "paused"],
  "~": ["faint", "waits for a rate"],
  "·": ["faint", "nothing"],
  "┄": ["faint", "pruned"],
  "░": ["faint", "down"],
  "▒": ["missed", "store out"],
  "»": ["mark", "clock ahead"],
  "«": ["mark", "clock back"],
  "±": ["mark", "UTC offset moves"]
} as const satisfies Record<string, readonly [Style, string]>

type Glyph = keyof typeof glyphs

const markGlyphs: Record<Mark.Kind, Glyph> = { down: "░", outage: "▒", ahead: "»", back: "«", move: "±" }

/** What takes no time is drawn last: it must not vanish under what does. */
const markRow = (timeline: Timeline, marks: ReadonlyArray<Mark.Mark>, cells: number): ReadonlyArray<Glyph | null> => {
  const row: Array<Glyph | null> = Array.from({ length: cells }, () => null)
  const at = Slices.sliceOf(timeline, cells)
  for (const instants of [false, true]) {
    for (const { from, kind, to } of marks) {
      if ((from === to) === instants) row.fill(markGlyphs[kind], at(from), at(Math.max(from, to - 1)) + 1)
    }
  }
  return row
}

/** The worst that happened in a cell. */
const cellOf = (lane: Slices.Lane, cell: number, mark: Glyph | null, isPruned: boolean): Glyph => {
  const [atWork = 0, failed = 0] = [lane.atWork[cell], lane.failed[cell]]
  if ((lane.alerts[cell] ?? 0) > 0) return "!"
  if (failed > 0) return failed * 2 >= atWork ? "X" : "x"
  if ((lane.missed[cell] ?? 0) > 0) return "o"
  if ((lane.backfilled[cell] ?? 0) > 0) return "+"
  const density = densities.findLast(([, least]) => atWork >= least)
  if (density !== undefined) return density[0]
  if ((lane.skipped[cell] ?? 0) > 0) return "-"
  if ((lane.paused[cell] ?? 0) > 0) return "="
  if ((lane.waiting[cell] ?? 0) > 0) return "~"
  if (isPruned) return "┄"
  return mark === "░" || mark === "▒" ? mark : "·"
}

const painted = (cells: ReadonlyArray<Glyph | null>, paint: Paint): string => {
  let line = ""
  for (let cell = 0; cell < cells.length; ) {
    const style = glyphs[cells[cell] ?? "·"][0]
    const end = cells.findIndex((glyph, index) => index > cell && glyphs[glyph ?? "·"][0] !== style)
    const alike = cells.slice(cell, end < 0 ? undefined : end)
    line += paint(style, alike.map((glyph) => glyph ?? " ").join(""))
    cell += alike.length
  }
  return line
}

/** The axis, and under it the labels that have room. */
const axis = (timeline: Timeline, cells: number): readonly [string, string] => {
  const line = Array.from({ length: cells }, () => "─")
  const at = Slices.sliceOf(timeline, cells)
  let labels = ""
  for (const { at: instant, label } of Ticks.of(Zone.of(timeline.zone), timeline, Math.floor(cells / 8))) {
    const cell = at(instant)
    line[cell] = "┬"
    const hasRoom = (labels === "" || cell > labels.length) && cell + label.length <= cells
    if (hasRoom) labels = labels.padEnd(cell) + label
  }
  return [line.join(""), labels]
}

/** The lines of the chart. */
export const of = (
  timeline: Timeline,
  marks: ReadonlyArray<Mark.Mark>,
  { paint, width }: Page
): ReadonlyArray<string> => {
  const names = timeline.jobs.map(({ jobName }) => Printable.of(jobName))
  const longest = names.reduce((most, name) => Math.max(most, Printable.widthOf(name)), 4)
  const nameWidth = Math.min(longest, Math.floor(width / 4))
  const cells = width - nameWidth - 2
  const lines = (name: string, edge: string, rest: string) => `${Printable.padEnd(name, nameWidth)} ${edge}${rest}`
  const above = markRow(timeline, marks, cells)
  const at = Slices.sliceOf(timeline, cells)
  const prunedTo = new Map((timeline.pruned ?? []).map(({ jobName, to }) => [jobName, at(to)]))
  const rows = Slices.of(timeline, cells).map((lane) =>
    above.map((mark, cell) => cellOf(lane, cell, mark, cell < (prunedTo.get(lane.job.jobName) ?? 0)))
  )
  const [line, labels] = axis(timeline, cells)
  const used = new Set<string | null>([...above, ...rows.flat()])
  const legend = Object.entries(glyphs).flatMap(([glyph, [, means]]) => (used.has(glyph) ? [`${glyph} ${means}`] : []))
  return [
    ...(marks.length === 0
      ? []
      : [lines("", " ", painted(above.slice(0, above.findLastIndex((glyph) => glyph !== null) + 1), paint))]),
    ...rows.map((row, index) => lines(Printable.fitName(names[index] ?? "", nameWidth), "│", painted(row, paint))),
    lines("", "└", line),
    ...(labels === "" ? [] : [lines("", " ", labels)]),
    "",
    ...Printable.wrap(legend, width, "  ").map((line) => paint("faint", line))
  ]
}
