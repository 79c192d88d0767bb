/**
 * The marks of a picture: shades where the machine was down or the store out, lines where the clock jumped, labels.
 *
 * @internal
 */

import type * as Mark from "./Mark.ts"
import type { Span } from "./Model.ts"
import * as Svg from "./Svg.ts"

export const rowHeight = 15
const rows = [0, 1, 2]
const size = 10.5

interface Label {
  readonly mark: Mark.Mark
  readonly row: number
  /** Where its line is. */
  readonly at: number
  /** At the right edge, a label stands before its line. */
  readonly isBefore: boolean
}

export interface Placed {
  readonly labels: ReadonlyArray<Label>
  readonly rows: number
  /** How many marks found no room for their labels. */
  readonly without: number
}

const importance: Record<Mark.Kind, number> = { move: 0, ahead: 1, back: 1, outage: 2, down: 2 }

interface Candidate {
  readonly at: number
  readonly start: number
  readonly end: number
}

/** Lines closer than this, in pixels, look like one. */
const closest = 8

/** A label keeps to its row, and its line goes down from there: neither may cross another label. */
const isFree = (
  candidate: Candidate,
  row: number,
  placed: ReadonlyArray<Candidate & { readonly row: number }>
): boolean =>
  placed.every((other) => {
    if (other.row === row) return other.end < candidate.start || other.start > candidate.end
    const [upper, lower] = other.row < row ? [other, candidate] : [candidate, other]
    const isApart = Math.abs(upper.at - lower.at) >= closest
    return isApart && (upper.at < lower.start || upper.at > lower.end)
  })

/** The labels that find room, the rarer kinds and the longer times first. */
export const place = (marks: ReadonlyArray<Mark.Mark>, x: (instant: number) => number, { to }: Span): Placed => {
  const labels: Array<Label & Candidate> = []
  const order = [...marks].sort(
    (a, b) => importance[a.kind] - importance[b.kind] || b.to - b.from - (a.to - a.from) || a.from - b.from
  )
  let without = 0
  for (const mark of order) {
    const at = x(mark.from)
    const width = Svg.widthOf(mark.label, size) + 8
    const isBefore = at + width > to
    const start = isBefore ? at - width : at
    const candidate = { at, start, end: start + width }
    const row = rows.find((row) => isFree(candidate, row, labels))
    if (row === undefined) without++
    else labels.push({ mark, row, isBefore, ...candidate })
  }
  return { labels, without, rows: labels.reduce((most, { row }) => Math.max(most, row + 1), 0) }
}

/** Each pixel once, however many times the machine went down. */
const shades = (spans: ReadonlyArray<Span>, top: number, bottom: number): string => {
  let [d, last] = ["", Number.NEGATIVE_INFINITY]
  for (const { from, to } of spans) {
    const [start, end] = [Math.max(last, Math.floor(from)), Math.max(Math.ceil(to), Math.floor(from) + 1)]
    if (end <= last) continue
    d += `M${start} ${top}h${end - start}V${bottom}h${start - end}z`
    last = end
  }
  return d
}

const lines = (marks: ReadonlyArray<Mark.Mark>, x: (instant: number) => number, top: number, bottom: number): string =>
  [...new Set(marks.map(({ from }) => Math.round(x(from))))].map((at) => `M${at} ${top}V${bottom}`).join("")

/** How each kind looks; the hatching is defined beside the shades. */
export const styles: Record<Mark.Kind, Readonly<Record<string, string | number>>> = {
  down: { fill: "url(#tickwork-down)" },
  outage: { fill: Svg.colors.outage, "fill-opacity": 0.45 },
  ahead: { stroke: Svg.colors.jump, "stroke-width": 1.5, "stroke-dasharray": "5 3", fill: "none" },
  back: { stroke: Svg.colors.jump, "stroke-width": 1.5, "stroke-dasharray": "2 3", fill: "none" },
  move: { stroke: Svg.colors.move, "stroke-width": 2, fill: "none" }
}

export const hatching = Svg.element(
  "defs",
  {},
  Svg.element(
    "pattern",
    { id: "tickwork-down", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    Svg.element("rect", { width: 6, height: 6, fill: Svg.colors.hatch }),
    Svg.element("rect", { width: 1.5, height: 6, fill: Svg.colors.hatchLine })
  )
)

interface Area {
  /** Above the lanes: where the rows of labels begin. */
  readonly top: number
  readonly lanes: number
  readonly bottom: number
}

/** What lies behind the lanes. */
export const behind = (marks: ReadonlyArray<Mark.Mark>, x: (instant: number) => number, area: Area): string =>
  (["down", "outage"] as const)
    .map((kind) => {
      const spans = marks.filter((mark) => mark.kind === kind)
      const seen = spans.map(({ from, to }) => ({ from: x(from), to: x(to) }))
      return Svg.path(shades(seen, area.lanes, area.bottom), styles[kind])
    })
    .join("")

/** What lies before the lanes. */
export const before = (
  marks: ReadonlyArray<Mark.Mark>,
  { labels }: Placed,
  x: (instant: number) => number,
  area: Area
): string => {
  const instants = (["move", "ahead", "back"] as const).map((kind) => {
    const seen = marks.filter((mark) => mark.kind === kind)
    return Svg.path(lines(seen, x, area.lanes, area.bottom), styles[kind])
  })
  const leaders = labels.map(
    ({ mark, row }) => `M${Math.round(x(mark.from))} ${area.top + row * rowHeight + 2}V${area.lanes}`
  )
  return [
    ...instants,
    Svg.path(leaders.join(""), { stroke: Svg.colors.down, "stroke-width": 1, fill: "none" }),
    ...labels.map(({ at, isBefore, mark, row }) =>
      Svg.text(at + (isBefore ? -4 : 4), area.top + row * rowHeight + 11, mark.label, {
        "font-size": size,
        "text-anchor": isBefore ? "end" : "start"
      })
    )
  ].join("")
}
