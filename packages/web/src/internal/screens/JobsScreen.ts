/**
 * The list of jobs: a row for each, with its last runs, its next one and what keeps it from running. Pure.
 *
 * @internal
 */
import { type JobState, LogEntry } from "tickwork"
import { Counted, Folded, InstanceState, TimeText } from "../../view/index.ts"
import { flag, type Html, html } from "../Html.ts"
import * as Link from "../Link.ts"
import * as Controls from "./Controls.ts"
import type { Content, Viewer } from "./Frame.ts"
import * as Parts from "./Parts.ts"

export interface JobRow {
  readonly counts: Folded.Folded
  /** The only instance of the job, where it has one alone. */
  readonly state: JobState.JobState | null
  /** When the soonest of its instances is due, in ms since the epoch; `null` where that is not known. */
  readonly nextAt: number | null
  /** Its last log entries, newest first. */
  readonly entries: ReadonlyArray<LogEntry.Entry>
}

export interface JobsData {
  readonly query: Link.JobsQuery
  readonly rows: ReadonlyArray<JobRow>
  /** How many jobs the filter takes, and how many there are. */
  readonly found: number
  readonly all: number
  readonly pages: number
  readonly totals: {
    readonly failed: number
    readonly overdue: number
    readonly paused: number
    readonly running: number
  }
}

type Options = Viewer & InstanceState.Options

const instancesOf = ({ counts }: JobRow): string =>
  Counted.of(counts.instances + counts.requested, counts.enqueued + counts.requested > 0 ? "run" : "key")

const stateOf = (row: JobRow, viewer: Options): Html => {
  const { counts, state } = row
  if (state !== null) {
    const { kind, style } = InstanceState.of(state, viewer)
    return Parts.word(kind, style)
  }
  const parts = Folded.partsOf(counts).filter(([, word]) => word !== "done today")
  const style = Folded.hasTrouble(counts) ? "red" : counts.running > 0 ? "cyan" : counts.paused > 0 ? "yellow" : "plain"
  return Parts.word(
    parts.length === 0 ? "finished" : parts.map(([count, word]) => `${Counted.number(count)} ${word}`).join(", "),
    style
  )
}

const detailOf = ({ counts, state }: JobRow, viewer: Options): string => {
  if (state !== null) return InstanceState.of(state, viewer).detail
  return counts.isRegistered ? "" : "in no running registry"
}

const nextOf = ({ nextAt, state }: JobRow, viewer: Options): Html | string => {
  const at = state?.position.nextAt ?? nextAt
  const text =
    state === null
      ? nextAt === null
        ? "–"
        : nextAt <= viewer.now
          ? "due"
          : TimeText.until(nextAt, viewer.now)
      : InstanceState.nextOf(state, InstanceState.of(state, viewer).kind, viewer.now)
  return at === null || at === undefined ? text : Parts.time(at, text)
}

const steerable = ["pause", "resume", "trigger"] as const

const rowOf = (row: JobRow, viewer: Options): Html => {
  const { counts, entries, state } = row
  const last = entries.find(LogEntry.ran)
  const name = counts.jobName
  const detail = detailOf(row, viewer)
  return html`<tr id="${Link.idOf("j", name)}">
<th scope="row" class="name"><a href="${Link.job(name)}">${name}</a>${state === null ? html` <span class="keys">${instancesOf(row)}</span>` : null}</th>
<td>${stateOf(row, viewer)}</td>
<td>${last === undefined ? (state === null ? "–" : "never") : html`${Parts.status(last.status)} <span class="ago">${Parts.ago(last.startedAt, viewer)}</span>`}</td>
<td class="wide">${Parts.spark(entries)}</td>
<td class="number">${nextOf(row, viewer)}</td>
<td class="detail">${detail}${
    viewer.formToken === null || state === null
      ? null
      : html`<details id="${Link.idOf("steer", name)}"><summary aria-label="${`Steer ${name}`}">Steer</summary>${Controls.ofInstance(state, steerable, viewer)}</details>`
  }</td></tr>`
}

const shows = [
  ["all", "all"],
  ["failing", "failing"],
  ["overdue", "overdue"],
  ["paused", "paused"],
  ["running", "running"]
] as const

const sorts = [
  ["name", "by name"],
  ["trouble", "trouble first"]
] as const

const option = (value: string, text: string, current: string): Html =>
  html`<option value="${value}"${flag("selected", value === current)}>${text}</option>`

const filterOf = ({ show, sort, text }: Link.JobsQuery): Html =>
  html`<form class="filter" method="get" action="./" role="search">
<label for="text">Name</label><input id="text" name="text" type="search" value="${text}" autocomplete="off">
<label for="show">Show</label><select id="show" name="show">${shows.map(([value, label]) => option(value, label, show))}</select>
<label for="sort">Order</label><select id="sort" name="sort">${sorts.map(([value, label]) => option(value, label, sort))}</select>
<button>Filter</button></form>`

const pagesOf = ({ found, pages, query }: JobsData): Html | null => {
  if (pages <= 1) return null
  const to = (page: number, text: string) => html`<a href="${Link.jobs({ ...query, page })}">${text}</a> `
  return html`<nav class="pages" aria-label="Pages">${query.page > 1 ? to(query.page - 1, "Previous") : null}
<span>Page ${query.page} of ${pages}, ${Counted.of(found, "job")}</span> ${query.page < pages ? to(query.page + 1, "Next") : null}</nav>`
}

const summaryOf = ({ all, found, totals }: JobsData): Html => {
  const parts = (
    [
      [totals.failed, "failing", "red"],
      [totals.overdue, "overdue", "red"],
      [totals.paused, "paused", "yellow"],
      [totals.running, "running", "cyan"]
    ] as const
  ).filter(([count]) => count > 0)
  return html`<p id="summary" class="summary">${Counted.of(all, "job")}${found === all ? null : `, ${Counted.number(found)} shown`}. ${
    parts.length === 0
      ? Parts.word("Nothing fails, nothing is overdue", "green")
      : parts.map(([count, text, style]) => html`${Parts.word(`${Counted.number(count)} ${text}`, style)} `)
  }</p>`
}

export const render = (data: JobsData, viewer: Options): Content => {
  const { query, rows, totals } = data
  const trouble = totals.failed + totals.overdue
  const title = `${trouble === 0 ? "" : `(${trouble}) `}Jobs`
  const filter = [
    ["text", query.text],
    ["show", query.show]
  ] as const
  return {
    title,
    screen: "jobs",
    main: html`<h1>Jobs</h1>
${summaryOf(data)}
${filterOf(query)}
${
  rows.length === 0
    ? html`<p>${data.all === 0 ? "This database has no job yet." : "No job matches."}</p>`
    : Parts.table(
        "jobs",
        "Jobs, their last runs and what comes next",
        [
          { title: "job" },
          { title: "state" },
          { title: "last run" },
          { title: "last 30", className: "wide" },
          { title: "next run", className: "number" },
          { title: "detail" }
        ],
        rows.map((row) => rowOf(row, viewer))
      )
}
${pagesOf(data)}
${rows.length === 0 ? null : Controls.bulk(`Steer all ${Counted.of(data.found, "job")} that the filter takes`, filter, viewer)}`
  }
}
