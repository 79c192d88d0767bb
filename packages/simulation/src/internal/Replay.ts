/**
 * Plays another registry over the time that a log has recorded, and compares the two.
 *
 * @internal
 */
import { Context, Effect, Layer } from "effect"
import { InvalidJobs } from "tickwork/InvalidJobs"
import * as Job from "tickwork/Job"
import { JobStore, layerMemory } from "tickwork/JobStore"
import * as Jobs from "tickwork/Jobs"
import * as LogEntry from "tickwork/LogEntry"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { Difference } from "../Difference.ts"
import * as Options from "./Options.ts"
import { play } from "./Play.ts"
import * as Recorded from "./Recorded.ts"
import * as SimulatedJobs from "./SimulatedJobs.ts"
import type { Entry, Timeline } from "./timeline/Model.ts"

/** Real runs begin a moment after their instants: that is no difference, in ms. */
const slackMs = 1000

/** Runs by their identity: on a grid the instant and the attempt, elsewhere their number. */
const byId = (runs: ReadonlyArray<Entry>, isOnGrid: (jobName: string) => boolean): ReadonlyMap<string, Entry> => {
  const numbers = new Map<string, number>()
  return new Map(
    runs.map((run) => {
      if (isOnGrid(run.jobName) || run.trigger === "manual") return [Recorded.idOf(run), run]
      const instance = `${run.jobName}\u0000${run.key}`
      const number = (numbers.get(instance) ?? 0) + 1
      numbers.set(instance, number)
      return [`${instance}\u0000number ${number}`, run]
    })
  )
}

const sum = (entries: ReadonlyArray<Pick<Entry, "count">>): number =>
  entries.reduce((total, { count }) => total + count, 0)

const differenceOf = (
  recorded: ReadonlyArray<LogEntry.LogEntry>,
  timeline: Timeline,
  span: { readonly from: number; readonly to: number },
  isOnGrid: (jobName: string) => boolean,
  leftOut: ReadonlyArray<string>
): Difference => {
  // some of the runs that began at the very end were not recorded
  const isCompared = ({ jobName, startedAt }: Entry) => !leftOut.includes(jobName) && startedAt < span.to - slackMs
  const was = recorded.filter(isCompared)
  const before = byId(was.filter(LogEntry.ran).map(LogEntry.entryOf), isOnGrid)
  const after = byId(timeline.runs.filter(isCompared), isOnGrid)
  const skips = { before: was.filter(({ status }) => status === "skipped"), after: timeline.skips.filter(isCompared) }
  const names = [...new Set([...recorded, ...timeline.jobs].map(({ jobName }) => jobName))].sort()
  const of = (jobName: string) => (entry: Entry) => entry.jobName === jobName
  const changed = [...before].flatMap(([id, was]) => {
    const is = after.get(id)
    if (is === undefined) return []
    const isSame = is.status === was.status && Math.abs(is.startedAt - was.startedAt) <= slackMs
    return isSame || !isOnGrid(is.jobName) ? [] : [{ before: was, after: is }]
  })
  return {
    ...span,
    jobs: names
      .filter((name) => !leftOut.includes(name))
      .map((jobName) => ({
        jobName,
        runs: {
          before: [...before.values()].filter(of(jobName)).length,
          after: [...after.values()].filter(of(jobName)).length
        },
        skips: { before: sum(skips.before.filter(of(jobName))), after: sum(skips.after.filter(of(jobName))) }
      })),
    gone: [...before].flatMap(([id, entry]) => (after.has(id) ? [] : [entry])),
    added: [...after].flatMap(([id, entry]) => (before.has(id) ? [] : [entry])),
    changed,
    leftOut
  }
}

/** Each instance begins where its entries begin, and is compared with them. */
export const replay = (
  jobs: Jobs.Jobs<unknown>,
  log: ReadonlyArray<LogEntry.LogEntry>,
  options: Options.Options<any, any, any>["tick"]
): Effect.Effect<Difference, any, any> =>
  Effect.gen(function* () {
    const [fault, ...faults] = Jobs.faults(jobs)
    if (fault !== undefined) return yield* new InvalidJobs({ faults: [fault, ...faults] })
    const registry = jobs.all.map(Job.inspect)
    const leftOut = registry.filter(({ hasPayload }) => hasPayload).map(({ name }) => name)
    // a job that is no longer registered may have stood on a grid
    const isOnGrid = (jobName: string) =>
      registry.every(({ cadence, name }) => name !== jobName || cadence?._tag === "Calendar")
    const calendarOf = (jobName: string) => {
      const cadence = registry.find(({ name }) => name === jobName)?.cadence
      return cadence?._tag === "Calendar" ? cadence.definition : null
    }
    const instances = Recorded.instancesOf(log.filter(({ jobName }) => !leftOut.includes(jobName)))
    const beginnings = instances.map((instance) => Recorded.beginningOf(instance, calendarOf(instance.jobName)))
    const from = beginnings.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY)
    const recorded = beginnings.flatMap(({ entries }) => entries)
    // after the last entry the process may have been stopped
    const to = recorded.reduce((last, { lastAt }) => Math.max(last, lastAt), from)
    const longestMs = recorded.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0)
    const played = JobDefinition.map(jobs, (job) => SimulatedJobs.withStub(job, Recorded.stubOf(job, instances)))
    const settings = {
      ...Options.settingsOf({ from, for: to - from + Math.ceil(longestMs) + slackMs }),
      faults: Recorded.downtimeOf(instances, from),
      actions: Recorded.actionsOf(jobs.all, instances, from)
    }
    const memory = yield* Effect.scoped(Layer.build(layerMemory))
    yield* Context.get(memory, JobStore).add(beginnings.map(({ state }) => state))
    const timeline = yield* play(
      played,
      {
        from,
        for: "1 day",
        store: Layer.succeedContext(memory),
        ...(options === undefined ? {} : { tick: options })
      },
      settings
    )
    return differenceOf(recorded, timeline, { from, to }, isOnGrid, leftOut)
  })
