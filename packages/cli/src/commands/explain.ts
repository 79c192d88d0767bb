/**
 * `tickwork explain`: why an instance runs, or does not.
 *
 * @internal
 */
import { Clock, Effect } from "effect"
import { JobStore } from "tickwork"
import * as Given from "../Given.ts"
import * as Instances from "../Instances.ts"
import { Output } from "../Output.ts"
import * as Why from "../Why.ts"
import * as Words from "../Words.ts"

const linesTold = 5

export const explain = Given.command(
  "explain",
  { description: "Why a job runs, or does not, as far as the database tells.", access: "read" },
  { job: Words.job, key: Words.key },
  ({ job, key }, given) =>
    Effect.gen(function* () {
      const output = yield* Output
      const store = yield* JobStore.JobStore
      const state = yield* Instances.one(job, key)
      const lines = yield* store.history({ jobName: job, key: state.key, limit: linesTold })
      const requests = (yield* store.pending()).filter(({ jobName, key }) => jobName === job && key === state.key)
      const now = yield* Clock.currentTimeMillis
      const options = { now, zone: output.zone, isGone: store.owner.isGone }
      const [newest] = yield* store.history({ limit: 1 })
      const known = { state, lines, requests, lastLineAt: newest?.startedAt ?? null }
      if (given.json) return yield* output.json(Why.toJson(known, options))
      yield* output.lines(Why.render(known, options, yield* output.page))
    })
)
