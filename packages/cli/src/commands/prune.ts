/**
 * `tickwork prune`: deletes old log entries in small steps.
 *
 * @internal
 */

import { Options } from "@effect/cli"
import { Counted, TimeText } from "@tickwork/web/view"
import { Clock, Duration, Effect, Option } from "effect"
import { JobLog } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as SharedOptions from "../SharedOptions.ts"

const olderThan = SharedOptions.duration("older-than").pipe(
  Options.withDescription(
    "Delete log entries that ended longer ago, and enqueued runs that have been over for as long."
  ),
  Options.optional
)

const keep = SharedOptions.count("keep").pipe(
  Options.withDescription("Delete all but the newest N log entries of each instance."),
  Options.optional
)

const job = Options.text("job").pipe(
  Options.withPseudoName("JOB"),
  Options.withDescription("Only of this job."),
  Options.optional
)

export const prune = DatabaseCommand.make(
  "prune",
  {
    description: "Deletes old log entries in small steps; states, counts and the last entry of each instance stay.",
    access: "write"
  },
  { olderThan, keep, job, key: SharedOptions.key },
  ({ job, keep, key, olderThan }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (Option.isNone(olderThan) && Option.isNone(keep)) {
        return yield* CliError.usage("Use --older-than 30d, --keep 1000 (log entries of each instance), or both.")
      }
      if (Option.isSome(key) && Option.isNone(job))
        return yield* CliError.usage("--key needs --job: keys belong to a job.")
      if (Option.isSome(job)) yield* NamedInstances.checkJob(job.value)
      const before = yield* Clock.currentTimeMillis
      const gone = yield* JobLog.prune({
        ...SharedOptions.field("jobName", job),
        ...SharedOptions.field("key", key),
        ...SharedOptions.field("keep", keep),
        ...SharedOptions.field("olderThan", Option.map(olderThan, Duration.millis))
      }).pipe(Effect.catchTag("InvalidRetentionError", ({ message }) => CliError.usage(message)))
      const tookMs = (yield* Clock.currentTimeMillis) - before
      const log = yield* JobLog.JobLog
      const { jobs } = yield* log.size
      const left = jobs.reduce((sum, { entries }) => sum + entries, 0)
      if (global.json) return yield* output.json({ ...gone, left, tookMs })
      const runs = gone.instances === 0 ? "" : ` and ${Counted.of(gone.instances, "finished enqueued run")}`
      yield* output.lines([
        `Deleted ${Counted.of(gone.entries, "log entry")}${runs} in ${TimeText.duration(tookMs)}; ${Counted.number(left)} left.`
      ])
    })
)
