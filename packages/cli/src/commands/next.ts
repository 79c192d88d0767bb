/**
 * `tickwork next`: what starts next, over all instances.
 *
 * @internal
 */
import { Clock, Effect, Option, Stream } from "effect"
import { JobStore } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as InstanceStream from "../InstanceStream.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as NextTable from "../render/NextTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

export const next = DatabaseCommand.command(
  "next",
  { description: "What starts next, in order. What is paused keeps its place and is marked.", access: "read" },
  { job: SharedOptions.optionalJob, limit: SharedOptions.limit(10) },
  ({ job, limit }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { owner } = yield* JobStore.JobStore
      if (Option.isSome(job)) yield* Instances.checkJob(job.value)
      const soonest = NextTable.first(limit)
      yield* InstanceStream.states(Option.getOrUndefined(job)).pipe(
        Stream.runForEachChunk((states) => Effect.sync(() => soonest.add(states)))
      )
      const states = soonest.get()
      const now = yield* Clock.currentTimeMillis
      const options = { now, zone: output.zone, isGone: owner.isGone }
      if (given.json) return yield* output.json({ now, next: states.map((state) => NextTable.toJson(state, options)) })
      if (states.length === 0) return yield* output.lines(["Nothing is to come."])
      yield* output.lines(NextTable.render(states, options, yield* output.page))
    })
)
