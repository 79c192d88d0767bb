/**
 * `tickwork backfill`: lists the planned times of a job in a range of the past, and with `--yes` has those run for which no
 * run has succeeded.
 *
 * @internal
 */
import { Options } from "@effect/cli"
import { Counted, InstanceState, JobProcesses, Requests, TimeText } from "@tickwork/web/view"
import { Clock, Effect, Option } from "effect"
import { Backfill } from "tickwork"
import * as CliError from "../CliError.ts"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as RequestOptions from "../RequestOptions.ts"
import * as BackfillTable from "../render/BackfillTable.ts"
import * as Cells from "../render/Cells.ts"
import * as SharedOptions from "../SharedOptions.ts"

const atOnce = SharedOptions.count("at-once").pipe(
  Options.withDescription("How many run at once (default: 1, in order)."),
  Options.withDefault(1)
)

const yes = Options.boolean("yes").pipe(
  Options.withAlias("y"),
  Options.withDescription("Run them; without it they are only listed.")
)

export const backfill = DatabaseCommand.make(
  "backfill",
  {
    description: "Lists the planned times of a job in the past, and with --yes runs those without a success.",
    access: ({ yes }) => (yes ? "write" : "read")
  },
  {
    job: SharedOptions.job,
    key: SharedOptions.key,
    from: SharedOptions.from,
    to: SharedOptions.to,
    atOnce,
    yes,
    ...RequestOptions.options
  },
  ({ atOnce, by, from, job, key, to, wait, why, yes }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const state = yield* NamedInstances.one(job, key)
      if (state.unreadable !== undefined || Backfill.isKey(state.key))
        return yield* CliError.failure(`${InstanceState.nameOf(state)} has no planned times that can be made up for.`)
      const now = yield* Clock.currentTimeMillis
      const refused = (error: { readonly message: string }) => CliError.usage(error.message)
      const preview = yield* Backfill.previewStored(state, { from, to: Option.getOrElse(to, () => now) }).pipe(
        Effect.catchTag("RequestError", refused)
      )
      const sender = yield* RequestOptions.sender({ by, why })
      const requests = yield* Backfill.requestsOf(preview, { ...sender, atOnce }).pipe(
        Effect.catchTag("RequestError", refused)
      )
      const registries = yield* JobProcesses.read
      const { doneAt } = yes && requests.length > 0 ? yield* Requests.send(requests, registries, wait) : { doneAt: [] }
      const keys = yes ? requests.map(({ key }) => key) : []
      if (global.json) {
        const { at, by, why } = sender
        const times = preview.times.map(({ at, standing }) => ({ at, standing }))
        return yield* output.json({ job, key: state.key, times, keys, doneAt, at, by, why })
      }
      const page = yield* output.page
      const count = Backfill.toRun(preview).length
      const name = InstanceState.nameOf(state)
      const wrapped = (lines: ReadonlyArray<string>) =>
        lines.flatMap((text) => Cells.wrap(Cells.escape(text), page.width))
      if (!yes)
        yield* output.lines(
          preview.times.length === 0 ? [] : BackfillTable.render(preview.times, { now, zone: output.zone }, page)
        )
      if (count === 0) return yield* output.lines(wrapped([`${name}: nothing to run in this time.`]))
      const runs = Counted.of(count, "planned time")
      if (!yes) return yield* output.lines(["", ...wrapped([`${name}: ${runs} to run. With --yes they are run.`])])
      const cancel = `To cancel: tickwork cancel ${job} --key ${keys.join(", --key ")}`
      const isDone = doneAt.every((at) => at !== null)
      yield* output.lines(
        wrapped(
          isDone
            ? [
                `${name}: ${runs} taken after ${TimeText.duration(Math.max(0, Math.max(...doneAt.map(Number)) - sender.at))}.`,
                cancel
              ]
            : [`${name}: ${runs} pending.`, Requests.pendingHint(job, registries)]
        )
      )
    })
)
