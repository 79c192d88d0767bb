/**
 * Most lines are read without asking their Schema, and none is read that it would refuse.
 */
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema } from "effect"
import { LogEntry } from "tickwork"
import * as RawRows from "../src/internal/doctor/RawRows.ts"

const place = { table: "job_log", jobName: "sync", key: "", seq: 7 }

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 7, steps: 0, state: null }

const row: RawRows.Row = {
  ...{ jobName: "sync", key: "", seq: 7, status: "success", trigger: "schedule", attempt: 1, scheduledAt: 5 },
  ...{ startedAt: 5, lastAt: 5, durationMs: 3, error: null, reason: null, count: 1, nextAt: 9, nextScheduledAt: 9 },
  ...{ nextAttempt: 1, cadence: JSON.stringify(cadence), retry: null, paused: null, manual: null, memory: null }
}

const field = fc.constantFrom(...Object.keys(row).filter((field) => field !== "cadence"))
const odd = fc.constantFrom<unknown>(null, undefined, -1, 0, 1, 2.5, "", "x", "error", "retry", true, 2 ** 60, [], {})

const decode = Schema.decodeUnknownEither(LogEntry.LogEntry)
const isJson = new Set(["retry", "paused", "manual", "memory"])

describe("RawRows.lineOf", () => {
  it("reads a line that its Schema reads, as it reads it, and no other", () => {
    fc.assert(
      fc.property(fc.dictionary(field, odd, { maxKeys: 2 }), (changed) => {
        // a plain line before it, whose cadence is known
        assert.isTrue(Either.isRight(RawRows.lineOf({ ...row }, place)))
        const read = RawRows.lineOf({ ...row, ...changed }, place)
        const isNoJson = Object.entries(changed).some(
          ([field, value]) => isJson.has(field) && typeof value === "string"
        )
        const expected: Either.Either<LogEntry.LogEntry, unknown> = isNoJson
          ? Either.left("no JSON")
          : decode({ ...row, cadence, ...changed })
        assert.strictEqual(Either.isRight(read), Either.isRight(expected), JSON.stringify(changed))
        if (Either.isRight(read) && Either.isRight(expected)) assert.deepStrictEqual(read.right, expected.right)
      }),
      { seed: 3, numRuns: 3000 }
    )
  })

  it("reads no cadence that is none, though the one before was", () => {
    for (const text of ["null", "{}", '{"definition":1}', "5", "{"]) {
      assert.isTrue(Either.isRight(RawRows.lineOf({ ...row }, place)))
      for (const again of [1, 2]) {
        assert.isTrue(Either.isLeft(RawRows.lineOf({ ...row, cadence: text }, place)), `${text}, look ${again}`)
      }
    }
  })
})
