/**
 * What no process has carried out, and what none has in its registry, is shown as that.
 */
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import * as Unheard from "./support/Unheard.ts"

describe("the command line on SQLite", () => {
  it.scopedLive("shows requests that no process has carried out yet", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Unheard.requests(filename, SqlJobStore.layerSqlite({ filename }))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("says that a job is in no running registry, and forgets it by name", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Unheard.unregistered(filename, SqlJobStore.layerSqlite({ filename }))
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
