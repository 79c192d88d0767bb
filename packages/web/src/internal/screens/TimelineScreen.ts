/**
 * What ran and what did not, over time, with a lane for each job. Pure.
 *
 * @internal
 */
import { Counted, TimeText } from "../../view/index.ts"
import { flag, html, lines } from "../Html.ts"
import * as Link from "../Link.ts"
import type { Content, Viewer } from "./Frame.ts"

export const ranges = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const

export type Range = keyof typeof ranges

export interface TimelineData {
  readonly range: Range
  /** Of this job alone; empty for all. */
  readonly job: string
  /** When the drawn part begins, in ms since the epoch. */
  readonly from: number
  /** True where the log holds more entries of the range than are drawn. */
  readonly isCut: boolean
  readonly runs: number
  /** The chart as text. */
  readonly text: string
}

/** A picture is made at most this often, in ms. */
const pictureMs = 2000

export const render = ({ from, isCut, job, range, runs, text }: TimelineData, viewer: Viewer): Content => {
  const src = Link.picture({ range, job, at: Math.floor(viewer.now / pictureMs) })
  const label = `The last ${range} ${job === "" ? "of all jobs" : `of ${job}`}: ${Counted.of(runs, "run")}`
  return {
    title: "Timeline",
    screen: "timeline",
    main: html`<h1>Timeline</h1>
<form class="filter" method="get" action="timeline"><label for="range">The last</label><select id="range" name="range">${Object.keys(
      ranges
    ).map((name) => html`<option value="${name}"${flag("selected", name === range)}>${name}</option>`)}</select>
<label for="job">Job</label><input id="job" name="job" value="${job}" autocomplete="off"><button>Show</button></form>
<p id="summary" class="summary">${Counted.of(runs, "run")} since ${TimeText.moment(from, viewer.now, viewer.zone)}${
      isCut ? ". The log holds more: name a job, or choose a shorter time." : "."
    }</p>
<div class="scroll" role="region" tabindex="0" aria-label="Chart"><img id="chart" class="chart" alt="${label}" src="${src}"></div>
<details id="chart-text"><summary>The chart as text</summary><pre tabindex="0">${lines(text)}</pre></details>`
  }
}
