/**
 * The doctor finds nothing in what jobs leave behind, wherever their process is killed, nor in what the next process
 * makes of it.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, FastCheck as fc, Layer, Logger, Stream } from "effect"
import { JobLog } from "tickwork"
import { TestTime } from "tickwork/testing"
import * as Life from "./support/Life.ts"
import * as Lives from "./support/Lives.ts"
import * as Registries from "./support/registries.ts"
import { table } from "./support/scenario.ts"

const from = Date.parse("2026-03-02T12:00:00Z")
const until = from + 60_000

const crash = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 300 })),
  side: fc.constantFrom("before" as const, "after" as const),
  downMs: fc.constantFrom(0, 1, 3000, 20_000, 90_000)
})

const wish = fc.record({
  at: fc.integer({ min: from, max: until }),
  verb: fc.constantFrom("pause" as const, "resume" as const, "trigger" as const, "cancel" as const),
  of: fc.nat()
})

/** A killed process leaves stale claims behind, and it may be killed before its tables are made. */
const examined = (filename: string, at: number) =>
  Stream.runCollect(Doctor.examine()).pipe(
    Effect.map((findings) => [...findings].filter(({ code }) => code !== "stale-claim").map(Doctor.toText)),
    Effect.provide(Layer.fresh(SqlJobStore.layerExisting({ filename, access: "read" }))),
    Effect.catchIf(
      (error) => error._tag === "DatabaseError" && error.reason === "no tables",
      () => Effect.succeed([])
    ),
    Effect.provide(TestTime.layer({ start: at }))
  )

/** A copy of the file; the next process goes on in the file itself. */
const photograph = (filename: string, name: string): string => {
  const copy = `${filename}-${name}`
  for (const part of ["", "-wal"]) {
    if (fs.existsSync(filename + part)) fs.copyFileSync(filename + part, copy + part)
  }
  return copy
}

const lived = (given: {
  readonly registry: Registries.Registry
  readonly crashes: ReadonlyArray<Life.Crash & { readonly downMs: number }>
  readonly wishes: ReadonlyArray<{ readonly at: number; readonly verb: Life.Wish["verb"]; readonly of: number }>
}) =>
  Effect.gen(function* () {
    let filename = yield* TemporaryFile.make
    yield* Lives.prepare(filename, table)
    const jobs = Registries.make(given.registry)
    const all = jobs((_, body) => body).all
    const wishes = given.wishes.map(({ at, of, verb }) => ({ at, verb, job: all[of % all.length] ?? assert.fail() }))
    let start = from
    const found: Array<string> = []
    for (const [index, crash] of [...given.crashes, undefined].entries()) {
      const life = yield* Life.live({
        filename,
        name: `life ${index + 1}`,
        jobs,
        from: start,
        until: Math.max(until, start + 15_000),
        wishes: wishes.filter(({ at }) => at >= start),
        crash
      })
      const at = life.diedAt ?? Math.max(until, start + 15_000)
      found.push(...(yield* examined(photograph(life.filename, `photograph ${index}`), at)))
      filename = life.filename
      start = at + (crash?.downMs ?? 0)
    }
    return { filename, found, at: start }
  })

describe("the doctor", () => {
  it.live(
    "finds nothing in what jobs leave behind, wherever they are killed, pruned or not",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            Registries.registry,
            fc.array(crash, { maxLength: 3 }),
            fc.array(wish, { maxLength: 5 }).map((wishes) => [...wishes].sort((a, b) => a.at - b.at)),
            fc.integer({ min: 1, max: 8 }),
            (registry, crashes, wishes, keep) =>
              Effect.gen(function* () {
                const { at, filename, found } = yield* lived({ registry, crashes, wishes })
                assert.strictEqual(found.join("\n"), "")
                yield* Effect.provide(JobLog.prune({ keep }), SqlJobStore.layerSqlite({ filename }))
                assert.deepStrictEqual(yield* examined(filename, at), [])
              }).pipe(Effect.scoped, Effect.provide(Logger.remove(Logger.defaultLogger)), Effect.runPromise)
          ),
          { numRuns: Sets.pick({ fast: 15, full: 60 }), seed: 11, endOnFailure: true }
        )
      ),
    900_000
  )
})
