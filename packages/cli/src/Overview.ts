/**
 * The instances of all jobs for one screen: a job with enqueued runs, or with more than twenty keys, is counted in place of
 * being listed.
 *
 * @internal
 */
import { Clock, DateTime, Effect, Option, Stream } from "effect"
import { JobLog, type JobState, type JobStore } from "tickwork"
import * as Instances from "./Instances.ts"
import { Output } from "./Output.ts"
import * as FoldedLines from "./render/FoldedLines.ts"
import * as InstanceState from "./render/InstanceState.ts"

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
  readonly folded: ReadonlyArray<JobLog.JobCounts>
  /** How many instances are neither listed nor counted. */
  readonly more: number
}

const isFolded = ({ enqueued, instances }: JobLog.JobCounts): boolean => enqueued > 0 || instances > mostKeys

const startOfDay = (now: number, zone: DateTime.TimeZone): number =>
  Option.match(DateTime.makeZoned(now, { timeZone: zone }), {
    onNone: () => now,
    onSome: (today) => DateTime.toEpochMillis(DateTime.startOf(today, "day"))
  })

export const read = ({
  all,
  job,
  limit
}: Options): Effect.Effect<Overview, JobStore.StoreError, JobLog.JobLog | Output> =>
  Effect.gen(function* () {
    const { zone } = yield* Output
    const log = yield* JobLog.JobLog
    const now = yield* Clock.currentTimeMillis
    const overdueBefore = now - InstanceState.graceMs + 1
    const counts = (yield* log.counts({ overdueBefore, doneSince: startOfDay(now, zone) })).filter(({ jobName }) =>
      Option.match(job, { onNone: () => true, onSome: (name) => name === jobName })
    )
    const folded = all || Option.isSome(job) ? [] : counts.filter(isFolded)
    const listed = counts.filter((one) => !folded.includes(one))
    const states = yield* Stream.fromIterable(listed).pipe(
      Stream.flatMap(({ jobName }) => Instances.stream(jobName)),
      Stream.take(limit),
      Stream.runCollect
    )
    const instances = listed.reduce((sum, { instances }) => sum + instances, 0)
    return { states: [...states], folded: FoldedLines.inOrder(folded), more: Math.max(0, instances - states.length) }
  })
