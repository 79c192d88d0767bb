/**
 * Reads a page of the list of jobs.
 *
 * @internal
 */
import { Effect } from "effect"
import { JobLog, type JobState, JobStore, type LogEntry } from "tickwork"
import type { Folded } from "../../view/index.ts"
import type { JobsQuery } from "../Link.ts"
import type { JobRow, JobsData } from "../screens/JobsScreen.ts"
import * as Fresh from "./Fresh.ts"
import { byName, fewInstances, type Reading } from "./Reading.ts"

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
  counts: Folded.Folded,
  entries: ReadonlyArray<LogEntry.Entry>,
  stored: ReadonlyArray<JobState.JobState>,
  newRuns: ReadonlyArray<JobState.JobState>
): JobRow => {
  const states = [...stored, ...newRuns.slice(0, fewInstances)]
  const [only] = states
  const isPlain = only !== undefined && states.length === 1 && counts.instances + counts.requested === 1
  return { counts, state: isPlain ? only : null, nextAt: soonest(states), entries }
}

/** The instances of the jobs with few: those of plain jobs, whose key is known, are read at one go. */
const statesOf = (jobs: ReadonlyArray<Folded.Folded>) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const log = yield* JobLog.JobLog
    const single = jobs.filter(({ instances }) => instances === 1)
    const plain = yield* store.get(single.map(({ jobName }) => ({ jobName, key: "" })))
    const found = new Set(plain.map(({ jobName }) => jobName))
    const keyed = jobs.filter(({ instances, jobName }) => instances <= fewInstances && !found.has(jobName))
    const others = yield* Effect.forEach(keyed, ({ jobName }) => log.states({ jobName, limit: fewInstances }))
    return [...plain, ...others.flat()]
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
    const states = byName(yield* statesOf(shown))
    const newRuns = byName(known.newRuns)
    const entries = yield* reading.lastEntries(shown, runsShown)
    const rows = shown.map((counts) => {
      const { jobName } = counts
      return rowOf(counts, entries(jobName), states(jobName), newRuns(jobName))
    })
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
