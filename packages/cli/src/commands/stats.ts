/**
 * `tickwork stats`: figures of each job over a time range, and how much is stored.
 *
 * @internal
 */

import { Options } from "@effect/cli"
import { Answers } from "@tickwork/web/view"
import { Clock, Effect, Option } from "effect"
import { JobLog } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as StatsTable from "../render/StatsTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const lateAfter = SharedOptions.duration("late-after").pipe(
  Options.withDescription("How long after its scheduled time a run may start and not be late (default: 1s)."),
  Options.withDefault(1000)
)

export const stats = DatabaseCommand.make(
  "stats",
  {
    description: "How often, how long and how late each job ran, how its runs ended, and how much is stored.",
    access: "read"
  },
  {
    job: SharedOptions.optionalJob,
    key: SharedOptions.key,
    since: SharedOptions.sinceADay,
    until: SharedOptions.until,
    lateAfter
  },
  ({ job, key, lateAfter, since, until }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const log = yield* JobLog.JobLog
      if (Option.isSome(job)) yield* NamedInstances.checkJob(job.value)
      const now = yield* Clock.currentTimeMillis
      const { from, to } = SharedOptions.rangeOf({ since, until }, now)
      const found = yield* JobLog.stats({
        ...SharedOptions.field("jobName", job),
        ...SharedOptions.field("key", key),
        from,
        to,
        lateAfter
      })
      const size = yield* log.size
      if (global.json)
        return yield* output.json({
          now,
          from,
          to,
          jobs: found.map(Answers.figuresOf),
          size
        })
      yield* output.lines(StatsTable.render(found, size, { from, to, now, zone: output.zone }, yield* output.page))
    })
)
