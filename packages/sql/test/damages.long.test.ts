/**
 * A file that a real run has written, with random damages to it, to its rows or to its log beside it: opening it, and the
 * doctor, end with an answer each time.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Damage from "@tickwork/test-support/Damage"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, FastCheck as fc, Logger } from "effect"
import type { Ending, Examined } from "./support/examining.ts"
import * as Lives from "./support/Lives.ts"
import * as Scenario from "./support/scenario.ts"

const from = Date.parse("2026-03-02T12:00:00Z")
const until = from + 60_000
/** What is missed by then makes an opening dear. */
const aMinuteLater = until + 60_000

/** What a life that was killed and the one after it leave behind, in a file that is closed. */
const written = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  yield* Lives.prepare(filename, Scenario.table)
  const lives = yield* Lives.live({
    filename,
    jobs: Scenario.jobs,
    from,
    until,
    wishes: Scenario.wishes(from),
    crashes: [{ at: 200, side: "after", downMs: 3000 }]
  })
  const left = lives.at(-1)?.filename ?? ""
  const closing = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`PRAGMA wal_checkpoint(TRUNCATE)`)
  yield* Effect.provide(closing, SqliteClient.layer({ filename: left }))
  assert.isFalse(fs.existsSync(`${left}-wal`))
  return left
}).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

/** The same with a log of writes beside it that are not in the file yet, as a killed process leaves it. */
const writtenWithLog = Effect.gen(function* () {
  const good = yield* written
  const left = `${good}-left`
  yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (let n = 0; n < 20; n++) yield* sql`UPDATE job_state SET updated_at = updated_at + 1`
    for (const part of ["", "-wal"]) fs.copyFileSync(good + part, left + part)
  }).pipe(Effect.provide(SqliteClient.layer({ filename: good })))
  assert.isAbove(fs.statSync(`${left}-wal`).size, 0)
  return left
})

/** A log that is no longer there, and one without content, are the same. */
const contents = (filename: string) =>
  ["", "-wal"].map((part) => (fs.existsSync(filename + part) ? fs.readFileSync(filename + part) : Buffer.alloc(0)))

const isSame = (filename: string, before: ReadonlyArray<Buffer>) =>
  contents(filename).every((part, n) => before[n]?.equals(part))

const typed = ["DatabaseError", "StoreError", "InvalidJobs"]

const hasAnswered = (what: string, { defect, failed }: Ending) => {
  assert.isNull(defect, `${what} ends with no defect`)
  if (failed === null) return
  assert.include(typed, failed.tag, `${what} fails with an error of its type`)
  assert.isNotEmpty(failed.message)
}

interface Options {
  readonly seed: number
  /** What is struck: the file, or the log beside it. */
  readonly part: "" | "-wal"
  readonly good: typeof written
}

const struck = (damages: fc.Arbitrary<Damage.Damage>, { part, seed, ...options }: Options) =>
  Effect.gen(function* () {
    const good = yield* options.good
    const examiner = new URL("./support/examining.ts", import.meta.url)
    const child = yield* Process.start(examiner, [`${aMinuteLater}`], () => {})
    const seen = { refused: 0, found: 0, failed: [] as Array<string> }
    for (const [n, damage] of fc.sample(damages, { numRuns: cases, seed }).entries()) {
      const filename = `${good}-${n}`
      const parts = ["", "-wal"].filter((part) => fs.existsSync(good + part))
      for (const part of parts) fs.copyFileSync(good + part, filename + part)
      yield* Damage.strike(filename + part, damage)
      for (const part of parts) fs.copyFileSync(filename + part, `${filename}-opened${part}`)
      const before = contents(filename)
      const line = yield* Process.ask(child, filename).pipe(
        Effect.timeoutFail({
          duration: "1 minute",
          onTimeout: () => new Error(`hangs after ${JSON.stringify(damage)}`)
        })
      )
      const where = `after ${JSON.stringify(damage)}`
      assert.match(line, /^\{/, where)
      const { doctor, found, opening }: Examined = JSON.parse(line)
      hasAnswered(`the doctor ${where}`, doctor)
      hasAnswered(`opening ${where}`, opening)
      assert.isTrue(isSame(filename, before), `the doctor changes nothing ${where}`)
      if (opening.failed?.tag === "DatabaseError") {
        seen.refused += 1
        assert.isTrue(isSame(`${filename}-opened`, before), `opening changes nothing that it refuses ${where}`)
      }
      if (found.length > 0) seen.found += 1
      if (opening.failed !== null) seen.failed.push(`${opening.failed.message} ${where}`)
    }
    return seen
  })

const cases = 350
const timeoutMs = 600_000

describe("a SQLite file of a real run", () => {
  it.scopedLive(
    "with bytes that are lost is refused unchanged, or opened, and the doctor answers",
    () =>
      Effect.gen(function* () {
        const { found, refused } = yield* struck(Damage.ofBytes, { good: written, part: "", seed: 1 })
        assert.isAbove(refused, 10)
        assert.isAbove(found, 10)
      }),
    timeoutMs
  )

  it.scopedLive(
    "with bytes lost in its log is refused unchanged, or opened, and the doctor answers",
    () => struck(Damage.ofBytes, { good: writtenWithLog, part: "-wal", seed: 3 }),
    timeoutMs
  )

  it.scopedLive(
    "with junk in a row of a job opens, and the doctor answers",
    () =>
      Effect.gen(function* () {
        const { failed, found } = yield* struck(Damage.ofRows, { good: written, part: "", seed: 2 })
        assert.isAbove(found, 10)
        // of the row that names the release
        const others = failed.filter((failure) => !/as a job store \((newer|unreleased layout)\)/.test(failure))
        assert.deepStrictEqual(others, [])
      }),
    timeoutMs
  )
})
