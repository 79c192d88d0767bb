/**
 * What happened to the machine and its clock: downtime, outages of the store, jumps, and moves of the zone's offset.
 *
 * @internal
 */

import * as Figure from "../text/Figure.ts"
import type { Span, Timeline } from "./Model.ts"
import * as Zone from "./Zone.ts"

export type Kind = "down" | "outage" | "ahead" | "back" | "move"

/** From an instant to another, the same one for what takes no time. */
export interface Mark extends Span {
  readonly kind: Kind
  readonly label: string
}

const signed = (ms: number): string => (ms > 0 ? `+${Figure.duration(ms)}` : Figure.duration(ms))

/** Those that touch the span, cut to it, in the order in which they begin. */
export const of = (timeline: Timeline): ReadonlyArray<Mark> => {
  const { downtime, from, jumps, outages, to, zone } = timeline
  const cut = (kind: Kind, name: string) => (span: Span) => ({
    kind,
    label: `${name} ${Figure.duration(span.to - span.from)}`,
    from: Math.max(from, span.from),
    to: Math.min(to, span.to)
  })
  return [
    ...downtime.map(cut("down", "down")),
    ...outages.map(cut("outage", "store out")),
    ...jumps.map(({ at, byMs }): Mark => {
      return { kind: byMs < 0 ? "back" : "ahead", label: `clock ${signed(byMs)}`, from: at, to: at }
    }),
    ...Zone.moves(Zone.of(zone), timeline).map(({ after, at, before }): Mark => {
      return { kind: "move", label: `UTC${before} → UTC${after}`, from: at, to: at }
    })
  ]
    .filter((mark) => mark.from <= mark.to && mark.from >= from && mark.to <= to)
    .sort((a, b) => a.from - b.from)
}
