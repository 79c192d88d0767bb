/**
 * The shapes of a picture for failures: a triangle for an alert, a ring for a missed instant, a cross for a failed run.
 *
 * @internal
 */
import type * as Slices from "./Slices.ts"
import * as Svg from "./Svg.ts"

const shapes = {
  alert: (x: number, y: number) => `M${x} ${y - 4}l4.5 8h-9z`,
  missed: (x: number, y: number) => `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z`,
  error: (x: number, y: number) => `M${x - 3} ${y - 3}l6 6m0-6l-6 6`
} as const

export type Shape = keyof typeof shapes

export const styles = {
  alert: { fill: Svg.colors.alert, stroke: Svg.colors.ink, "stroke-width": 0.7 },
  missed: { fill: "none", stroke: Svg.colors.missed, "stroke-width": 2 },
  error: { fill: "none", stroke: Svg.colors.error, "stroke-width": 2 }
} as const

/** A shape alone, for the legend. */
export const one = (kind: Shape, x: number, y: number): string => Svg.path(shapes[kind](x, y), styles[kind])

const kinds = ["alert", "missed", "error"] as const satisfies ReadonlyArray<Shape>

/** Shapes that do not touch each other: the worst of what happened within the width of one. */
export const ofLane = (
  lane: Slices.Lane,
  columns: number,
  perShape: number,
  x: (column: number) => number,
  y: number
) => {
  const drawn: Record<Shape, string> = { alert: "", missed: "", error: "" }
  const counts = { alert: lane.alerts, missed: lane.missed, error: lane.failed }
  const happened = (kind: Shape, column: number) => (counts[kind][column] ?? 0) > 0
  for (let column = 0; column < columns; column++) {
    if (!kinds.some((kind) => happened(kind, column))) continue
    const within = (kind: Shape) => counts[kind].subarray(column, column + perShape).some((count) => count > 0)
    const worst = kinds.find(within) ?? "error"
    drawn[worst] += shapes[worst](Math.round(x(column)), y)
    column += perShape - 1
  }
  return kinds.map((kind) => Svg.path(drawn[kind], styles[kind])).join("")
}
