/**
 * A timeline as text for a terminal.
 *
 * @internal
 */
import { DateTime } from "effect"
import * as Figure from "../text/Figure.ts"
import * as Paint from "../text/Paint.ts"
import * as Printable from "../text/Printable.ts"
import type { Page } from "../text/Table.ts"
import * as Mark from "./Mark.ts"
import type { Alarm, RateWait, Timeline } from "./Model.ts"
import * as TextAccounts from "./TextAccounts.ts"
import * as TextLanes from "./TextLanes.ts"
import * as Zone from "./Zone.ts"

/** The most items of each list. */
const most = { marks: 8, alerts: 5, rateWaits: 5, reasons: 5 }

const titleOf = (
  { from, isRecorded = false, seed, to, zone }: Timeline,
  { paint, width }: Page
): ReadonlyArray<string> => {
  const in_ = Zone.of(zone)
  const [first, last] = [from, to].map((instant) => Zone.fullOf(Zone.at(in_, instant)))
  const parts = [
    `${first} –`,
    `${last} ${DateTime.zoneToString(in_)},`,
    isRecorded ? Figure.duration(to - from) : `${Figure.duration(to - from)},`,
    ...(isRecorded ? [] : [`seed ${seed}`])
  ]
  return Printable.wrap(parts, width, " ").map((line) => paint("title", line))
}

const listed = <A>(
  title: string,
  items: ReadonlyArray<A>,
  { atMost, line }: { readonly atMost: number; readonly line: (item: A) => string },
  { paint, width }: Page
) =>
  items.length === 0
    ? []
    : [
        "",
        paint("title", title),
        ...items.slice(0, atMost).map((item) => Printable.fit(`  ${line(item)}`, width)),
        ...(items.length > atMost ? [`  and ${Figure.count(items.length - atMost)} more`] : [])
      ]

const nameOf = (name: string, { width }: Page): string => Printable.fitName(Printable.of(name), Math.floor(width / 4))

const marksOf = ({ zone }: Timeline, marks: ReadonlyArray<Mark.Mark>, page: Page) => {
  const at = (instant: number) => Zone.at(Zone.of(zone), instant)
  const until = ({ from, to }: Mark.Mark) => {
    if (from === to) return ""
    return ` – ${Zone.dayOf(at(from)) === Zone.dayOf(at(to)) ? Zone.timeOf(at(to)) : Zone.momentOf(at(to))}`
  }
  const line = (mark: Mark.Mark) => `${Zone.momentOf(at(mark.from))}${until(mark)}  ${mark.label}`
  return listed("The machine and its clock", marks, { atMost: most.marks, line }, page)
}

const reasonsOf = ({ jobs }: Timeline, page: Page) => {
  const all = jobs.flatMap(({ jobName, skips }) => skips.map((skip) => ({ ...skip, jobName })))
  const counts = all.sort((a, b) => b.count - a.count)
  const width = Figure.count(counts[0]?.count ?? 0).length
  const line = ({ count, jobName, reason }: (typeof all)[number]) =>
    `${Figure.count(count).padStart(width)}  ${nameOf(jobName, page)}: ${Printable.of(reason)}`
  return listed("Why nothing ran", counts, { atMost: most.reasons, line }, page)
}

const rateWaitsOf = ({ rateWaits = [], zone }: Timeline, page: Page) => {
  const at = (instant: number) => Zone.momentOf(Zone.at(Zone.of(zone), instant))
  const line = ({ from, jobName, limit, to }: RateWait) =>
    `${at(from)} – ${at(to)}  ${nameOf(jobName, page)}: ${nameOf(limit, page)}`
  return listed("Waits for a rate", rateWaits, { atMost: most.rateWaits, line }, page)
}

const alertsOf = ({ alarms, zone }: Timeline, page: Page) => {
  const line = ({ at, error, failures, jobName, key }: Alarm) => {
    const of = key === "" ? "" : ` of ${nameOf(key, page)}`
    const said = error === null ? "" : `, ${Printable.of(error)}`
    return `${Zone.momentOf(Zone.at(Zone.of(zone), at))}  ${nameOf(jobName, page)}${of}: ${Figure.count(failures)} failed${said}`
  }
  const alerts = alarms.filter(({ kind }) => kind === "alert")
  return listed("Alerts", alerts, { atMost: most.alerts, line }, page)
}

/**
 * A chart and tables for a terminal of `width` columns (80 unless set, at least 60), in plain characters unless `colors` is
 * true. The same timeline is the same text everywhere; a character that cannot be printed is replaced.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 *
 * // saved by Timeline.toJson
 * const draw = (saved: string) => Either.map(Timeline.fromJson(saved), (timeline) => Timeline.toText(timeline))
 *
 * console.assert(Either.isLeft(draw("{}")))
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = (
  timeline: Timeline,
  options: { readonly width?: number; readonly colors?: boolean } = {}
): string => {
  const { colors = false, width = 80 } = options
  const page: Page = {
    width: Number.isFinite(width) ? Math.max(60, Math.floor(width)) : 80,
    paint: colors ? Paint.ansi : Paint.plain
  }
  const marks = Mark.of(timeline)
  return `${[
    ...titleOf(timeline, page),
    "",
    ...TextLanes.of(timeline, marks, page),
    ...marksOf(timeline, marks, page),
    ...alertsOf(timeline, page),
    ...rateWaitsOf(timeline, page),
    "",
    ...TextAccounts.of(timeline, page),
    ...reasonsOf(timeline, page),
    ...(timeline.isRecorded === true ? [] : ["", ...TextAccounts.beside(timeline, page)])
  ].join("\n")}\n`
}
