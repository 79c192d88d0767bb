/**
 * Reads a page of the list of jobs.
 *
 * @internal
 */
import { Effect } from "effect"
import { JobLog, type JobState, type JobStore } from "tickwork"
import type { Folded, Known } from "../../view/index.ts"
import type { JobsQuery } from "../Link.ts"
import type { JobRow, JobsData } from "../screens/JobsScreen.ts"
import * as Fresh from "./Fresh.ts"
import type { Reading } from "./Reading.ts"

/** Of a job with more instances than this the soonest start is not looked for. */
const mostInstances = 20

const runsShown = 30

export const takes = ({ show, text }: Pick<JobsQuery, "show" | "text">): ((counts: Folded.Folded) => boolean) => {
  const wanted = text.toLowerCase()
  const isShown = (counts: Folded.Folded): boolean => {
    switch (show) {
      case "failing":
        return counts.failed > 0
      case "overdue":
        return counts.overdue > 0
      case "paused":
        return counts.paused > 0
      case "running":
        return counts.running > 0
      case "all":
        return true
    }
  }
  return (counts) => isShown(counts) && counts.jobName.toLowerCase().includes(wanted)
}

const trouble = ({ failed, overdue }: Folded.Folded): number => failed + overdue

const soonest = (states: ReadonlyArray<JobState.JobState>): number | null => {
  const starts = states.flatMap(({ position: { nextAt, paused } }) =>
    nextAt === null || paused !== null ? [] : [nextAt]
  )
  return starts.length === 0 ? null : Math.min(...starts)
}

const rowOf = (
  reading: Reading,
  counts: Folded.Folded,
  { newRuns }: Known.Known
): Effect.Effect<JobRow, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const { jobName } = counts
    const entries = yield* reading.lastEntries(counts, runsShown)
    const few = counts.instances <= mostInstances ? yield* log.states({ jobName, limit: mostInstances }) : []
    const states = [...few, ...newRuns.filter((run) => run.jobName === jobName).slice(0, mostInstances)]
    const [only] = states
    const isPlain = only !== undefined && states.length === 1 && counts.instances + counts.requested === 1
    return { counts, state: isPlain ? only : null, nextAt: soonest(states), entries }
  })

/** Lets timers and other work of the process go first: a row is read at one go. */
const turn = Effect.async<void>((resume) => {
  const next = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(next))
})

const read = (
  reading: Reading,
  query: JobsQuery,
  pageSize: number
): Effect.Effect<JobsData, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const all = yield* reading.counts
    const known = yield* reading.known
    const found = all.filter(takes(query))
    const sorted = query.sort === "trouble" ? found.toSorted((one, other) => trouble(other) - trouble(one)) : found
    const pages = Math.max(1, Math.ceil(sorted.length / pageSize))
    const page = Math.min(query.page, pages)
    const shown = sorted.slice((page - 1) * pageSize, page * pageSize)
    const rows = yield* Effect.forEach(shown, (counts) => Effect.zipLeft(rowOf(reading, counts, known), turn))
    const total = (of: "failed" | "overdue" | "paused" | "running") => all.reduce((sum, one) => sum + one[of], 0)
    return {
      query: { ...query, page },
      rows,
      found: found.length,
      all: all.length,
      pages,
      totals: { failed: total("failed"), overdue: total("overdue"), paused: total("paused"), running: total("running") }
    }
  })

/** Tabs that show the same share what one of them has read. */
export const make = (reading: Reading, pageSize: number) => {
  const cached = Fresh.byText((text) => read(reading, JSON.parse(text), pageSize), 0)
  return {
    get: ({ page, show, sort, text }: JobsQuery) => cached.get(JSON.stringify({ page, show, sort, text })),
    clear: cached.clear
  }
}
