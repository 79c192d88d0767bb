/**
 * How every instance stands, as a table and as JSON. Pure.
 *
 * @internal
 */
import type { DateTime } from "effect"
import { type JobState, JobState as States } from "tickwork"
import * as Cells from "./Cells.ts"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as InstanceState from "./InstanceState.ts"
import * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

export interface Options extends InstanceState.Options {
  readonly zone: DateTime.TimeZone
}

interface Row {
  readonly state: JobState.JobState
  readonly condition: InstanceState.Condition
}

const statusStyles: Readonly<Record<string, Table.Style>> = {
  success: "green",
  error: "red",
  timeout: "red",
  interrupted: "yellow",
  skipped: "dim",
  control: "cyan"
}

/** How an end is coloured. */
export const styleOf = (status: string): Table.Style | undefined => statusStyles[status]

/** When it starts, in a cell; how long it has been due where nobody starts it. */
const next = ({ condition, state }: Row, now: number): string => {
  const at = States.dueAt(state)
  switch (condition.kind) {
    case "overdue":
      return at === null ? "overdue" : `overdue ${TimeText.lasting(at, now)}`
    case "running":
      return "running"
    case "paused":
      return "paused"
    case "finished":
      return "finished"
    default:
      return at === null ? "none" : at <= now ? "due" : TimeText.until(at, now)
  }
}

const columns = (now: number): ReadonlyArray<Table.Column<Row>> => [
  { title: "job", least: 12, cell: ({ condition, state }) => ({ text: state.jobName, style: condition.style }) },
  { title: "key", least: 8, hideEmpty: true, cell: ({ state }) => state.key },
  {
    title: "last run",
    align: "right",
    cell: ({ state }) => (state.lastRunAt === null ? "never" : TimeText.since(state.lastRunAt, now))
  },
  {
    title: "status",
    cell: ({ state }) => ({ text: state.lastStatus ?? "–", style: styleOf(state.lastStatus ?? "") })
  },
  {
    title: "took",
    align: "right",
    cell: ({ state }) => (state.lastDurationMs === null ? "–" : TimeText.duration(state.lastDurationMs))
  },
  { title: "runs", align: "right", cell: ({ state }) => `${state.totalRuns}` },
  {
    title: "errors",
    align: "right",
    cell: ({ state }) => ({ text: `${state.totalErrors}`, style: state.totalErrors > 0 ? "red" : undefined })
  },
  {
    title: "next run",
    align: "right",
    cell: (row) => ({ text: next(row, now), style: row.condition.kind === "overdue" ? "red" : undefined })
  }
]

const unattended = (late: number): string =>
  `${late === 1 ? "One is" : `${late} are`} overdue, and nothing runs: is the application running?`

export const render = (
  states: ReadonlyArray<JobState.JobState>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> => {
  const rows = states.map((state) => ({ state, condition: InstanceState.of(state, options) }))
  const late = rows.filter(({ condition }) => condition.kind === "overdue").length
  const isIdle = rows.every(({ condition }) => condition.kind !== "running")
  return [
    ...Table.render(columns(options.now), rows, page, {
      note: { title: "what is the matter", cell: ({ condition: { matter, style } }) => ({ text: matter, style }) }
    }),
    ...(late > 0 && isIdle ? [Table.paint("yellow", Cells.cut(unattended(late), page.width), page)] : [])
  ]
}

/** An instance for programs. */
export const toJson = (state: JobState.JobState, options: InstanceState.Options) => {
  const { kind, matter } = InstanceState.of(state, options)
  const { claimedAs, claimedAt, claimedFor, claimOwner, claimRenewals, manual } = state
  return {
    job: state.jobName,
    key: state.key,
    condition: kind,
    matter: matter === "" ? null : matter,
    lastRunAt: state.lastRunAt,
    lastStatus: state.lastStatus,
    lastDurationMs: state.lastDurationMs,
    lastError: state.lastError,
    lastReason: state.lastReason,
    lastSuccessAt: state.lastSuccessAt,
    totalRuns: state.totalRuns,
    totalErrors: state.totalErrors,
    failures: state.failures,
    nextAt: state.nextAt,
    scheduledAt: state.scheduledAt,
    attempt: state.attempt,
    dueAt: States.dueAt(state),
    paused: state.paused,
    askedFor:
      manual === null
        ? null
        : { at: manual.at, by: manual.by, why: manual.why, nextAt: manual.nextAt, attempt: manual.attempt },
    running:
      claimOwner === null
        ? null
        : {
            owner: claimOwner,
            process: ClaimOwner.of(claimOwner),
            isGone: options.isGone(claimOwner),
            since: claimedAt,
            scheduledAt: claimedFor,
            trigger: claimedAs,
            renewals: claimRenewals
          },
    cadence: state.cadence.definition,
    seq: state.seq,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt
  }
}
