/**
 * The lanes of a picture: bars where attempts are at work, the failed part of them, and shapes for what went wrong.
 *
 * However many runs there are, a lane is a handful of paths over columns of pixels.
 *
 * @internal
 */

import * as Figure from "../text/Figure.ts"
import * as Printable from "../text/Printable.ts"
import type { Timeline } from "./Model.ts"
import * as Slices from "./Slices.ts"
import * as Svg from "./Svg.ts"
import * as SvgShapes from "./SvgShapes.ts"

/** Where things stand, in pixels. */
export interface Frame {
  /** The left edge of the time axis, and how long it is. */
  readonly left: number
  readonly length: number
  /** The upper edge of the first lane. */
  readonly top: number
  readonly laneHeight: number
  /** How wide a column is; the length is a multiple of it. */
  readonly column: number
}

/** The height of a lane, by the number of lanes, in pixels. */
export const heightOf = (lanes: number): number => (lanes <= 8 ? 44 : lanes <= 20 ? 32 : lanes <= 60 ? 24 : 18)

/** All lanes together have no more columns and shapes than this: it bounds the size of the file. */
const most = { columns: 24_000, shapes: 1500 }
const narrowest = { column: 2, shape: 10 }

/** The width of a column, by the number of lanes, in whole pixels. */
export const columnOf = (lanes: number, length: number): number =>
  Math.max(narrowest.column, Math.ceil((lanes * length) / most.columns))

/** A row of bars as one outline, closed along the base. */
const bars = (left: number, base: number, column: number, heights: ReadonlyArray<number>): string => {
  let [d, level, open] = ["", 0, 0]
  const close = () => {
    if (open > 0) d += `h${open * column}`
    open = 0
  }
  for (const height of heights) {
    if (height !== level) {
      close()
      d += `v${level - height}`
      level = height
    }
    open++
  }
  if (level === 0 && d === "") return ""
  close()
  return `M${left} ${base}${d}${level === 0 ? "" : `v${level}`}z`
}

/** Logarithmic: a bar shows the order of magnitude. */
const heightsOf = ({ atWork }: Slices.Lane, columns: number, busiest: number, highest: number): Array<number> => {
  const least = busiest > 1 ? Math.min(1, Math.max(0.4, 6 / highest)) : 1
  return Array.from({ length: columns }, (_, column) => {
    const count = atWork[column] ?? 0
    if (count === 0) return 0
    return Math.max(2, Math.round(highest * (least + (1 - least) * (Math.log(count) / Math.log(Math.max(2, busiest))))))
  })
}

const labelOf = ({ job }: Slices.Lane, { laneHeight, left }: Frame, y: number): string => {
  const runs = `${Figure.count(job.runs)} ${job.runs === 1 ? "run" : "runs"}`
  const errors = job.errors === 0 ? "" : `, ${Figure.count(job.errors)} failed`
  const size = laneHeight < 20 ? 11 : 12.5
  const name = Printable.fitName(Printable.of(job.jobName), Math.floor((left - 78) / Svg.widthOf("n", size)))
  const under = Math.floor((left - 36) / Svg.roomFor("n", 10.5))
  const isTall = laneHeight >= 32
  const base = y + laneHeight / 2 + (isTall ? -2 : 4)
  const soft = { fill: Svg.colors.soft, "font-size": 10.5 }
  return [
    Svg.text(24, base, name, { "font-size": size }),
    ...(job.priority === 0 ? [] : [Svg.text(left - 12, base, `p${job.priority}`, { ...soft, "text-anchor": "end" })]),
    ...(isTall ? [Svg.text(24, base + 14, Printable.fit(runs + errors, under), soft)] : [])
  ].join("")
}

const tooltip = ({ job }: Slices.Lane): string => {
  const counts = `${Figure.count(job.runs)} runs, ${Figure.count(job.errors)} failed, ${Figure.count(job.missed)} missed`
  return job.priority === 0
    ? `${job.jobName}: ${counts}, ${Figure.duration(job.busyMs)} in all`
    : `${job.jobName}, priority ${job.priority}: ${counts}, ${Figure.count(job.alerts)} alerts, busy ${Figure.duration(job.busyMs)}`
}

/** How the time looks of which log entries were deleted. */
export const prunedStyle = { stroke: Svg.colors.down, "stroke-width": 1.5, "stroke-dasharray": "1 4", fill: "none" }

const prunedOf = ({ from, pruned = [], to }: Timeline, { job }: Slices.Lane, frame: Frame, base: number): string => {
  const end = pruned.find(({ jobName }) => jobName === job.jobName)?.to ?? from
  const length = ((Math.min(end, to) - from) / Math.max(1, to - from)) * frame.length
  return length <= 0 ? "" : Svg.path(`M${frame.left} ${base - 4}h${Math.round(length)}`, prunedStyle)
}

/** A paused time is a shade behind the bars, nearly as high as its lane. */
const pausedHeight = (laneHeight: number): number => laneHeight - 8

export interface Drawn {
  readonly elements: string
  /** The most attempts in one column of pixels, and the time span of a column. */
  readonly busiest: number
  readonly columnMs: number
}

/** All lanes, the first at the top. */
export const of = (timeline: Timeline, frame: Frame): Drawn => {
  const { column, laneHeight, left, length, top } = frame
  const lanes = Math.max(1, timeline.jobs.length)
  const columns = length / column
  const perShape = Math.ceil(Math.max(narrowest.shape / column, (columns * lanes) / most.shapes))
  const drawn = Slices.of(timeline, columns)
  const busiest = drawn.reduce((most, { atWork }) => atWork.reduce((high, count) => Math.max(high, count), most), 1)
  const strip = laneHeight < 20 ? 0 : 9
  const elements = drawn.map((lane, index) => {
    const y = top + index * laneHeight
    const base = y + laneHeight - 3
    const heights = heightsOf(lane, columns, busiest, laneHeight - strip - 5)
    const partOf = (counts: Slices.Lane["failed"]) =>
      heights.map((height, column) => {
        const share = (counts[column] ?? 0) / Math.max(1, lane.atWork[column] ?? 0)
        return share === 0 ? 0 : Math.max(2, Math.round(height * Math.min(1, share)))
      })
    const skipped = heights.map((height, column) => (height === 0 && (lane.skipped[column] ?? 0) > 0 ? 3 : 0))
    const waiting = heights.map((_, column) => ((lane.waiting[column] ?? 0) > 0 ? 2 : 0))
    const paused = heights.map((_, column) => ((lane.paused[column] ?? 0) > 0 ? pausedHeight(laneHeight) : 0))
    return Svg.element(
      "g",
      {},
      Svg.element("title", {}, Svg.escaped(tooltip(lane))),
      labelOf(lane, frame, y),
      prunedOf(timeline, lane, frame, base),
      Svg.path(bars(left, base, column, paused), { fill: Svg.colors.paused }),
      Svg.path(bars(left, base + 2, column, waiting), { fill: Svg.colors.waiting }),
      Svg.path(bars(left, base, column, skipped), { fill: Svg.colors.skipped }),
      Svg.path(bars(left, base, column, heights), { fill: Svg.colors.run }),
      Svg.path(bars(left, base, column, partOf(lane.backfilled)), { fill: Svg.colors.backfilled }),
      Svg.path(bars(left, base, column, partOf(lane.failed)), { fill: Svg.colors.error }),
      SvgShapes.ofLane(lane, columns, perShape, (at) => left + (at + 0.5) * column, y + 6)
    )
  })
  return { elements: elements.join("\n"), busiest, columnMs: (timeline.to - timeline.from) / columns }
}
