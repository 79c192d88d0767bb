/**
 * Whether the jobs are served: what is overdue, which processes live, how much is stored, what the doctor finds. Pure.
 *
 * @internal
 */
import type { JobLog, JobState, JobStore } from "tickwork"
import { ClaimOwner, Counted, Figures, InstanceState, TimeText } from "../../view/index.ts"
import { type Html, html } from "../Html.ts"
import * as Link from "../Link.ts"
import * as Controls from "./Controls.ts"
import type { Content, Viewer } from "./Frame.ts"
import * as Parts from "./Parts.ts"

/**
 * A finding of the doctor, as the page shows it.
 *
 * @since 0.1.0
 */
export interface Finding {
  readonly severity: "error" | "warning"
  readonly code: string
  readonly text: string
  readonly cure: string
}

export interface HealthData {
  /** The instance that has been overdue longest, among those that were read. */
  readonly oldest: JobState.JobState | null
  readonly overdue: number
  readonly running: number
  readonly failed: number
  readonly processes: ReadonlyArray<JobStore.Process & { readonly isAlive: boolean }>
  readonly size: JobLog.Size
  /** When the newest log entry began, in ms since the epoch. */
  readonly lastEntryAt: number | null
  /** The version of the time zone data by which this process plans. */
  readonly zoneData: string
  /** The doctor's findings; `null` where it has not been called. */
  readonly findings: ReadonlyArray<Finding> | null
  readonly hasDoctor: boolean
  /** What came of a pruning a moment ago. */
  readonly pruned: string | null
}

const verdictOf = ({ overdue, processes, running }: HealthData): Html => {
  const alive = processes.filter(({ isAlive }) => isAlive).length
  if (alive === 0) return Parts.word("No process that runs jobs is alive: start the application", "red")
  if (overdue > 0 && running === 0)
    return Parts.word("Overdue, and none running: check that the application runs", "red")
  return overdue > 0 ? Parts.word("Something is overdue", "yellow") : Parts.word("All is served", "green")
}

const processRow = (one: HealthData["processes"][number], viewer: Viewer): Html =>
  html`<tr id="${Link.idOf("p", one.id)}"><th scope="row" class="name">${ClaimOwner.toText(one.owner)}</th>
<td>${one.isAlive ? Parts.word("alive", "green") : Parts.word("gone", "dim")}</td>
<td>${Parts.ago(one.at, viewer)}</td><td class="number">${one.definitions.length}</td></tr>`

const sizeRow = ({ entries, instances, jobName, oldestAt }: JobLog.Size["jobs"][number], viewer: Viewer): Html =>
  html`<tr id="${Link.idOf("s", jobName)}"><th scope="row" class="name"><a href="${Link.job(jobName)}">${jobName}</a></th>
<td class="number">${Counted.number(instances)}</td><td class="number">${Counted.number(entries)}</td>
<td>${oldestAt === null ? "–" : Parts.ago(oldestAt, viewer)}</td></tr>`

const mostJobs = 50

const doctorOf = ({ findings, hasDoctor }: HealthData): Html | null => {
  if (findings === null)
    return hasDoctor
      ? html`<p><a href="${Link.health({ doctor: "1" })}">Call the doctor</a>: checks the tables and every row.</p>`
      : null
  if (findings.length === 0) return html`<p id="findings">${Parts.word("The doctor finds nothing", "green")}</p>`
  return html`<ul id="findings" class="findings">${findings.map(
    ({ code, cure, severity, text }) =>
      html`<li>${Parts.word(severity, severity === "error" ? "red" : "yellow")} <code>${code}</code>: ${text}. Do: ${cure}.</li>`
  )}</ul>`
}

const pruneForm = (viewer: Viewer): Html | null =>
  viewer.formToken === null
    ? null
    : html`<details id="prune"><summary>Delete old log entries</summary><form class="steer" method="post" action="prune">${Controls.token(viewer)}
<label for="days">Older than, in days</label><input id="days" name="days" type="number" min="0" max="36500" value="30" required>
<label for="keep">Keep of each instance at most (empty: all that are young enough)</label><input id="keep" name="keep" type="number" min="1" max="100000000">
<span class="buttons"><button class="danger">Delete</button></span></form></details>`

export const render = (data: HealthData, viewer: Viewer): Content => {
  const { failed, lastEntryAt, oldest, overdue, processes, pruned, running, size, zoneData } = data
  const { now, zone } = viewer
  const nextAt = oldest?.position.nextAt ?? null
  return {
    title: "Health",
    screen: "health",
    isLive: data.findings === null,
    main: html`<h1>Health</h1>
<p id="verdict" class="summary">${verdictOf(data)}</p>
${pruned === null ? null : html`<p id="pruned" class="notice" role="status">${pruned}</p>`}
${Parts.fields([
  {
    name: "oldest overdue",
    value:
      oldest === null
        ? null
        : html`<a href="${Link.instance(oldest)}">${InstanceState.nameOf(oldest)}</a>${nextAt === null ? null : `, due ${TimeText.moment(nextAt, now, zone)}`}`,
    style: "red"
  },
  { name: "overdue", value: Counted.of(overdue, "instance") },
  { name: "running", value: Counted.of(running, "instance") },
  { name: "failed", value: Counted.of(failed, "instance"), style: failed > 0 ? "red" : "" },
  { name: "newest log entry", value: lastEntryAt === null ? "none" : Parts.moment(lastEntryAt, viewer) },
  { name: "time zone data", value: `${zoneData}, of the process of this page` }
])}
${
  processes.length === 0
    ? html`<p>No process has opened its jobs on this database.</p>`
    : Parts.table(
        "processes",
        "Processes that run jobs",
        [{ title: "process" }, { title: "state" }, { title: "last beat" }, { title: "jobs", className: "number" }],
        processes.map((one) => processRow(one, viewer))
      )
}
${Parts.table(
  "stored",
  Figures.sizeLine(size, now),
  [
    { title: "job" },
    { title: "instances", className: "number" },
    { title: "log entries", className: "number" },
    { title: "oldest" }
  ],
  size.jobs.slice(0, mostJobs).map((one) => sizeRow(one, viewer))
)}${size.jobs.length > mostJobs ? html`<p>and ${Counted.of(size.jobs.length - mostJobs, "more job")}</p>` : null}
${pruneForm(viewer)}
<section aria-label="Doctor">${doctorOf(data)}</section>`
  }
}
