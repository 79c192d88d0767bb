/**
 * Reads the log of a time range and draws it.
 *
 * @internal
 */
import { Timeline } from "@tickwork/simulation"
import { Clock, DateTime, Effect } from "effect"
import { JobLog, type JobStore } from "tickwork"
import { LogAges } from "../../view/index.ts"
import * as TimelineScreen from "../screens/TimelineScreen.ts"
import * as Fresh from "./Fresh.ts"
import type { Reading } from "./Reading.ts"

/** The most entries of a picture: of a longer log only the newest are drawn. */
const mostEntries = 1500

/** The most lanes, so that a picture stays small. */
const mostJobs = 100

export interface Drawn extends TimelineScreen.TimelineData {
  readonly timeline: Timeline.Timeline
}

export interface TimelineQuery {
  readonly range: TimelineScreen.Range
  readonly job: string
}

const textWidth = 100

/** Pictures are drawn at most this often, in ms. */
const leastMs = 1000

export const make = (
  reading: Reading
): ((query: TimelineQuery) => Effect.Effect<Drawn, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog>) => {
  const read = ({ job, range }: TimelineQuery) =>
    Effect.gen(function* () {
      const log = yield* JobLog.JobLog
      const to = yield* Clock.currentTimeMillis
      const ofJob = job === "" ? {} : { jobName: job }
      const wanted = to - TimelineScreen.ranges[range]
      const found = yield* log.history({ ...ofJob, from: wanted, to, limit: mostEntries + 1 })
      const oldest = found.at(-1)
      const isCut = found.length > mostEntries && oldest !== undefined
      const from = isCut ? Math.min(oldest.startedAt, to - 1) : wanted
      const names = new Set<string>()
      const drawn = found.filter(({ jobName }) => (names.size < mostJobs ? names.add(jobName) : names.has(jobName)))
      const deleted = new LogAges.Deleted()
      deleted.add(drawn)
      const pruned = yield* deleted.pruned
      const zone = DateTime.zoneToString(reading.zone)
      const timeline = Timeline.ofLog(drawn, { from, to, zone, pruned })
      const text =
        timeline.jobs.length === 0 ? "No run started in this time." : Timeline.toText(timeline, { width: textWidth })
      return { timeline, range, job, from, isCut, runs: timeline.runs.length, text: text.trimEnd() }
    })
  const cached = Fresh.byText((text) => {
    const [range = "hour", job = ""] = JSON.parse(text)
    return read({ range, job })
  }, leastMs)
  return ({ job, range }) => cached.get(JSON.stringify([range, job]))
}
