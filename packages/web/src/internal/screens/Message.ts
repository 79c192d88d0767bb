/**
 * Short answers: what was refused and why, and what a request would do before it does it. Pure.
 *
 * @internal
 */
import type { Backfill } from "tickwork"
import { Counted, InstanceState, type Requests, StandingText } from "../../view/index.ts"
import { type Html, html } from "../Html.ts"
import * as Controls from "./Controls.ts"
import type { Content, Viewer } from "./Frame.ts"
import * as Parts from "./Parts.ts"

export const render = (
  title: string,
  text: string,
  back: { readonly href: string; readonly text: string }
): Content => ({
  title,
  screen: "other",
  isLive: false,
  main: html`<h1>${title}</h1><p id="message">${text}</p><p><a href="${back.href}">${back.text}</a></p>`
})

export interface BulkData {
  readonly verb: Requests.Verb
  readonly why: string
  readonly count: number
  readonly jobs: number
  /** The fields of the filter. */
  readonly filter: ReadonlyArray<readonly [name: string, value: string]>
  /** The names of a few of them. */
  readonly some: ReadonlyArray<string>
  /** How many a page that is no longer true has said. */
  readonly said: number | null
}

const changed = ({ count, said }: BulkData): Html | null =>
  said === null || said === count
    ? null
    : html`<p class="notice">It was ${Counted.of(said, "instance")} a moment ago. Nothing was done.</p>`

export const confirm = (data: BulkData, viewer: Viewer, back: string): Content => {
  const { count, filter, jobs, some, verb, why } = data
  const label = Controls.labels[verb]
  const many = `${Counted.of(count, "instance")} of ${Counted.of(jobs, "job")}`
  return {
    title: `${label} ${many}?`,
    screen: "other",
    isLive: false,
    main: html`<h1>${label} ${many}?</h1>${changed(data)}
<p>${why === "" ? "No reason was given." : `Reason: ${why}`}</p>
<ul id="some">${some.map((name) => html`<li>${name}</li>`)}${count > some.length ? html`<li>and ${Counted.number(count - some.length)} more</li>` : null}</ul>
<form class="steer" method="post" action="bulk">${Controls.token(viewer)}${[...filter, ["why", why] as const, ["count", String(count)] as const].map(([name, value]) => Controls.hidden(name, value))}
<span class="buttons"><button name="verb" value="${verb}" id="confirm">${label} ${many}</button></span></form>
<p><a href="${back}">Leave it</a></p>`
  }
}

export interface BackfillData {
  readonly preview: Backfill.Preview
  /** How many of its planned times would run. */
  readonly count: number
  /** The fields of the form that asked. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
  /** How many a page that is no longer true has said. */
  readonly said: number | null
}

const timesShown = 100

/** What a backfill would run, and what it leaves out and why. */
export const backfill = ({ count, fields, preview, said }: BackfillData, viewer: Viewer, back: string): Content => {
  const { times } = preview
  const many = Counted.of(count, "planned time")
  const title = count === 0 ? "Nothing to run in this time" : `Run ${many} of ${InstanceState.nameOf(preview)}?`
  return {
    title,
    screen: "other",
    isLive: false,
    main: html`<h1>${title}</h1>${said === null || said === count ? null : html`<p class="notice">It was ${Counted.of(said, "planned time")} a moment ago. Nothing was done.</p>`}
<ol id="times">${times.slice(0, timesShown).map(({ at, standing }) => html`<li>${Parts.moment(at, viewer)}: ${StandingText.of(standing)}</li>`)}${times.length > timesShown ? html`<li>and ${Counted.number(times.length - timesShown)} more</li>` : null}</ol>
${
  count === 0
    ? null
    : html`<form class="steer" method="post" action="backfill">${Controls.token(viewer)}${[...fields, ["count", String(count)] as const].map(([name, value]) => Controls.hidden(name, value))}
<span class="buttons"><button id="confirm">Run ${many}</button></span></form>`
}
<p><a href="${back}">Leave it</a></p>`
  }
}
