/**
 * What the shapes and colours of a picture mean; only what can be seen in it is explained.
 *
 * @internal
 */

import * as Figure from "../text/Figure.ts"
import type * as Mark from "./Mark.ts"
import type { Timeline } from "./Model.ts"
import * as Svg from "./Svg.ts"
import * as SvgLanes from "./SvgLanes.ts"
import * as SvgMarks from "./SvgMarks.ts"
import * as SvgShapes from "./SvgShapes.ts"

interface Item {
  readonly words: string
  /** Drawn within 14 pixels from x, around y. */
  readonly sample: (x: number, y: number) => string
}

const bar =
  (fill: string, height: number) =>
  (x: number, y: number): string =>
    Svg.element("rect", { x: x + 3, y: y + 5 - height, width: 8, height, fill })

const mark = (kind: Mark.Kind) => (x: number, y: number) =>
  kind === "down" || kind === "outage"
    ? Svg.path(`M${x} ${y - 6}h13v11h-13z`, { ...SvgMarks.styles[kind], stroke: Svg.colors.hatchLine })
    : Svg.path(`M${x + 6} ${y - 7}v13`, SvgMarks.styles[kind])

const dots = (x: number, y: number) => Svg.path(`M${x} ${y}h14`, SvgLanes.prunedStyle)

const markNames: Record<Mark.Kind, string> = {
  down: "down",
  outage: "store out",
  ahead: "clock set ahead",
  back: "clock set back",
  move: "UTC offset moves"
}

export interface Seen {
  readonly marks: ReadonlyArray<Mark.Mark>
  readonly placed: SvgMarks.Placed
  readonly lanes: SvgLanes.Drawn
  readonly width: number
  readonly top: number
}

const itemsOf = (
  { alarms, isRecorded = false, jobs, pauses = [], pruned = [], rateWaits = [], runs, skips }: Timeline,
  { lanes, marks, placed }: Seen
): ReadonlyArray<Item> => {
  const { busiest, columnMs } = lanes
  const high =
    busiest > 1
      ? `runs: the higher, the more at once, up to ${Figure.count(busiest)} in ${Figure.duration(columnMs)}`
      : "run"
  const hasErrors = jobs.some(({ errors }) => errors > 0)
  const hasMissed = jobs.some(({ missed }) => missed > 0)
  const kinds = (["down", "outage", "ahead", "back", "move"] as const).filter((kind) =>
    marks.some((mark) => mark.kind === kind)
  )
  const shape = (kind: "alert" | "missed" | "error") => (x: number, y: number) => SvgShapes.one(kind, x + 6, y)
  const nothing = () => ""
  return [
    { words: high, sample: bar(Svg.colors.run, 12) },
    ...(runs.some(({ verdict }) => verdict === "backfilled")
      ? [{ words: "backfilled", sample: bar(Svg.colors.backfilled, 12) }]
      : []),
    ...(skips.length > 0 ? [{ words: "skipped", sample: bar(Svg.colors.skipped, 3) }] : []),
    ...(hasErrors ? [{ words: "failed, and its part of the runs", sample: shape("error") }] : []),
    ...(hasMissed ? [{ words: "missed", sample: shape("missed") }] : []),
    ...(alarms.some(({ kind }) => kind === "alert") ? [{ words: "alert", sample: shape("alert") }] : []),
    ...(pauses.length > 0 ? [{ words: "paused", sample: bar(Svg.colors.paused, 10) }] : []),
    ...(rateWaits.length > 0 ? [{ words: "waits for a rate", sample: bar(Svg.colors.waiting, 2) }] : []),
    ...(pruned.length > 0 ? [{ words: "pruned: its log entries were deleted", sample: dots }] : []),
    ...kinds.map((kind) => ({ words: markNames[kind], sample: mark(kind) })),
    ...(placed.without > 0 ? [{ words: `${Figure.count(placed.without)} more without a label`, sample: nothing }] : []),
    ...(isRecorded ? [] : [{ words: "p1: priority 1, the highest", sample: nothing }])
  ]
}

const rowHeight = 20
const margin = 24

/** As many rows as are needed. */
export const of = (timeline: Timeline, seen: Seen): { readonly elements: string; readonly height: number } => {
  let [x, row, elements] = [margin, 0, ""]
  for (const { sample, words } of itemsOf(timeline, seen)) {
    const drawn = sample(0, 0)
    const width = Svg.widthOf(words, 11) + (drawn === "" ? 0 : 20)
    if (x > margin && x + width > seen.width - margin) {
      x = margin
      row++
    }
    const y = seen.top + row * rowHeight + 8
    elements +=
      sample(x, y) + Svg.text(drawn === "" ? x : x + 20, y + 4, words, { "font-size": 11, fill: Svg.colors.soft })
    x += width + 20
  }
  return { elements, height: (row + 1) * rowHeight }
}
