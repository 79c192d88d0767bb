/**
 * A timeline as a picture that stands alone: no script, no font and no file from elsewhere.
 *
 * @internal
 */

import * as Mark from "./Mark.ts"
import type { Timeline } from "./Model.ts"
import * as Svg from "./Svg.ts"
import * as SvgAxis from "./SvgAxis.ts"
import * as SvgHead from "./SvgHead.ts"
import * as SvgLanes from "./SvgLanes.ts"
import * as SvgLegend from "./SvgLegend.ts"
import * as SvgMarks from "./SvgMarks.ts"

const margin = 24
const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/**
 * A picture of `width` pixels (960 unless set, at least 480), as high as it has to be. Runs are gathered by columns of
 * pixels, so the file stays below 300 kB whatever their number, up to a hundred jobs. Colours are those of Okabe and Ito,
 * and each kind of failure has a shape of its own. A reader who prefers a dark page gets dark colours.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 *
 * // saved by Timeline.toJson
 * const draw = (saved: string) =>
 *   Either.map(Timeline.fromJson(saved), (timeline) => Timeline.toSvg(timeline, { title: "A week of sync" }))
 *
 * console.assert(Either.isLeft(draw("{}")))
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toSvg = (
  timeline: Timeline,
  options: { readonly width?: number; readonly title?: string } = {}
): string => {
  const { title = "Timeline", width: given = 960 } = options
  const width = Number.isFinite(given) ? Math.max(480, Math.floor(given)) : 960
  const longest = timeline.jobs.reduce((most, { jobName }) => Math.max(most, Svg.widthOf(jobName, 12.5)), 60)
  const left = Math.round(Math.min(longest + 80, width * 0.3))
  const column = SvgLanes.columnOf(timeline.jobs.length, width - left)
  const length = Math.floor((width - left - margin - 8) / column) * column
  const span = Math.max(1, timeline.to - timeline.from)
  const x = (instant: number) => left + ((instant - timeline.from) / span) * length

  const marks = Mark.of(timeline)
  const placed = SvgMarks.place(marks, x, { from: left, to: left + length })
  const head = SvgHead.of(timeline, { title, width })
  const laneHeight = SvgLanes.heightOf(timeline.jobs.length)
  const frame = { column, left, length, laneHeight, top: head.bottom + placed.rows * SvgMarks.rowHeight + 4 }
  const bottom = frame.top + timeline.jobs.length * laneHeight
  const area = { top: head.bottom, lanes: frame.top, bottom }
  const { grid, labels } = SvgAxis.of(timeline, x, frame, bottom)
  const lanes = SvgLanes.of(timeline, frame)
  const legend = SvgLegend.of(timeline, { marks, placed, lanes, width, top: bottom + 36 })
  const height = bottom + 36 + legend.height + 12

  return `${Svg.element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "font-family": fonts,
      fill: Svg.colors.ink
    },
    Svg.element("title", {}, Svg.escaped(title)),
    Svg.element("desc", {}, Svg.escaped(SvgHead.subtitleOf(timeline).join(" "))),
    Svg.darkColors,
    SvgMarks.hatching,
    Svg.element("rect", { width, height, fill: Svg.colors.paper }),
    head.elements,
    SvgMarks.behind(marks, x, area),
    grid,
    SvgAxis.rules(timeline.jobs.length, frame),
    lanes.elements,
    SvgMarks.before(marks, placed, x, area),
    labels,
    legend.elements
  )}\n`
}
