/**
 * The costs by number of log entries, of ten jobs that have run every five seconds.
 */

import { Chunk, Effect, Stream } from "effect"
import { JobLog, Timeline } from "#adapter"
import * as File from "../File.ts"
import * as FilledLog from "../FilledLog.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

const greatest = 1_000_000
const pruned = 5000

const cpuOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Measure.spent(effect), ({ cpu }) => cpu)

const measure = (entries: number) =>
  Effect.gen(function* () {
    const file = yield* FilledLog.make(entries)
    const [from, to] = [FilledLog.start, FilledLog.endOf(entries)]
    const middle = (from + to) / 2
    const range = { from, to }
    const old = yield* Effect.gen(function* () {
      const log = yield* JobLog.JobLog
      const stats = yield* JobLog.stats(range)
      const counted = stats.reduce((sum, { runs }) => sum + runs, 0)
      if (Math.abs(counted - entries) > 100) return yield* Effect.dieMessage(`the log has ${counted} entries`)
      const timeline = Effect.map(Stream.runCollect(JobLog.stream(range)), (found) =>
        Timeline.toText(Timeline.ofLog(Chunk.toReadonlyArray(found), { ...range, zone: "UTC" }), { width: 100 })
      )
      return {
        page: yield* Measure.leastCpu(50, log.history({ to: middle, limit: 100 })),
        pageOfJob: yield* Measure.leastCpu(50, log.history({ jobName: "job_3", to: middle, limit: 100 })),
        failures: yield* Measure.leastCpu(50, log.history({ status: "error", to: middle, limit: 100 })),
        noKey: yield* Measure.leastCpu(50, log.history({ jobName: "job_3", key: "of no instance", limit: 100 })),
        stats: yield* cpuOf(JobLog.stats()),
        statsOfRange: yield* cpuOf(JobLog.stats(range)),
        timeline: yield* cpuOf(timeline)
      }
    }).pipe(Effect.provide(File.tickAndStore(file, FilledLog.registry)))
    const keep = Math.round((entries - pruned) / FilledLog.jobsOfLog)
    const prune = cpuOf(JobLog.prune({ keep }))
    return { ...old, prune: yield* Effect.provide(prune, File.tickAndStore(file, FilledLog.registry)) }
  }).pipe(Effect.scoped)

export const rows = Growth.rows({
  sizes: [greatest / 8, greatest / 4, greatest / 2, greatest],
  rows: {
    page: { what: "a page of 100 in the middle of n entries", unit: "µs", order: "constant" },
    pageOfJob: { what: "a page of 100 of one job, in the middle of n entries", unit: "µs", order: "constant" },
    failures: { what: "the failures of a log of n successes", unit: "µs", order: "constant" },
    noKey: { what: "the history of a key without entries, of a job with n/10", unit: "µs", order: "constant" },
    stats: { what: "figures of all n entries", unit: "ms", order: "n log n" },
    statsOfRange: { what: "figures of all n entries, from and to given", unit: "ms", order: "n log n", most: 2500 },
    timeline: { what: "timeline of n entries", unit: "ms", order: "n log n", most: 6000 },
    prune: { what: `pruning ${pruned} of n entries`, unit: "ms", order: "constant" }
  },
  measure,
  // each of them takes long
  mostSamples: 1
})
