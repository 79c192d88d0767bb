/**
 * One instance: why it runs or does not, what comes next, its figures and its history; or the keys of a job. Pure.
 *
 * @internal
 */
import { Backfill, JobState, type JobStats, type LogEntry } from "tickwork"
import {
  Counted,
  Explained,
  Figures,
  type Folded,
  InstanceState,
  type Requests,
  TimeText,
  Upcoming
} from "../../view/index.ts"
import { type Html, html, lines } from "../Html.ts"
import * as Link from "../Link.ts"
import * as Controls from "./Controls.ts"
import type { Content, Viewer } from "./Frame.ts"
import * as Parts from "./Parts.ts"

type Options = Viewer & InstanceState.Options

export interface InstanceData {
  readonly known: Explained.Known
  /** What the tick of this process adds; `null` for nothing. */
  readonly inProcess: string | null
  /** The newest log entries of the instance that the figures are made of. */
  readonly figures: JobStats.JobStats | undefined
  readonly counted: number
  /** A page of the history, newest first. */
  readonly entries: ReadonlyArray<LogEntry.Entry>
  /** Names the last entry of the page, where others follow. */
  readonly older: string | null
  readonly isNewest: boolean
  /** The job has other instances. */
  readonly hasKeys: boolean
  /** What was sent from this page a moment ago. */
  readonly sent: Requests.Verb | null
}

const upcoming = 10

const verbsOf = (state: JobState.JobState): ReadonlyArray<Requests.Verb> => [
  state.position.paused === null ? "pause" : "resume",
  "trigger",
  ...(JobState.hasFailed(state) ? (["retry"] as const) : []),
  "cancel"
]

const figuresOf = ({ counted, figures }: InstanceData): Html | null => {
  if (figures === undefined || figures.runs === 0) return null
  const { duration, errorRate, errors, lateness, runs, verdicts } = figures
  const of = (quantiles: JobStats.Quantiles | null, name: keyof JobStats.Quantiles) =>
    quantiles === null ? "–" : TimeText.duration(quantiles[name])
  return html`<section aria-labelledby="figures-title"><h2 id="figures-title">Figures of the last ${Counted.of(counted, "log entry")}</h2>${Parts.fields(
    [
      {
        name: "attempts",
        value: `${Counted.number(runs)}, ${Counted.number(errors)} failed (${Figures.percent(errorRate)})`
      },
      { name: "took p50", value: of(duration, "p50") },
      { name: "took p95", value: of(duration, "p95") },
      { name: "took at most", value: of(duration, "max") },
      { name: "late p95", value: of(lateness, "p95") },
      { name: "missed", value: verdicts.missed === 0 ? null : Counted.number(verdicts.missed), style: "red" },
      {
        name: "condition false",
        value: verdicts["condition-false"] === 0 ? null : Counted.number(verdicts["condition-false"])
      }
    ]
  )}</section>`
}

const plannedOf = (state: JobState.JobState, viewer: Options): Html | null => {
  const instants = Upcoming.of(state, upcoming)
  if (instants.length === 0) return null
  return html`<section aria-labelledby="planned-title"><h2 id="planned-title">Next planned instants</h2><ol id="planned" class="planned">${instants.map(
    (at) => html`<li>${Parts.moment(at, viewer)}</li>`
  )}</ol>${
    instants.length === 1 && upcoming > 1
      ? html`<p class="hint">What follows is known once the run has ended.</p>`
      : null
  }</section>`
}

const valueText = (value: unknown): Html => lines(JSON.stringify(value, null, 2) ?? "")

const valuesOf = ({ memory, payload }: JobState.JobState, viewer: Options): Html | null => {
  if (memory === null && payload === null) return null
  if (!viewer.showsValues)
    return html`<p class="hint">It has ${payload === null ? "memory" : memory === null ? "a payload" : "a payload and memory"}, hidden on this page.</p>`
  return html`${payload === null ? null : html`<details id="payload"><summary>Payload</summary><pre tabindex="0">${valueText(payload.value)}</pre></details>`}
${memory === null ? null : html`<details id="memory"><summary>Memory</summary><pre tabindex="0">${valueText(memory.value)}</pre></details>`}`
}

const sentOf = (verb: Requests.Verb | null): Html | null =>
  verb === null
    ? null
    : html`<p id="sent" class="notice" role="status">${Controls.labels[verb]}: the request is stored. Until a process has carried it out it is shown as pending.</p>`

