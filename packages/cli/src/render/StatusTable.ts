/**
 * The state of every instance as a table and as JSON. Pure.
 *
 * @internal
 */
import { type Control, JobState } from "tickwork"
import * as Cells from "./Cells.ts"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as InstanceState from "./InstanceState.ts"
import * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

export type Options = InstanceState.Options

interface Row extends InstanceState.InstanceState {
  readonly stored: JobState.JobState
}

const statusStyles: Readonly<Record<string, Table.Style>> = {
  success: "green",
  error: "red",
  timeout: "red",
  interrupted: "yellow",
  skipped: "dim",
  control: "cyan"
}

/** The colour of a log entry's status. */
export const styleOf = (status: string): Table.Style | undefined =>
  Object.hasOwn(statusStyles, status) ? statusStyles[status] : undefined

const nextOf = ({ kind, stored }: Row, now: number): string => {
  const at = JobState.dueAt(stored)
  switch (kind) {
    case "overdue":
      return at === null ? "overdue" : `overdue ${TimeText.elapsed(at, now)}`
    case "unregistered":
      return "none"
    case "running":
    case "paused":
    case "finished":
      return kind
    default:
      return at === null ? "none" : at <= now ? "due" : TimeText.until(at, now)
  }
}

const columns = (now: number): ReadonlyArray<Table.Column<Row>> => [
  { title: "job", least: 12, cell: ({ stored, style }) => ({ text: stored.jobName, style }) },
  { title: "key", least: 8, hideEmpty: true, cell: ({ stored }) => stored.key },
  {
    title: "last run",
    align: "right",
    cell: ({ stored }) => (stored.lastRunAt === null ? "never" : TimeText.since(stored.lastRunAt, now))
  },
  {
    title: "status",
    cell: ({ stored }) => ({ text: stored.lastStatus ?? "–", style: styleOf(stored.lastStatus ?? "") })
  },
  {
    title: "took",
    align: "right",
    cell: ({ stored }) => (stored.lastDurationMs === null ? "–" : TimeText.duration(stored.lastDurationMs))
  },
  { title: "attempts", align: "right", cell: ({ stored }) => `${stored.totalRuns}` },
  {
    title: "failed",
    align: "right",
    cell: ({ stored }) => ({ text: `${stored.totalErrors}`, style: stored.totalErrors > 0 ? "red" : undefined })
  },
  {
    title: "next run",
    align: "right",
    cell: (row) => ({ text: nextOf(row, now), style: row.kind === "overdue" ? "red" : undefined })
  }
]

export const render = (
  states: ReadonlyArray<JobState.JobState>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> => {
  const rows = states.map((stored) => ({ stored, ...InstanceState.of(stored, options) }))
  const overdue = rows.filter(({ kind }) => kind === "overdue").length
  const isIdle = rows.every(({ kind }) => kind !== "running")
  const warning = `${overdue} overdue and none running: check that the application runs.`
  return [
    ...Table.render(columns(options.now), rows, page, {
      note: { title: "detail", cell: ({ detail, style }) => ({ text: detail, style }) }
    }),
    ...(overdue > 0 && isIdle ? [Table.paint("yellow", Cells.cut(warning, page.width), page)] : [])
  ]
}

/** A request that is not carried out yet. */
const requestToJson = ({ at, by, dueAt, id, verb, why }: Control.StoredRequest) => ({ id, verb, at, by, why, dueAt })

export const toJson = (stored: JobState.JobState, options: InstanceState.Options) => {
  const { detail, kind } = InstanceState.of(stored, options)
  const {
    claim: {
      claimedAt,
      progress,
      trigger: claimedAs,
      scheduledAt: claimedFor,
      owner: claimOwner,
      renewals: claimRenewals
    },
    position: { manual }
  } = stored
  return {
    job: stored.jobName,
    key: stored.key,
    state: kind,
    detail: detail === "" ? null : detail,
    lastRunAt: stored.lastRunAt,
    lastStatus: stored.lastStatus,
    lastDurationMs: stored.lastDurationMs,
    lastError: stored.lastError,
    lastReason: stored.lastReason,
    lastSuccessAt: stored.lastSuccessAt,
    totalRuns: stored.totalRuns,
    totalErrors: stored.totalErrors,
    failures: stored.failures,
    nextAt: stored.position.nextAt,
    scheduledAt: stored.position.scheduledAt,
    attempt: stored.position.attempt,
    dueAt: JobState.dueAt(stored),
    paused: stored.position.paused,
    requested:
      manual === null
        ? null
        : { at: manual.at, by: manual.by, why: manual.why, nextAt: manual.nextAt, attempt: manual.attempt },
    running:
      claimOwner === null
        ? null
        : {
            owner: claimOwner,
            process: ClaimOwner.parse(claimOwner),
            isGone: options.isGone(claimOwner),
            since: claimedAt,
            progress,
            scheduledAt: claimedFor,
            trigger: claimedAs,
            renewals: claimRenewals
          },
    requests: (options.requestsOf?.(stored) ?? []).map(requestToJson),
    inNoRegistrySince: options.inNoRegistrySince?.(stored) ?? null,
    cadence: stored.position.cadence.definition,
    seq: stored.seq,
    createdAt: stored.createdAt,
    updatedAt: stored.updatedAt
  }
}
