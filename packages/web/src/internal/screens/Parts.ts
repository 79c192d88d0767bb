/**
 * What several screens show: states, instants, runs, spark lines, pages. Pure.
 *
 * @internal
 */
import { Array as Arr } from "effect"
import { LogEntry } from "tickwork"
import { Counted, EntryText, InstanceState, TimeText } from "../../view/index.ts"
import { type Html, html, type Value } from "../Html.ts"
import * as Link from "../Link.ts"
import type { Viewer } from "./Frame.ts"

/** A shape for each colour, since colour alone must not carry a state. */
const shapes: Readonly<Record<InstanceState.Style | "plain" | "green", string>> = {
  red: "✖",
  yellow: "▲",
  cyan: "▶",
  green: "●",
  dim: "○",
  plain: "●"
}

/** A word with a shape and a colour. */
export const word = (text: string, style: keyof typeof shapes = "plain"): Html =>
  html`<span class="word ${style}"><span aria-hidden="true">${shapes[style]}</span> ${text}</span>`

export const status = (of: LogEntry.Status): Html => word(of, EntryText.styleOf(of))

/** An instant as text, with its ISO form for programs and for the pointer. */
export const time = (at: number, text: string): Html => {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return html`${text}`
  return html`<time datetime="${date.toISOString()}" title="${date.toISOString()}">${text}</time>`
}

export const ago = (at: number, { now }: Pick<Viewer, "now">): Html => time(at, TimeText.since(at, now))

export const moment = (at: number, { now, zone }: Pick<Viewer, "now" | "zone">): Html =>
  time(at, TimeText.moment(at, now, zone))

const plural = (count: number, text: string): string => `${Counted.number(count)} ${text}`

const sparkHeight = 18
const barWidth = 4

/** The last runs as bars, the oldest first: as high as they took long, coloured as they ended. */
export const spark = (newestFirst: ReadonlyArray<LogEntry.Entry>): Html => {
  const runs = newestFirst.filter(LogEntry.ran).toReversed()
  if (runs.length === 0) return html`<span class="none">–</span>`
  const longest = Math.max(1, ...runs.map(({ durationMs }) => durationMs))
  const failed = runs.filter(LogEntry.failed).length
  const label = `the last ${Counted.of(runs.length, "run")}: ${failed === 0 ? "all succeeded" : plural(failed, "failed")}`
  const bars = runs.map((run, index) => {
    const height = LogEntry.failed(run)
      ? sparkHeight
      : Math.max(3, Math.round((run.durationMs / longest) * sparkHeight))
    const path = `M${index * barWidth} ${sparkHeight}v-${height}h${barWidth - 1}v${height}z`
    return { style: EntryText.styleOf(run.status), path }
  })
  const paths = Object.entries(Arr.groupBy(bars, ({ style }) => style)).map(
    ([style, some]) => html`<path class="${style}" d="${some.map(({ path }) => path).join("")}"/>`
  )
  const width = runs.length * barWidth
  return html`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 ${width} ${sparkHeight}" width="${width}" height="${sparkHeight}">${paths}</svg>`
}

/** A table that a narrow page lets move sideways. */
export const table = (
  id: string,
  caption: Value,
  columns: ReadonlyArray<{ readonly title: string; readonly className?: string }>,
  rows: ReadonlyArray<Html>
): Html =>
  html`<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-caption"><table id="${id}">
<caption id="${id}-caption">${caption}</caption>
<thead><tr>${columns.map(({ className = "", title }) => html`<th scope="col" class="${className}">${title}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`

const entryRow = (entry: LogEntry.Entry, viewer: Viewer, showsInstance: boolean): Html => {
  const { now, zone } = viewer
  const ran = LogEntry.ran(entry)
  const lateMs = Math.max(0, entry.startedAt - entry.scheduledAt)
  const isTimed = entry.verdict !== null && ran
  const detail = EntryText.detailOf(entry)
  return html`<tr id="${Link.idOf("e", entry.jobName, entry.key, entry.seq)}">
<td><a href="${Link.run(entry)}">${time(entry.startedAt, TimeText.stamp(entry.startedAt, now, zone))}</a></td>
${showsInstance ? html`<td class="name"><a href="${Link.instance(entry)}">${InstanceState.nameOf(entry)}</a></td>` : null}
<td class="number wide">${entry.seq}</td>
<td>${status(entry.status)}${entry.count > 1 ? ` × ${entry.count}` : null}</td>
<td class="number">${ran ? TimeText.duration(entry.durationMs) : "–"}</td>
<td class="number wide">${entry.verdict === "backfilled" ? entry.verdict : isTimed ? TimeText.duration(lateMs) : "–"}</td>
<td class="wide">${entry.status === "control" ? "–" : entry.trigger}${entry.attempt > 1 ? `, attempt ${entry.attempt}` : null}</td>
<td class="detail${entry.error === null ? "" : " red"}">${detail}</td></tr>`
}

/** Log entries, newest first. */
export const history = (
  entries: ReadonlyArray<LogEntry.Entry>,
  viewer: Viewer,
  { caption, showsInstance }: { readonly caption: Value; readonly showsInstance: boolean }
): Html =>
  entries.length === 0
    ? html`<p>No log entry matches.</p>`
    : table(
        "history",
        caption,
        [
          { title: "began" },
          ...(showsInstance ? [{ title: "job" }] : []),
          { title: "#", className: "number wide" },
          { title: "status" },
          { title: "took", className: "number" },
          { title: "late", className: "number wide" },
          { title: "trigger", className: "wide" },
          { title: "detail" }
        ],
        entries.map((entry) => entryRow(entry, viewer, showsInstance))
      )

/** Names and values below one another. */
export const fields = (
  all: ReadonlyArray<{ readonly name: string; readonly value: Value; readonly style?: string | undefined }>
): Html =>
  html`<dl class="fields">${all
    .filter(({ value }) => value !== null && value !== "")
    .map(({ name, style = "", value }) => html`<div><dt>${name}</dt><dd class="${style}">${value}</dd></div>`)}</dl>`
