import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, TestServices } from "effect"
import * as Waiting from "./support/Waiting.ts"

describe("SqlJobStore", () => {
  it.scoped("does not hold up the process while another one writes", () =>
    Effect.gen(function* () {
      const now = TestServices.provideLive(Clock.currentTimeMillis)
      const begun = yield* now
      yield* Waiting.forAWriter
      assert.isBelow((yield* now) - begun, 3000, "no statement stood waiting")
    })
  )
})
