/** The simulated schedule of the messenger, compared with a minute of the messenger itself. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import { Effect, Option, Random } from "effect"
import { JobLog, LogEntry, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { expect } from "vitest"
import { jobs, messengerJobs } from "../src/Registry.ts"
import { played } from "../src/Stubs.ts"
import * as bench from "./support/bench.ts"
import { run } from "./support/process.ts"

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "messenger-" }))

describe("npm run simulate", () => {
  it.scopedLive("prints the chart and the savings, draws the picture and says where it is", () =>
    Effect.gen(function* () {
      const svg = `${yield* folder}/new/day.svg`
      const { code, errors, output } = yield* run("../../src/simulate.ts", "--for", "2h", "--svg", svg)
      expect({ code, errors }).toEqual({ code: 0, errors: "" })
      for (const { name } of messengerJobs.all) expect(output).toContain(name)
      expect(output).toMatch(/energy .*%/)
      expect(output).toMatch(/2,16\d runs simulated/)
      expect(output).toContain(`The picture is in ${svg}`)
      expect(yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(svg))).toMatch(/^<svg/)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("refuses a wrong option in one line", () =>
    Effect.gen(function* () {
      for (const args of [["--for", "long"], ["--seed", "1.5"], ["--what"]]) {
        const { code, errors, output } = yield* run("../../src/simulate.ts", ...args)
        expect({ code, output, lines: errors.trim().split("\n").length }).toEqual({ code: 1, output: "", lines: 1 })
        expect(errors).toContain("--help lists the options")
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )
})

/** The runs of a minute, and what they save against every job in every second. */
const savingOf = (runs: ReadonlyArray<{ readonly jobName: string; readonly durationMs: number }>) => {
  const names = messengerJobs.all.map(({ name }) => name)
  const own = runs.filter(({ jobName }) => names.includes(jobName))
  return { runs: own.length, saving: 1 - own.length / (60 * names.length) }
}

const peers = [{ name: "ada" }, { name: "grace", dropsEvery: 2 }, { name: "linus" }]

/** The log of a minute of the messenger itself, on virtual time, which stands still during a run. */
const minute = Effect.gen(function* () {
  const time = yield* ManualClock.ManualClock
  for (let at = bench.start; at <= bench.start + 60_000; ) {
    yield* time.jumpTo(at)
    yield* Tick.once
    at = Option.match(yield* Tick.next, { onNone: () => Number.POSITIVE_INFINITY, onSome: (next) => next.at })
  }
  return yield* Effect.flatMap(JobLog.JobLog, (log) => log.entries({ limit: 1000 }))
}).pipe(Effect.provide(bench.layer(jobs, { peers })), Effect.withRandom(Random.make("minute")))

describe("a simulated minute", () => {
  it.scopedLive("saves as much as one of the messenger itself", () =>
    Effect.gen(function* () {
      const log = yield* minute
      const real = savingOf(log.filter(LogEntry.ran))
      const timeline = yield* Simulation.run(played, { from: new Date(bench.start), for: "60 seconds" })
      expect(Math.abs(timeline.runs.length - real.runs)).toBeLessThanOrEqual(4)
      expect(Math.abs(Timeline.saving(timeline).runs - real.saving)).toBeLessThan(0.03)

      // the same registry, replayed over that minute, would have done the same
      const { added, gone } = yield* Simulation.replay(
        messengerJobs,
        log.filter(({ jobName }) => messengerJobs.all.some(({ name }) => name === jobName))
      )
      expect([added, gone]).toEqual([[], []])
    })
  )
})
