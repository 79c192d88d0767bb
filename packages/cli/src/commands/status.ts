/**
 * `tickwork status`: the state of every job.
 *
 * @internal
 */

import { Options } from "@effect/cli"
import { Answers, Known, Overview } from "@tickwork/web/view"
import { Effect, Option } from "effect"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as FoldedLines from "../render/FoldedLines.ts"
import * as StatusTable from "../render/StatusTable.ts"
import * as SharedOptions from "../SharedOptions.ts"

const defaultLimit = 50

const limit = SharedOptions.count("limit").pipe(
  Options.withDescription(`The most rows to print (default: ${defaultLimit}; with --all no limit).`),
  Options.optional
)

const all = Options.boolean("all").pipe(
  Options.withDescription("List each enqueued run, and each key of a job that has more than twenty.")
)

export const status = DatabaseCommand.make(
  "status",
  { description: "The state of every job: its last run, its next one, and problems.", access: "read" },
  { job: SharedOptions.optionalJob, all, limit },
  ({ all, job, limit }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const known = yield* Known.read(output.zone)
      if (Option.isSome(job)) yield* NamedInstances.checkJob(job.value, known.newRuns)
      const most = Option.getOrElse(limit, () => (all ? Number.MAX_SAFE_INTEGER : defaultLimit))
      const { folded, more, states } = yield* Overview.read({ all, job, limit: most }, known)
      if (global.json) {
        const last = states.at(-1)
        return yield* output.json({
          now: known.now,
          jobs: states.map((state) => Answers.instanceOf(state, known)),
          folded: folded.map(Answers.foldedOf),
          more,
          last: more === 0 || last === undefined ? null : { job: last.jobName, key: last.key }
        })
      }
      if (states.length + folded.length === 0) return yield* output.lines(["This database has no job yet."])
      const page = yield* output.page
      if (states.length > 0) yield* output.lines(StatusTable.render(states, known, page))
      if (more > 0) yield* output.lines([`and ${more} more: --limit ${most + Math.min(more, 1000)} shows them`])
      if (folded.length > 0)
        yield* output.lines([...(states.length > 0 ? [""] : []), ...FoldedLines.render(folded, page)])
    })
)
