/**
 * The time axis of a picture, with its lines behind the lanes, and the lines between them.
 *
 * @internal
 */
import { DateTime } from "effect"
import type { Timeline } from "./Model.ts"
import * as Svg from "./Svg.ts"
import type { Frame } from "./SvgLanes.ts"
import * as Ticks from "./Ticks.ts"
import * as Zone from "./Zone.ts"

const margin = 24
const { line, soft } = Svg.colors

/** The axis under the lanes, and its lines behind them. */
export const of = (timeline: Timeline, x: (instant: number) => number, frame: Frame, bottom: number) => {
  const zone = Zone.of(timeline.zone)
  const ticks = Ticks.of(zone, timeline, Math.floor(frame.length / 64))
  const right = frame.left + frame.length
  let free = Number.NEGATIVE_INFINITY
  const labels = ticks.map(({ at, label }) => {
    const width = Svg.widthOf(label, 11)
    const start = Math.max(frame.left, Math.min(x(at) - width / 2, right + margin - width))
    if (start < free) return ""
    free = start + width + 8
    return Svg.text(start + width / 2, bottom + 17, label, { "font-size": 11, "text-anchor": "middle", fill: soft })
  })
  const at = ticks.map((tick) => `M${Math.round(x(tick.at)) + 0.5} ${frame.top}V${bottom + 4}`)
  const zoneName = Svg.text(margin, bottom + 17, DateTime.zoneToString(zone), {
    "font-size": 11,
    fill: soft
  })
  return {
    grid: Svg.path(at.join(""), { stroke: line, "stroke-width": 1 }),
    labels: [Svg.path(`M${frame.left} ${bottom}H${right}`, { stroke: soft }), zoneName, ...labels].join("")
  }
}

/** The lines between the lanes. */
export const rules = (lanes: number, { laneHeight, left, length, top }: Frame): string => {
  const d = Array.from({ length: lanes }, (_, index) => `M${margin} ${top + index * laneHeight}H${left + length}`)
  return Svg.path(d.join(""), { stroke: line, "stroke-width": 1 })
}
