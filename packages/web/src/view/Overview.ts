/**
 * The instances of all jobs for one screen: a job with enqueued runs, or with more than twenty keys, is counted in place of
 * being listed.
 *
 * @internal
 */
import { Array as Arr, DateTime, Effect, Option, Order, Stream } from "effect"
import { JobLog, type JobState, type JobStore } from "tickwork"
import * as Folded from "./Folded.ts"
import * as InstanceState from "./InstanceState.ts"
import * as Instances from "./Instances.ts"
import type * as Known from "./Known.ts"

/** A job with more keys than this is counted. */
const mostKeys = 20

export interface Options {
  /** The job to list, each instance of it. */
  readonly job: Option.Option<string>
  /** Lists what would be counted. */
  readonly all: boolean
  /** How many instances are listed at most. */
  readonly limit: number
}

export interface Overview {
  readonly states: ReadonlyArray<JobState.JobState>
  /** Those with trouble first. */
  readonly folded: ReadonlyArray<Folded.Folded>
  /** How many instances are neither listed nor counted. */
  readonly more: number
}

const isFolded = ({ enqueued, instances, requested }: Folded.Folded): boolean =>
  enqueued + requested > 0 || instances > mostKeys

const startOfDay = (now: number, zone: DateTime.TimeZone): number =>
  Option.match(DateTime.makeZoned(now, { timeZone: zone }), {
    onNone: () => now,
    onSome: (today) => DateTime.toEpochMillis(DateTime.startOf(today, "day"))
  })

const byJob = (states: ReadonlyArray<JobState.JobState>): ReadonlyMap<string, ReadonlyArray<JobState.JobState>> => {
  const inOrder = Arr.sortWith(states, ({ jobName }) => jobName, Order.string)
  if (!Arr.isNonEmptyArray(inOrder)) return new Map()
  const groups = Arr.groupWith(inOrder, (one, other) => one.jobName === other.jobName)
  return new Map(groups.map((group) => [group[0].jobName, group]))
}

/** The counts of a job of which nothing is stored yet. */
const nothing = { instances: 0, enqueued: 0, running: 0, paused: 0, overdue: 0, failed: 0, waiting: 0, done: 0 }

export const read = (
  { all, job, limit }: Options,
  { inNoRegistry, newRuns, now, zone }: Pick<Known.Known, "inNoRegistry" | "newRuns" | "now" | "zone">
): Effect.Effect<Overview, JobStore.StoreError, JobLog.JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const isWanted = ({ jobName }: Pick<JobStore.Ref, "jobName">) =>
      Option.match(job, { onNone: () => true, onSome: (name) => name === jobName })
    const overdueBefore = now - InstanceState.graceMs + 1
    const stored = (yield* log.counts({ overdueBefore, doneSince: startOfDay(now, zone) })).filter(isWanted)
    const requested = byJob(newRuns.filter(isWanted))
    const unstored = [...requested.keys()].filter((name) => !stored.some(({ jobName }) => jobName === name))
    const counts = [...stored, ...unstored.map((jobName) => ({ jobName, ...nothing }))].map((one): Folded.Folded => {
      const runs = requested.get(one.jobName)?.length ?? 0
      return { ...one, requested: runs, isRegistered: !inNoRegistry(one.jobName) }
    })
    const byName = counts.toSorted((one, other) => Order.string(one.jobName, other.jobName))
    const folded = all || Option.isSome(job) ? [] : byName.filter(isFolded)
    const listed = byName.filter((one) => !folded.includes(one))
    const states = yield* Stream.fromIterable(listed).pipe(
      Stream.flatMap(({ jobName }) =>
        Stream.concat(Instances.stream(jobName), Stream.fromIterable(requested.get(jobName) ?? []))
      ),
      Stream.take(limit),
      Stream.runCollect
    )
    const instances = listed.reduce((sum, { instances, requested }) => sum + instances + requested, 0)
    return { states: [...states], folded: Folded.inOrder(folded), more: Math.max(0, instances - states.length) }
  })
