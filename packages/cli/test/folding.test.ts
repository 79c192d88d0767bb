/**
 * What is many is counted in one line: enqueued runs, and more than twenty keys of a job.
 */

import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Overview } from "@tickwork/web/view"
import { DateTime, Effect, Layer, Option } from "effect"
import { JobStore } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as FoldedLines from "../src/render/FoldedLines.ts"
import * as Filled from "./support/Filled.ts"
import * as Folding from "./support/Folding.ts"
import * as Many from "./support/Many.ts"

describe("tickwork status", () => {
  it.scoped("shows a thousand enqueued runs and thirty keys as a line each, on SQLite", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Many.fill(SqlJobStore.layerSqlite({ filename }))
      yield* Folding.check(filename)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("counts what succeeded since midnight in the zone of the reader", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const services = yield* Layer.build(JobStore.layerMemory)
      yield* Many.fill(Layer.succeedContext(services))
      const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
      const overview = Effect.flatMap(time.now, (now) =>
        Overview.read(
          { all: false, job: Option.none(), limit: 50 },
          { now, zone, newRuns: [], inNoRegistry: () => false }
        )
      ).pipe(Effect.provide(services))
      const lines = Effect.map(overview, ({ folded }) => FoldedLines.render(folded, { width: 80, colors: false }))
      assert.deepStrictEqual(yield* lines, [
        "send_mail: 1 failed, 999 done today, of 1,000 runs (--all lists them)",
        "ping: 30 waiting, 30 done today, of 30 keys (--all lists them)"
      ])
      yield* time.advance("24 hours")
      assert.deepStrictEqual(yield* lines, [
        "ping: 30 overdue, of 30 keys (--all lists them)",
        "send_mail: 1 failed, of 1,000 runs (--all lists them)"
      ])
    }).pipe(Effect.provide(ManualClock.layer(Filled.start)))
  )
})
