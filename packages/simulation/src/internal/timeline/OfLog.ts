/**
 * A timeline of real runs, read from a log. What a log does not hold stays unknown.
 *
 * @internal
 */
import * as LogEntry from "tickwork/LogEntry"
import { Account } from "../Account.ts"
import type { Pruned, Timeline } from "./Model.ts"
import { defaultCost } from "./Questions.ts"

/**
 * Log entries, in any order, as a timeline: those that began at or after `from` and before `to`, in ms since the epoch. It
 * has a lane for each job that has an entry, by name; `zone` is the time zone of its charts, UTC unless set. `pruned` says of which jobs entries were deleted, which is marked.
 *
 * @example
 * ```ts
 * import { Chunk, Effect, Layer, Stream } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), JobStore.layerMemory)
 *
 * const drawn = Effect.gen(function* () {
 *   const from = Date.now()
 *   yield* Tick.once
 *   const entries = yield* Stream.runCollect(JobLog.stream({ from }))
 *   return Timeline.toText(Timeline.ofLog(Chunk.toReadonlyArray(entries), { from, to: Date.now() }))
 * })
 * Effect.runPromise(Effect.provide(drawn, TickLive)).then((text) => console.assert(text.includes("hello")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofLog = (
  entries: Iterable<LogEntry.Entry>,
  {
    from,
    pruned = [],
    to,
    zone = "UTC"
  }: {
    readonly from: number
    readonly to: number
    readonly zone?: string
    readonly pruned?: ReadonlyArray<Pruned>
  }
): Timeline => {
  const within = [...entries].filter(({ startedAt }) => startedAt >= from && startedAt < to)
  const inOrder = within.sort((one, other) => LogEntry.endedAt(one) - LogEntry.endedAt(other) || one.seq - other.seq)
  const names = [...new Set(inOrder.map(({ jobName }) => jobName))].sort()
  const account = new Account(names.map((name) => ({ name, priority: 0 })))
  for (const entry of inOrder) {
    account.write(entry)
    if (!LogEntry.ran(entry)) continue
    account.began(entry.jobName)
    account.ended(entry.jobName, entry.durationMs)
  }
  const jobs = account.accounts()
  return {
    isRecorded: true,
    from,
    to,
    zone,
    seed: 0,
    jobs,
    runs: account.runs.toArray(),
    skips: account.skips,
    controls: account.controls,
    alarms: [],
    wakeUps: 0,
    idleWakeUps: 0,
    busyMs: jobs.reduce((sum, { busyMs }) => sum + busyMs, 0),
    downtime: [],
    outages: [],
    jumps: [],
    ...(pruned.length === 0 ? {} : { pruned }),
    everyTick: { everyMs: 1000, runs: 0, wakeUps: 0, busyMs: 0 },
    cost: defaultCost
  }
}
