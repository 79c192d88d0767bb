/**
 * Plans that reach over days, on a SQLite file whose process is killed with SIGKILL each day: a cadence for each key, bounds
 * and phases and days that are left out, keys that are forgotten, a backfill.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Effect, Random } from "effect"
import { Backfill, LogEntry } from "tickwork"
import * as Told from "./support/Told.ts"

const dayMs = 86_400_000
const program = new URL("./support/days.ts", import.meta.url)

/** One day of it. */
const live = (
  file: string,
  day: number,
  keys: string,
  signal: NodeJS.Signals,
  lines: number,
  ...asks: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const begins = `2026-03-0${day}T10:00:00Z`
    const child = yield* Process.start(program, [file, begins, keys, ...asks])
    yield* Process.lines(child, lines)
    yield* Process.end(child, signal)
  })

const several = Random.nextIntBetween(8, 40)

const instantsOf = (instances: ReadonlyArray<Told.Instance>, jobName: string, key?: string) =>
  instances
    .filter(({ state }) => state.jobName === jobName && (key === undefined || state.key === key))
    .flatMap(({ lines }) => lines.filter(LogEntry.ran))

describe("a process killed with SIGKILL each day", () => {
  it.scopedLive(
    "keeps the plan of each key, its bounds and left-out days, forgets a key, ends a backfill",
    () =>
      Effect.gen(function* () {
        const file = yield* TemporaryFile.make
        yield* live(file, 2, "ada,eve", "SIGKILL", yield* several, "backfill")
        for (const day of [2, 3]) yield* live(file, day + 1, day === 2 ? "ada,eve" : "ada", "SIGKILL", yield* several)
        yield* live(file, 5, "ada", "SIGKILL", 60)
        const before = yield* Told.onFile(file)
        assert.sameMembers(keysOf(before, "ping"), ["ada", "eve"])
        yield* live(file, 8, "ada", "SIGKILL", yield* several)
        yield* live(file, 8, "ada", "SIGTERM", 120)

        const instances = yield* Told.onFile(file)
        for (const instance of instances) if (!Backfill.isKey(instance.state.key)) Told.isConsistent(instance)
        assert.deepStrictEqual(keysOf(instances, "ping"), ["ada"])

        const offsets = (jobName: string, key: string, everyMs: number) =>
          Arr.dedupe(instantsOf(instances, jobName, key).map(({ scheduledAt }) => scheduledAt % everyMs))
        assert.lengthOf(offsets("digest", "ada", 40), 1)
        assert.deepStrictEqual(offsets("digest", "eve", 60), [0])
        assert.lengthOf(offsets("bounded", "", 100), 1, "at one phase")
        const days = instantsOf(instances, "bounded").map(({ scheduledAt }) => new Date(scheduledAt).getUTCDate())
        assert.deepStrictEqual(Arr.dedupe(days), [2, 3])
        assert.isAbove(instantsOf(instances, "bounded").length, 4)

        const runs = instances
          .filter(({ state }) => Backfill.isKey(state.key))
          .flatMap(({ lines }) => lines.filter(({ status }) => status === "success"))
        const february = Arr.makeBy(28, (index) => Date.parse("2026-02-01T09:00:00Z") + index * dayMs)
        assert.deepStrictEqual(
          runs.map(({ scheduledAt }) => scheduledAt),
          february
        )
      }).pipe(Effect.withRandom(Random.make("days"))),
    180_000
  )
})

const keysOf = (instances: ReadonlyArray<Told.Instance>, jobName: string) =>
  instances.flatMap(({ state }) => (state.jobName === jobName ? [state.key] : []))
