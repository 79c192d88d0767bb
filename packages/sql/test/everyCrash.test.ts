import { assert, describe, it } from "@effect/vitest"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Logger } from "effect"
import type * as Laws from "./support/Laws.ts"
import type * as Life from "./support/Life.ts"
import * as Lives from "./support/Lives.ts"
import * as Photographs from "./support/Photographs.ts"
import * as Scenario from "./support/scenario.ts"

const start = Date.parse("2026-03-02T12:00:00Z")
const from = start + 150_000
const until = from + Sets.pick({ fast: 8000, full: 30_000 })
const wishes = Scenario.wishes(from, Sets.pick({ fast: [2, 4, 6], full: [8, 12, 21] }))
const downMs = 3000

/** Of the moments at which something else is left behind, a life goes on from each of so many. */
const everyNth = Sets.pick({ fast: 3, full: 1 })

const { jobs } = Scenario
const given = { jobs: jobs((_, body) => body).all, until }

/** The jobs have run once, and nobody was there for two minutes. */
const base = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  yield* Lives.prepare(filename, Scenario.table)
  return yield* Lives.live({ filename, jobs, from: start, until: start, crashes: [] })
})

const onward = (earlier: ReadonlyArray<Life.Lived>, after: Life.Lived) =>
  Lives.live({
    earlier,
    filename: after.filename,
    jobs,
    from: (after.diedAt ?? from) + downMs,
    until,
    wishes,
    crashes: []
  })

const written = ({ at, side }: Life.Crash) => `killed ${side} statement ${at}`

/** Kills a life before and after its statements, lives on from there each time, and answers what is left then. */
const killedEverywhere = (
  earlier: ReadonlyArray<Life.Lived>,
  life: Pick<Life.Options, "filename" | "from" | "until">
) =>
  Effect.gen(function* () {
    const options = { ...life, name: `life ${earlier.length + 1}`, jobs, wishes }
    const { lived, photographs: all } = yield* Photographs.take(options)
    const moments = all.flatMap(({ moments }) => moments.map(written))
    assert.lengthOf(new Set(moments), 2 * lived.statements, "each statement was seen from both sides")
    const photographs = all.filter((_, n) => n % everyNth === 0)
    const whole = yield* Effect.flatMap(onward([...earlier, lived], lived), (lives) => Lives.hold(lives, given))
    const cut = yield* Effect.forEach(photographs, ({ ifKilled, moments }) =>
      Effect.flatMap(onward([...earlier, ifKilled], ifKilled), (lives) => Lives.hold(lives, given)).pipe(
        Effect.catchAllDefect((cause) => Effect.die(new Error(moments.map(written).join(), { cause }))),
        Effect.map((left) => ({ left, where: moments.map(written).join() }))
      )
    )
    return { whole, cut }
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

/** The instants of its grids that were run, for jobs of which each has to be. */
const successes = ({ instances }: Laws.Left) =>
  ["beside", "plain", "transfers", "corrects"].flatMap((name) =>
    instances.flatMap(({ lines }) =>
      lines
        .filter(({ jobName, scheduledAt, status }) => jobName === name && status === "success" && scheduledAt <= until)
        .map(({ scheduledAt }) => `${name} ${scheduledAt - from}`)
    )
  )

describe("a process that is killed", () => {
  it.scopedLive(
    "before or after any statement of its store leaves all that laws 2, 3 and 6 promise",
    () =>
      Effect.gen(function* () {
        const earlier = yield* base
        const { filename } = earlier[0] ?? assert.fail("nothing was lived")
        const { cut, whole } = yield* killedEverywhere(earlier, { filename, from, until })
        for (const { left, where } of cut) assert.deepStrictEqual(successes(left), successes(whole), where)
      }),
    900_000
  )

  it.scopedLive(
    "while it makes its tables and begins its jobs leaves what a later one goes on from",
    () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        yield* Lives.prepare(filename, Scenario.table)
        const { cut } = yield* killedEverywhere([], { filename, from: until - 1000, until: until - 1000 })
        assert.isAbove(cut.length, 10 / everyNth)
      }),
    900_000
  )
})
