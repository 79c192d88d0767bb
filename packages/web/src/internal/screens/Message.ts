/**
 * Short answers: what was refused and why, and what a request would do before it does it. Pure.
 *
 * @internal
 */
import { Counted, type Requests } from "../../view/index.ts"
import { type Html, html } from "../Html.ts"
import * as Controls from "./Controls.ts"
import type { Content, Viewer } from "./Frame.ts"

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