const older = (
  ref: { readonly jobName: string; readonly key: string },
  { isNewest, older }: InstanceData
): Html | null =>
  isNewest && older === null
    ? null
    : html`<nav class="pages" aria-label="Pages of the history">${
        isNewest ? null : html`<a href="${Link.instance(ref, { list: "one" })}">Newest</a> `
      }${older === null ? null : html`<a href="${Link.instance(ref, { list: "one", after: older })}">Older</a>`}</nav>`

export const instance = (data: InstanceData, viewer: Options): Content => {
  const { known } = data
  const { state } = known
  const { kind, style } = InstanceState.of(state, viewer)
  const name = InstanceState.nameOf(state)
  return {
    title: `${name}: ${kind}`,
    screen: "jobs",
    isLive: data.isNewest,
    main: html`<p class="up">${
      data.hasKeys
        ? html`<a href="${Link.job(state.jobName, { list: "keys" })}">All keys of ${state.jobName}</a>`
        : html`<a href="${Link.jobs()}">All jobs</a>`
    } · <a href="${Link.timeline({ job: state.jobName })}">Timeline</a></p>
<h1>${name} ${Parts.word(kind, style)}</h1>
${sentOf(data.sent)}
<p id="explained">${Explained.sentence(known, viewer)}</p>
${data.inProcess === null ? null : html`<p id="in-process">In this process: ${data.inProcess}</p>`}
${Controls.ofInstance(state, verbsOf(state), viewer)}
${Parts.fields(Explained.fieldsOf(known, viewer).map(({ name, style, text }) => ({ name, value: text, style })))}
${valuesOf(state, viewer)}
${plannedOf(state, viewer)}
${figuresOf(data)}
${Parts.history(data.entries, viewer, { caption: "History, newest first", showsInstance: false })}
${older(state, data)}
${state.payload === null && !Backfill.isKey(state.key) ? Controls.backfill(state, viewer) : null}
${Controls.forget(state, state.seq, viewer)}`
  }
}

export interface KeysData {
  readonly jobName: string
  readonly counts: Folded.Folded | undefined
  readonly states: ReadonlyArray<JobState.JobState>
  /** The last key of the page, where others follow. */
  readonly next: string | null
  readonly isFirst: boolean
  readonly entries: ReadonlyArray<LogEntry.Entry>
}

const keyRow = (state: JobState.JobState, viewer: Options): Html => {
  const { detail, kind, style } = InstanceState.of(state, viewer)
  const next = InstanceState.nextOf(state, kind, viewer.now)
  return html`<tr id="${Link.idOf("k", state.jobName, state.key)}">
<th scope="row" class="name"><a href="${Link.instance(state, { list: "one" })}">${state.key === "" ? "(no key)" : state.key}</a></th>
<td>${Parts.word(kind, style)}</td>
<td>${state.lastRunAt === null ? "never" : Parts.ago(state.lastRunAt, viewer)}</td>
<td class="number wide">${Counted.number(state.totalRuns)}</td>
<td class="number wide${state.totalErrors > 0 ? " red" : ""}">${Counted.number(state.totalErrors)}</td>
<td class="number">${next}</td>
<td class="detail">${detail}</td></tr>`
}

export const keys = (data: KeysData, viewer: Options): Content => {
  const { counts, jobName, next, states } = data
  const count = counts === undefined ? states.length : counts.instances + counts.requested
  return {
    title: jobName,
    screen: "jobs",
    main: html`<p class="up"><a href="${Link.jobs()}">All jobs</a> · <a href="${Link.timeline({ job: jobName })}">Timeline</a></p>
<h1>${jobName}</h1>
<p id="summary" class="summary">${Counted.of(count, "instance")}</p>
${Parts.table(
  "keys",
  "Instances, by key",
  [
    { title: "key" },
    { title: "state" },
    { title: "last run" },
    { title: "attempts", className: "number wide" },
    { title: "failed", className: "number wide" },
    { title: "next run", className: "number" },
    { title: "detail" }
  ],
  states.map((state) => keyRow(state, viewer))
)}
${
  data.isFirst && next === null
    ? null
    : html`<nav class="pages" aria-label="Pages of keys">${data.isFirst ? null : html`<a href="${Link.job(jobName, { list: "keys" })}">First</a> `}${
        next === null ? null : html`<a href="${Link.job(jobName, { list: "keys", from: next })}">Next</a>`
      }</nav>`
}
${Controls.bulk(`Steer all ${Counted.of(count, "instance")}`, [["job", jobName]], viewer)}
${Parts.history(data.entries, viewer, { caption: "The last entries of all keys", showsInstance: true })}`
  }
}
