/**
 * `tickwork explain`: why an instance runs or does not.
 *
 * @internal
 */
import { Clock, Effect } from "effect"
import { JobLog, JobStore } from "tickwork"
import * as DatabaseCommand from "../DatabaseCommand.ts"
import * as Instances from "../Instances.ts"
import * as JobProcesses from "../JobProcesses.ts"
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
      const store = yield* JobStore.JobStore
      const log = yield* JobLog.JobLog
      const state = yield* Instances.one(job, key)
      const entries = yield* log.history({ jobName: job, key: state.key, limit: mostEntries })
      const requests = (yield* store.pending).filter(({ jobName, key }) => jobName === job && key === state.key)
      const now = yield* Clock.currentTimeMillis
      const options = { now, zone: output.zone, isGone: store.owner.isGone }
      const [newest] = yield* log.history({ limit: 1 })
      const processes = (yield* JobProcesses.read).of(job)
      const known = { state, entries, requests, lastEntryAt: newest?.startedAt ?? null, processes }
      if (global.json) return yield* output.json(ExplainView.toJson(known, options))
      yield* output.lines(ExplainView.render(known, options, yield* output.page))
    })
)
