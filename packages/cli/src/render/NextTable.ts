/**
 * The next starts, soonest first, as a table and as JSON. Pure.
 *
 * @internal
 */
import { InstanceState, TimeText } from "@tickwork/web/view"
import { JobState } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Columns from "./Columns.ts"
import type { Options } from "./StatusTable.ts"
import * as Table from "./Table.ts"

/** When the instance starts, pauses ignored and requests heeded; `null` where nothing is planned. */
const startOf = (state: JobState.JobState, { requestsOf }: InstanceState.Options): number | null => {
  const planned = JobState.dueAt(state) ?? state.position.nextAt
  const atOnce = (requestsOf?.(state) ?? []).find(({ verb }) => verb === "trigger" || verb === "retry")
  return atOnce === undefined ? planned : Math.min(atOnce.at, planned ?? atOnce.at)
}

const bySoonest =
  (options: InstanceState.Options) =>
  (one: JobState.JobState, other: JobState.JobState): number =>
    (startOf(one, options) ?? 0) - (startOf(other, options) ?? 0) ||
    (one.jobName < other.jobName ? -1 : one.jobName > other.jobName ? 1 : one.key < other.key ? -1 : 1)

/** Collects the `limit` soonest of any number of instances, keeping at most twice as many in memory. */
export const soonest = (limit: number, options: InstanceState.Options) => {
  let kept: Array<JobState.JobState> = []
  return {
    add: (states: Iterable<JobState.JobState>) => {
      for (const state of states) if (startOf(state, options) !== null) kept.push(state)
      if (kept.length > 2 * limit) kept = kept.sort(bySoonest(options)).slice(0, limit)
    },
    get: () => kept.sort(bySoonest(options)).slice(0, limit)
  }
}

const columns = (options: Options): ReadonlyArray<Table.Column<JobState.JobState>> => [
  { title: "at", cell: (state) => TimeText.stamp(startOf(state, options) ?? 0, options.now, options.zone) },
  {
    title: "in",
    align: "right",
    cell: (state) => {
      const { now } = options
      const at = startOf(state, options) ?? 0
      const { kind } = InstanceState.of(state, options)
      if (kind === "unregistered") return { text: "never", style: "yellow" }
      if (at > now) return TimeText.until(at, now).replace(/^in /, "")
      return kind === "overdue" ? { text: `overdue ${TimeText.elapsed(at, now)}`, style: "red" } : "due"
    }
  },
  ...Columns.instance,
  { title: "cadence", optional: 1, least: 12, cell: (state) => Cells.cut(InstanceState.cadenceOf(state), 40) },
  { ...Columns.attempt, cell: ({ position }) => Columns.attempt.cell(position) }
]

const plain: ReadonlySet<InstanceState.Kind> = new Set(["waiting", "failed", "overdue"])

export const render = (
  states: ReadonlyArray<JobState.JobState>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> =>
  Table.render(columns(options), states, page, {
    note: {
      title: "detail",
      cell: (state) => {
        const { detail, kind, style } = InstanceState.of(state, options)
        const isRequested = (options.requestsOf?.(state) ?? []).length > 0
        return plain.has(kind) && !isRequested ? "" : { text: detail, style }
      }
    }
  })

export const toJson = (state: JobState.JobState, options: InstanceState.Options) => ({
  job: state.jobName,
  key: state.key,
  at: startOf(state, options),
  scheduledAt: state.position.scheduledAt,
  attempt: state.position.attempt,
  state: InstanceState.of(state, options).kind,
  paused: state.position.paused,
  cadence: state.position.cadence.definition
})
