/**
 * `tickwork next`: the next starts over all instances.
 *
 * @internal
 */
import { Instances, Known } from "@tickwork/web/view"
import { Effect, Option, Stream } from "effect"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
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
      const known = yield* Known.read(output.zone)
      if (Option.isSome(job)) yield* NamedInstances.checkJob(job.value, known.newRuns)
      const soonest = NextTable.soonest(limit, known)
      soonest.add(known.newRuns.filter(({ jobName }) => Option.isNone(job) || job.value === jobName))
      yield* Instances.stream(Option.getOrUndefined(job)).pipe(
        Stream.runForEachChunk((states) => Effect.sync(() => soonest.add(states)))
      )
      const states = soonest.get()
      if (global.json)
        return yield* output.json({ now: known.now, next: states.map((state) => NextTable.toJson(state, known)) })
      if (states.length === 0) return yield* output.lines(["Nothing is planned."])
      yield* output.lines(NextTable.render(states, known, yield* output.page))
    })
)
