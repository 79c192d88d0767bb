/**
 * `tickwork next`: the next starts over all instances.
 *
 * @internal
 */
import { Clock, Effect, Option, Stream } from "effect"
import { JobStore } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as NextTable from "../render/NextTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

export const next = DatabaseCommand.make(
  "next",
  { description: "The next starts in order; paused jobs are marked.", access: "read" },
  { job: SharedOptions.optionalJob, limit: SharedOptions.limit(10) },
  ({ job, limit }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { owner } = yield* JobStore.JobStore
      if (Option.isSome(job)) yield* Instances.checkJob(job.value)
      const soonest = NextTable.soonest(limit)
      yield* Instances.stream(Option.getOrUndefined(job)).pipe(
        Stream.runForEachChunk((states) => Effect.sync(() => soonest.add(states)))
      )
      const states = soonest.get()
      const now = yield* Clock.currentTimeMillis
      const options = { now, zone: output.zone, isGone: owner.isGone }
      if (global.json) return yield* output.json({ now, next: states.map((state) => NextTable.toJson(state, options)) })
      if (states.length === 0) return yield* output.lines(["Nothing is planned."])
      yield* output.lines(NextTable.render(states, options, yield* output.page))
    })
)
