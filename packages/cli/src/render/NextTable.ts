/**
 * The next starts, in order, as a table and as JSON. Pure.
 *
 * @internal
 */
import { type JobState, JobState as States } from "tickwork"
import * as Cells from "./Cells.ts"
import * as InstanceState from "./InstanceState.ts"
import type { Options } from "./StatusTable.ts"
import * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

/** When it would start, also where it is paused; `null` where nothing is to come. */
export const startOf = (state: JobState.JobState): number | null => States.dueAt(state) ?? state.nextAt

/** What is due first stands first; what is paused keeps its place. */
export const inOrder = (one: JobState.JobState, other: JobState.JobState): number =>
  (startOf(one) ?? 0) - (startOf(other) ?? 0) ||
  (one.jobName < other.jobName ? -1 : one.jobName > other.jobName ? 1 : one.key < other.key ? -1 : 1)

/** The first so many in order, of any number of them. */
export const first = (limit: number) => {
  let kept: Array<JobState.JobState> = []
  return {
    add: (states: Iterable<JobState.JobState>) => {
      for (const state of states) if (startOf(state) !== null) kept.push(state)
      if (kept.length > 2 * limit) kept = kept.sort(inOrder).slice(0, limit)
    },
    get: () => kept.sort(inOrder).slice(0, limit)
  }
}

const columns = (options: Options): ReadonlyArray<Table.Column<JobState.JobState>> => [
  { title: "at", cell: (state) => TimeText.stamp(startOf(state) ?? 0, options.now, options.zone) },
  {
    title: "in",
    align: "right",
    cell: (state) => {
      const { now } = options
      const at = startOf(state) ?? 0
      if (at > now) return TimeText.until(at, now).replace(/^in /, "")
      const { kind } = InstanceState.of(state, options)
      return kind === "overdue" ? { text: `overdue ${TimeText.lasting(at, now)}`, style: "red" } : "due"
    }
  },
  { title: "job", least: 12, cell: ({ jobName }) => jobName },
  { title: "key", least: 8, hideEmpty: true, cell: ({ key }) => key },
  { title: "cadence", optional: 1, least: 12, cell: (state) => Cells.cut(InstanceState.cadenceOf(state), 40) },
  { title: "try", align: "right", hideEmpty: true, cell: ({ attempt }) => (attempt === 1 ? "" : `${attempt}`) }
]

export const render = (
  states: ReadonlyArray<JobState.JobState>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> =>
  Table.render(columns(options), states, page, {
    note: {
      title: "but",
      cell: (state) => {
        const { kind, matter, style } = InstanceState.of(state, options)
        return kind === "waiting" || kind === "failed" || kind === "overdue" ? "" : { text: matter, style }
      }
    }
  })

export const toJson = (state: JobState.JobState, options: InstanceState.Options) => ({
  job: state.jobName,
  key: state.key,
  at: startOf(state),
  scheduledAt: state.scheduledAt,
  attempt: state.attempt,
  condition: InstanceState.of(state, options).kind,
  paused: state.paused,
  cadence: state.cadence.definition
})
