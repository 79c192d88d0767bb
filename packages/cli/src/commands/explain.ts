/**
 * `tickwork explain`: why an instance runs or does not.
 *
 * @internal
 */
import { Explained, Known } from "@tickwork/web/view"
import { Effect } from "effect"
import { JobLog } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as NamedInstances from "../NamedInstances.ts"
import { Output } from "../Output.ts"
import * as ExplainView from "../render/ExplainView.ts"
import * as SharedOptions from "../SharedOptions.ts"

const mostEntries = 5

export const explain = DatabaseCommand.make(
  "explain",
  { description: "Why a job runs or does not, as far as the database knows.", access: "read" },
  { job: SharedOptions.job, key: SharedOptions.key },
  ({ job, key }, global) =>
    Effect.gen(function* () {
      const output = yield* Output
      const log = yield* JobLog.JobLog
      const options = yield* Known.read(output.zone)
      const state = yield* NamedInstances.one(job, key, options.newRuns)
      const entries = yield* log.history({ jobName: job, key: state.key, limit: mostEntries })
      const requests = options.requestsOf?.(state) ?? []
      const [newest] = yield* log.history({ limit: 1 })
      const processes = options.registries.of(job)
      const known = { state, entries, requests, lastEntryAt: newest?.startedAt ?? null, processes }
      if (global.json) return yield* output.json(Explained.answerOf(known, options))
      yield* output.lines(ExplainView.render(known, options, yield* output.page))
    })
)
