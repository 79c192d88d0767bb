/**
 * One run: its attempts, their whole errors, the plan before and after. Pure.
 *
 * @internal
 */
import { LogEntry } from "tickwork"
import { EntryName, EntryText, InstanceState, TimeText } from "../../view/index.ts"
import { type Html, html, lines } from "../Html.ts"
import * as Link from "../Link.ts"
import type { Content, Viewer } from "./Frame.ts"
import * as Parts from "./Parts.ts"

export interface RunData {
  /** The entries of the run, the first attempt first; at least one. */
  readonly entries: readonly [LogEntry.LogEntry, ...ReadonlyArray<LogEntry.LogEntry>]
  /** The entry of the instance before the first one; `null` where it is not stored. */
  readonly before: LogEntry.LogEntry | null
  /** The entry after the last one. */
  readonly after: LogEntry.Entry | null
}

const attemptOf = (entry: LogEntry.LogEntry, viewer: Viewer): Html => {
  const ran = LogEntry.ran(entry)
  const at = (instant: number) => TimeText.moment(instant, viewer.now, viewer.zone)
  const title = Link.idOf("t", entry.seq)
  return html`<section id="${Link.idOf("a", entry.seq)}" aria-labelledby="${title}">
<h2 id="${title}">${ran ? `Attempt ${entry.attempt}` : `Entry ${entry.seq}`} ${Parts.status(entry.status)}</h2>
${Parts.fields([
  { name: "began", value: Parts.moment(entry.startedAt, viewer) },
  { name: "last", value: entry.count > 1 ? `${at(entry.lastAt)} (${entry.count} times)` : null },
  { name: "took", value: ran ? TimeText.duration(entry.durationMs) : null },
  { name: "trigger", value: ran ? entry.trigger : null },
  { name: "verdict", value: entry.verdict },
  { name: "missed because", value: entry.missedBecause },
  { name: "reason", value: entry.reason },
  { name: "error", value: entry.error, style: "red" },
  { name: "planned next", value: EntryText.nextOf(entry, at) }
])}
${entry.stack === null ? null : html`<h3>The whole error</h3><pre tabindex="0">${lines(entry.stack)}</pre>`}
${
  viewer.showsValues && entry.memory !== null
    ? html`<details id="${Link.idOf("m", entry.seq)}"><summary>Memory after it</summary><pre tabindex="0">${lines(JSON.stringify(entry.memory.value, null, 2) ?? "")}</pre></details>`
    : null
}</section>`
}

export const render = ({ after, before, entries }: RunData, viewer: Viewer): Content => {
  const [first] = entries
  const ran = LogEntry.ran(first)
  const lateMs = first.startedAt - first.scheduledAt
  const name = InstanceState.nameOf(first)
  const at = (instant: number) => TimeText.moment(instant, viewer.now, viewer.zone)
  const last = entries.at(-1) ?? first
  return {
    title: `${name}: ${ran ? "run" : "entry"} ${last.status}`,
    screen: "jobs",
    isLive: last.position.attempt > 1 || last.position.manual !== null,
    main: html`<p class="up"><a href="${Link.instance(first)}">${name}</a></p>
<h1>${ran ? "Run" : "Log entry"} of ${name} ${Parts.status(last.status)}</h1>
${Parts.fields([
  { name: "run key", value: ran ? html`<code>${EntryName.runKeyOf(first)}</code>` : null },
  { name: "entry", value: html`<code>${EntryName.of(first)}</code>` },
  { name: "scheduled", value: first.status === "control" ? null : Parts.moment(first.scheduledAt, viewer) },
  { name: "late", value: ran && lateMs > 0 ? TimeText.duration(lateMs) : null },
  { name: "planned before", value: before === null ? null : EntryText.nextOf(before, at) }
])}
${entries.map((entry) => attemptOf(entry, viewer))}
<nav class="pages" aria-label="Neighbours">${before === null ? null : html`<a href="${Link.run(before)}">Entry before, #${before.seq}</a> `}${
      after === null ? null : html`<a href="${Link.run(after)}">Entry after, #${after.seq}</a>`
    }</nav>`
  }
}
