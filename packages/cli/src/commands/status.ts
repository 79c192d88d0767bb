/**
 * `tickwork status`: the state of every instance.
 *
 * @internal
 */
import { Clock, Effect, Option, Stream } from "effect"
import { JobStore } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as StatusTable from "../render/StatusTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

/** Counting the remaining instances stops here. */
const mostCounted = 10_000

export const status = DatabaseCommand.make(
  "status",
  { description: "The state of every job: its last run, its next one, and problems.", access: "read" },
  { job: SharedOptions.optionalJob, limit: SharedOptions.limit(50) },
  ({ job, limit }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { owner } = yield* JobStore.JobStore
      if (Option.isSome(job)) yield* Instances.checkJob(job.value)
      const all = Instances.stream(Option.getOrUndefined(job))
      const states = [...(yield* Stream.runCollect(Stream.take(all, limit)))]
      const rest = Stream.take(Stream.drop(all, limit), mostCounted)
      const more = states.length < limit ? 0 : yield* Stream.runCount(rest)
      const now = yield* Clock.currentTimeMillis
      const options = { now, zone: output.zone, isGone: owner.isGone }
      if (global.json) {
        const last = states.at(-1)
        return yield* output.json({
          now,
          jobs: states.map((state) => StatusTable.toJson(state, options)),
          more: more === mostCounted ? null : more,
          last: more === 0 || last === undefined ? null : { job: last.jobName, key: last.key }
        })
      }
      if (states.length === 0) return yield* output.lines(["This database has no job yet."])
      yield* output.lines(StatusTable.render(states, options, yield* output.page))
      if (more > 0) {
        const many = more === mostCounted ? `more than ${mostCounted}` : `${more}`
        yield* output.lines([`and ${many} more: --limit ${limit + Math.min(more, 1000)} shows them`])
      }
    })
)
