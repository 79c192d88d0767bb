import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import type * as Laws from "./support/Laws.ts"
import type * as Life from "./support/Life.ts"
import * as Lives from "./support/Lives.ts"
import * as Photographs from "./support/Photographs.ts"
import * as Scenario from "./support/scenario.ts"
import * as TemporaryFile from "./support/TemporaryFile.ts"

const start = Date.parse("2026-03-02T12:00:00Z")
const from = start + 150_000
const until = from + 30_000
const downMs = 3000

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
    wishes: Scenario.wishes(from),
    crashes: []
  })

/** The instants of its grids that were run, for jobs of which each has to be. */
const successes = ({ instances }: Laws.Left) =>
  ["beside", "plain", "transfers", "corrects"].flatMap((name) =>
    instances.flatMap(({ lines }) =>
      lines
        .filter(({ jobName, scheduledAt, status }) => jobName === name && status === "success" && scheduledAt <= until)
        .map(({ scheduledAt }) => `${name} ${scheduledAt - from}`)
    )
  )

const written = ({ at, side }: Life.Crash) => `killed ${side} statement ${at}`

describe("a process that is killed", () => {
  it.scopedLive(
    "before or after any statement of its store leaves all that laws 2, 3 and 6 promise",
    () =>
      Effect.gen(function* () {
        const earlier = yield* base
        const { filename } = earlier[0] ?? assert.fail("nothing was lived")
        const { lived, photographs } = yield* Photographs.take({
          filename,
          name: "life 2",
          jobs,
          from,
          until,
          wishes: Scenario.wishes(from)
        })
        const reference = successes(yield* Lives.hold(yield* onward([...earlier, lived], lived), given))
        const moments = photographs.flatMap(({ moments }) => moments.map(written))
        assert.lengthOf(new Set(moments), 2 * lived.statements, "each statement was looked at from both sides")

        for (const { ifKilled, moments } of photographs) {
          const held = Effect.flatMap(onward([...earlier, ifKilled], ifKilled), (lives) => Lives.hold(lives, given))
          const left = yield* Effect.catchAllDefect(held, (cause) =>
            Effect.die(new Error(moments.map(written).join(), { cause }))
          )
          assert.deepStrictEqual(successes(left), reference, moments.map(written).join())
        }
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger))),
    240_000
  )
})
