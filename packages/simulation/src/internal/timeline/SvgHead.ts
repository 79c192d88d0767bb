/**
 * The head of a picture: its title, its span, and the few figures that say what the plan costs.
 *
 * @internal
 */
import { DateTime } from "effect"
import * as Figure from "../text/Figure.ts"
import * as Printable from "../text/Printable.ts"
import type { JobAccount, Timeline } from "./Model.ts"
import * as Questions from "./Questions.ts"
import * as Svg from "./Svg.ts"
import * as Zone from "./Zone.ts"

const margin = 24
const { soft } = Svg.colors

/** In parts that are not broken. */
export const subtitleOf = ({ from, isRecorded = false, jobs, seed, to, zone }: Timeline): ReadonlyArray<string> => {
  const in_ = Zone.of(zone)
  const [first, last] = [from, to].map((instant) => Zone.fullOf(Zone.at(in_, instant)))
  const many = `${Figure.count(jobs.length)} ${jobs.length === 1 ? "job" : "jobs"},`
  return [
    many,
    `${Figure.duration(to - from)}:`,
    `${first} –`,
    `${last},`,
    ...(isRecorded ? [DateTime.zoneToString(in_)] : [`${DateTime.zoneToString(in_)},`, `seed ${seed}`])
  ]
}

const against = (share: number): string =>
  share < 0 ? `${Figure.saved(share)} as every tick` : `${Figure.percent(share)} less than every tick`

const tile = { gap: 12, height: 78 }

type Figures = ReadonlyArray<readonly [value: string, name: string, beside: string]>

/** The figures of a simulation. */
const ofPlan = (timeline: Timeline): Figures => {
  const saving = Questions.saving(timeline)
  return [
    [Figure.count(timeline.runs.length), "runs", against(saving.runs)],
    [Figure.count(Questions.wakeUpsPerHour(timeline)), "wake-ups an hour", against(saving.wakeUps)],
    [Figure.duration(Questions.busyMsPerHour(timeline)), "busy an hour", against(saving.busyMs)],
    [Figure.energy(Questions.energy(timeline)), "energy", against(saving.energy)]
  ]
}

/** The figures of a log. */
const ofLog = (timeline: Timeline): Figures => {
  const { jobs } = timeline
  const sum = (of: (job: JobAccount) => number) => jobs.reduce((total, job) => total + of(job), 0)
  const [errors, runs] = [sum((job) => job.errors), sum((job) => job.runs)]
  const latest = jobs.reduce((most, { lateness }) => Math.max(most, lateness.max), 0)
  return [
    [Figure.count(runs), "runs", `${Figure.count(Questions.perHour(timeline, runs))} an hour`],
    [Figure.count(errors), "failed", runs === 0 ? "" : `${Figure.percent(errors / runs)} of the runs`],
    [Figure.count(sum(({ missed }) => missed)), "missed", "instants not seen in time"],
    [Figure.duration(latest), "late at most", `${Figure.duration(Questions.busyMsPerHour(timeline))} of work an hour`]
  ]
}

const summary = (timeline: Timeline, top: number, width: number) => {
  const figures = timeline.isRecorded === true ? ofLog(timeline) : ofPlan(timeline)
  const eachOf = (beside: number) => (width - 2 * margin - (beside - 1) * tile.gap) / beside
  const widest = figures.reduce(
    (most, [value, name, under]) =>
      Math.max(most, Svg.roomFor(value, 20), Svg.roomFor(name, 12), Svg.roomFor(under, 11)),
    0
  )
  const beside = [4, 2].find((beside) => eachOf(beside) >= widest + 24) ?? 1
  const each = eachOf(beside)
  const tiles = figures.map(([value, name, under], index) => {
    const x = margin + (index % beside) * (each + tile.gap)
    const y = top + Math.floor(index / beside) * (tile.height + tile.gap)
    return [
      Svg.element("rect", { x, y, width: each, height: tile.height, rx: 6, fill: Svg.colors.card }),
      Svg.text(x + 12, y + 28, value, { "font-size": 20, "font-weight": 600 }),
      Svg.text(x + 12, y + 47, name, { "font-size": 12 }),
      Svg.text(x + 12, y + 65, under, { "font-size": 11, fill: soft })
    ].join("")
  })
  return { elements: tiles.join(""), height: (tile.height + tile.gap) * (figures.length / beside) }
}

/** Everything above the chart, and where it ends. */
export const of = (
  timeline: Timeline,
  { title, width }: { readonly title: string; readonly width: number }
): { readonly elements: string; readonly bottom: number } => {
  const room = (size: number) => Math.floor((width - 2 * margin) / Svg.widthOf("n", size))
  const lines = Printable.wrap(subtitleOf(timeline), room(12), " ")
  const top = 54 + lines.length * 16
  const { elements, height } = summary(timeline, top, width)
  const shown = Printable.fit(Printable.of(title), room(19))
  return {
    bottom: top + height,
    elements: [
      Svg.text(margin, 34, shown, { "font-size": 18, "font-weight": 600 }),
      ...lines.map((line, index) => Svg.text(margin, 54 + index * 16, line, { "font-size": 12, fill: soft })),
      elements
    ].join("")
  }
}
