/**
 * `tickwork prune`: drops what is old of the log, in small steps.
 *
 * @internal
 */
import { Options } from "@effect/cli"
import { Clock, Duration, Effect, Option } from "effect"
import { JobLog, JobStore } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as TimeText from "../render/TimeText.ts"
import * as SharedOptions from "../SharedOptions.ts"

const olderThan = SharedOptions.duration("older-than").pipe(
  Options.withDescription("Lines that ended so long ago, and enqueued runs that are over since then."),
  Options.optional
)

const keep = Options.integer("keep").pipe(
  Options.withPseudoName("N"),
  Options.withDescription("What is beyond the newest N lines of each instance."),
  Options.mapEffect((many) =>
    many > 0 ? Effect.succeed(many) : Effect.fail(SharedOptions.invalid(`--keep ${many}: no number above 0`))
  ),
  Options.optional
)

const job = Options.text("job").pipe(
  Options.withPseudoName("JOB"),
  Options.withDescription("Of this job only."),
  Options.optional
)

export const prune = DatabaseCommand.command(
  "prune",
  {
    description: "Drops what is old of the log, a little at a time. States, counts and the last line of each stay.",
    access: "write"
  },
  { olderThan, keep, job, key: SharedOptions.key },
  ({ job, keep, key, olderThan }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      if (Option.isNone(olderThan) && Option.isNone(keep)) {
        return yield* CliError.usage(
          "Say what may go: --older-than 30d, --keep 1000 (lines of each instance), or both."
        )
      }
      if (Option.isSome(key) && Option.isNone(job)) return yield* CliError.usage("--key wants --job: whose key is it?")
      if (Option.isSome(job)) yield* Instances.checkJob(job.value)
      const before = yield* Clock.currentTimeMillis
      const gone = yield* JobLog.prune({
        ...SharedOptions.field("jobName", job),
        ...SharedOptions.field("key", key),
        ...SharedOptions.field("keep", keep),
        ...SharedOptions.field("olderThan", Option.map(olderThan, Duration.millis))
      }).pipe(Effect.catchTag("BadRetention", ({ message }) => CliError.usage(message)))
      const tookMs = (yield* Clock.currentTimeMillis) - before
      const store = yield* JobStore.JobStore
      const { jobs } = yield* store.size
      const left = jobs.reduce((sum, { lines }) => sum + lines, 0)
      if (given.json) return yield* output.json({ ...gone, left, tookMs })
      const many = (count: number, one: string) => `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`
      const runs = gone.instances === 0 ? "" : ` and ${many(gone.instances, "enqueued run")} that were over`
      yield* output.lines([
        `${many(gone.lines, "line")}${runs} dropped in ${TimeText.duration(tookMs)}, ${many(left, "line")} left.`
      ])
    })
)
