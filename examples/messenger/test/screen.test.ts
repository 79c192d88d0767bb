import { Terminal } from "@effect/platform"
import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { expect } from "vitest"
import { stats } from "../src/jobs/stats.ts"
import * as Screen from "../src/Screen.ts"
import * as bench from "./support/bench.ts"

/** A terminal that records what it is sent. */
const fakeTerminal = (isTTY: boolean) => {
  const sent: Array<string> = []
  const terminal = Terminal.Terminal.of({
    columns: Effect.succeed(80),
    rows: Effect.succeed(24),
    isTTY: Effect.succeed(isTTY),
    readInput: Effect.die("unused"),
    readLine: Effect.die("unused"),
    display: (text) => Effect.sync(() => sent.push(text))
  })
  return { sent, layer: Layer.succeed(Terminal.Terminal, terminal) }
}

/** Runs the jobs for 12 seconds and interrupts them, as Ctrl-C does. */
const session = (isTTY: boolean) =>
  Effect.gen(function* () {
    const { layer, sent } = fakeTerminal(isTTY)
    const time = yield* ManualClock.ManualClock
    const shown = yield* Effect.fork(
      Effect.provide(Screen.show(Tick.run, { title: "the messenger", colors: false }), layer)
    )
    yield* time.advance("12 seconds")
    yield* Fiber.interrupt(shown)
    return sent
  }).pipe(Effect.provide(bench.layer(Jobs.make(stats))))

describe("the screen", () => {
  it.effect("is drawn once a second on a terminal, which is restored at an interruption", () =>
    Effect.gen(function* () {
      const sent = yield* session(true)
      expect(sent[0]).toBe("\u001b[?1049h\u001b[?25l")
      expect(sent.at(-2)).toBe("\u001b[?25h\u001b[?1049l")
      expect(sent.at(-1)).toMatch(/^job .*\nstats +8 +2 s ago success/)
      expect(sent.slice(1, -2)).toHaveLength(13)
    })
  )

  it.effect("is a plain line for each recorded run elsewhere, without escape sequences", () =>
    Effect.gen(function* () {
      const sent = yield* session(false)
      expect(sent.slice(0, -1)).toEqual([
        "the messenger\n",
        "2026-01-01T00:00:00.000Z stats success in < 1 ms, next in 10 s\n",
        "2026-01-01T00:00:10.000Z stats success in < 1 ms, next in 10 s\n"
      ])
      expect(sent.at(-1)).toContain("0 messages kept, 0 in the outbox, 0 prekeys left")
      expect(sent.join("")).not.toContain("\u001b")
    })
  )
})
