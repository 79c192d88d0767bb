import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Owner from "../src/internal/Owner.ts"

const ended = Effect.map(Effect.scoped(Owner.make("hosts")), ({ id }) => id)

describe("an owner", () => {
  it.scoped("of this process is gone when its scope has closed, and not before", () =>
    Effect.gen(function* () {
      const owner = yield* Owner.make("hosts")
      assert.isFalse(owner.isGone((yield* Owner.make("hosts")).id))
      assert.isTrue(owner.isGone(yield* ended))
    })
  )

  it.scoped("of another host, of another boot or of another process namespace is never known to be gone", () =>
    Effect.gen(function* () {
      const owner = yield* Owner.make("hosts")
      const [host = "", ...rest] = (yield* ended).split("/")
      for (const part of host.split(",")) {
        assert.isFalse(owner.isGone([host.replace(part, "another"), ...rest].join("/")))
      }
    })
  )
})
