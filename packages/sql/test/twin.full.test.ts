import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Process from "@tickwork/test-support/Process"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Effect, Random } from "effect"
import type { LogEntry } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { complete, jobsOf, others } from "./support/gridded.ts"
import * as Told from "./support/Told.ts"

type Lines = ReadonlyArray<LogEntry.LogEntry>

const deaths = Sets.pick({ fast: 6, full: 22 })

/** What the last process says before it is stopped. */
const lastLines = Sets.pick({ fast: 80, full: 300 })

/** Less than this would prove nothing. */
const enough = Sets.pick({ fast: 2, full: 10 })
// how many bodies a kill cuts short is up to the machine: one proves that it does
const enoughCutShort = 0

/** What is late by the time of a restart has been missed, or may still be run in time. */
const tolerances = { short: 50, long: 60_000 }

/** A process after the other, each killed wherever it happens to be; the last one is asked to stop. */
const livesOf = (filename: string) =>
  Effect.gen(function* () {
    const start = (toleranceMs: number) =>
      Process.start(new URL("./support/gridded.ts", import.meta.url), [filename, `${toleranceMs}`])
    for (let death = 0; death < deaths; death++) {
      const child = yield* start((yield* Random.nextBoolean) ? tolerances.short : tolerances.long)
      yield* Process.lines(child, yield* Random.nextIntBetween(0, 30))
      yield* Effect.sleep(yield* Random.nextIntBetween(0, 40))
      yield* Process.end(child, "SIGKILL")
      yield* Effect.sleep((yield* Random.nextBoolean) ? 0 : yield* Random.nextIntBetween(0, 600))
    }
    const last = yield* start(tolerances.long)
    yield* Process.lines(last, lastLines)
    yield* Process.end(last, "SIGTERM")
  })

/** What was run of a job, in the order of its log. */
const runsOf = (lines: Lines, name: string) =>
  lines.flatMap(({ jobName, scheduledAt, status }) =>
    jobName !== name || status === "interrupted" || status === "skipped" ? [] : [`${jobName} ${scheduledAt} ${status}`]
  )

/** The log of the same jobs in a process that lives on, on a clock moved by hand, with bodies that take as long. */
const twinOf = (from: number, until: number, lines: Lines) => {
  const took = new Map(
    lines.flatMap(({ durationMs, jobName, scheduledAt, status }) =>
      status === "success" ? [[`${jobName} ${scheduledAt}`, durationMs]] : []
    )
  )
  const jobs = jobsOf(({ jobName, scheduledAt }) => Effect.sleep(took.get(`${jobName} ${scheduledAt}`) ?? 0))
  return Effect.gen(function* () {
    const { store, time } = yield* Bench.daemonOf(jobs)
    yield* time.advance(until - from + Bench.minute)
    return yield* store.log
  }).pipe(Effect.scoped, Effect.provide(ManualClock.layer(from)))
}

/** The instants of an interval's grid for which the log has a verdict, in its order, each as often as it has one. */
const verdicts = (lines: Lines, anchor: number, intervalMs: number) => {
  const between = (from: number, until: number) => {
    const first = anchor + Math.ceil((from - anchor) / intervalMs) * intervalMs
    return until < first ? [] : Arr.makeBy(Math.floor((until - first) / intervalMs) + 1, (n) => first + n * intervalMs)
  }
  return lines.flatMap(({ count, durationMs, jobName, scheduledAt, status, position: { cadence } }, n) => {
    if (status === "interrupted") return []
    if (status === "skipped") {
      const missed = between(scheduledAt, cadence.missedTo ?? Number.NaN)
      assert.strictEqual(missed.length, count, `a line of ${jobName} counts the instants that it stands for`)
      return missed
    }
    // what a run makes up for has its verdict already
    const known = lines[n - 1]?.position.cadence.missedTo ?? Number.NEGATIVE_INFINITY
    return between(Math.max(scheduledAt, known + 1), scheduledAt + durationMs)
  })
}

const triesAgain = ({ lines, state }: Told.Instance) => {
  for (const [index, { attempt, scheduledAt, status }] of lines.entries()) {
    if (status !== "interrupted") continue
    // what comes next is in the position, what came next in its entry
    const next = lines[index + 1] ?? state.position
    assert.deepInclude(next, { scheduledAt, attempt: attempt + 1 }, "what was cut short is tried again")
  }
}

describe("a process killed with SIGKILL, again and again", () => {
  it.scopedLive(
    "leaves the log of a process that lived on, but for the runs that were cut short",
    () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        yield* livesOf(filename)
        const instances = yield* Told.onFile(filename)
        const all = instances.flatMap(({ lines }) => lines)
        const from = instances[0]?.state.createdAt ?? assert.fail("nothing is stored")
        const twin = yield* twinOf(from, Math.max(...all.map(({ scheduledAt }) => scheduledAt)), all)

        for (const instance of instances) {
          Told.isConsistent(instance)
          triesAgain(instance)
        }
        for (const name of complete) {
          const real = runsOf(all, name)
          assert.isAbove(real.length, enough)
          assert.deepStrictEqual(real, runsOf(twin, name).slice(0, real.length))
        }
        for (const [name, intervalMs] of Object.entries(others)) {
          const given = verdicts(
            all.filter(({ jobName }) => jobName === name),
            from,
            intervalMs
          )
          assert.isAbove(given.length, enough)
          assert.deepStrictEqual(
            given,
            given.map((_, n) => from + n * intervalMs),
            `each instant of ${name} has one verdict`
          )
        }
        assert.isAbove(
          all.filter(({ status }) => status === "interrupted").length,
          enoughCutShort,
          "bodies were cut short"
        )
      }).pipe(Effect.withRandom(Random.make("twin"))),
    600_000
  )
})
