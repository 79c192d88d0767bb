import { describe, it } from "@effect/vitest"
import { Duration, Effect, Option } from "effect"
import { expect } from "vitest"
import * as Options from "../src/Options.ts"

describe("the command line", () => {
  it.effect("takes durations as people type them", () =>
    Effect.gen(function* () {
      const read = (text: string) =>
        Effect.map(Options.parse(["--for", text]), (options) => Option.map(options.for, Duration.toMillis))
      expect(yield* Effect.forEach(["20s", "2m", "20 seconds", "1.5 s", "250ms", "1h"], read)).toEqual(
        [20_000, 120_000, 20_000, 1500, 250, 3_600_000].map(Option.some)
      )
    })
  )

  it.effect("has defaults: no end, and a file in a folder that git ignores", () =>
    Effect.gen(function* () {
      expect(yield* Options.parse([])).toEqual({ for: Option.none(), db: ".data/messenger.db", help: false })
    })
  )

  it.effect("refuses a wrong option in one line that names it", () =>
    Effect.gen(function* () {
      const refused = [
        ["--for", "soon"],
        ["--for", "0s"],
        ["--for", "Infinity"],
        ["--for", ""],
        ["--for"],
        ["--db", ""],
        ["--nope"],
        ["nope"]
      ]
      for (const args of refused) {
        const { message } = yield* Effect.flip(Options.parse(args))
        expect(message).toContain(args[0])
        expect(message).not.toContain("\n")
      }
    })
  )
})
