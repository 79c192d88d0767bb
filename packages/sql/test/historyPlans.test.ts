/**
 * However long the log is, what people ask of it is answered from an index: the plans that SQLite makes, in files with
 * and without statistics.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect } from "effect"
import type { JobLog } from "tickwork"
import * as Tables from "../src/internal/migrations/Tables.ts"
import { sqlite } from "../src/internal/statements/Dialect.ts"
import * as LogStatements from "../src/internal/statements/LogStatements.ts"
import * as Statements from "../src/internal/statements/Statements.ts"

const statements = LogStatements.make(Tables.names("", "main"), sqlite)

/** Two jobs of one instance and one of many, of which one run in a hundred fails. */
const fill = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const states = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 101)
    INSERT INTO job_state (partition, job_name, key, total_runs, total_errors, failures, created_at, updated_at, attempt, cadence, seq,
      claim_token, claim_renewals)
    SELECT 0, CASE i WHEN 100 THEN 'sync' WHEN 101 THEN 'purge' ELSE 'peer' END, CASE WHEN i < 100 THEN 'p' || i ELSE '' END,
      0, 0, 0, 1, 1, 1, '{}', 0, 0, 0 FROM n`
  const lines = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO job_entry (instance, seq, status, "trigger", attempt, scheduled_at, started_at, last_at, duration_ms,
      count, next_attempt, cadence)
    SELECT (SELECT id FROM job_state WHERE job_name = CASE i % 3 WHEN 0 THEN 'sync' WHEN 1 THEN 'purge' ELSE 'peer' END
      AND key = CASE i % 3 WHEN 2 THEN 'p' || (i % 100) ELSE '' END), i,
      CASE WHEN i % 100 = 0 THEN 'error' ELSE 'success' END, 'schedule', 1, i, i, i, 3, 1, 1, '{}' FROM n`
  yield* sql.unsafe(states)
  yield* sql.unsafe(lines)
})

const planOf = ({ parameters, text }: LogStatements.Statement) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql.unsafe<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`, [...parameters])
    return rows.map(({ detail }) => detail)
  })

const after = { jobName: "sync", key: "", seq: 300, startedAt: 300 }

const pages: ReadonlyArray<readonly [asked: string, query: JobLog.LogQuery, index: string]> = [
  ["everything", {}, "by_start"],
  ["a window", { from: 100, to: 200 }, "by_start"],
  ["a job", { jobName: "sync" }, "by_start"],
  ["a job in a window", { jobName: "sync", from: 100, to: 200 }, "by_start"],
  ["an instance", { jobName: "peer", key: "p2" }, "of_instance"],
  ["an instance in a window", { jobName: "peer", key: "p2", from: 100, to: 200 }, "of_instance"],
  ["a line", { jobName: "peer", key: "p2", seq: 2 }, "of_instance"],
  ["failures", { status: "error" }, "by_status"],
  ["failures in a window", { status: "error", from: 100, to: 200 }, "by_status"],
  ["the failures of a job", { jobName: "sync", status: "error" }, "by_status"],
  ["the successes of a job", { jobName: "sync", status: "success" }, "by_start"]
]

/** What is done, whatever becomes of the page then. */
const stepsOf = (plan: ReadonlyArray<string>): ReadonlyArray<string> =>
  plan.filter((detail) => !/^(MATERIALIZE|CO-ROUTINE) page$/.test(detail))

/** What reads a whole table, or sorts all that it has found. */
const isSlow = (detail: string): boolean =>
  (/^SCAN (e|c|o|job_state|r)\b/.test(detail) && !/USING (COVERING )?INDEX/.test(detail)) ||
  /USE TEMP B-TREE FOR (ORDER|GROUP)/.test(detail)

for (const analyzed of [false, true]) {
  describe(`a log ${analyzed ? "with" : "without"} statistics`, () => {
    const inFile = <A, E>(use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        const prepared = analyzed
          ? Effect.zipRight(
              fill,
              Effect.flatMap(SqlClient.SqlClient, (sql) => sql`ANALYZE`)
            )
          : fill
        return yield* Effect.provide(Effect.zipRight(prepared, use), SqlJobStore.layerSqlite({ filename }))
      })

    it.scoped("gives every page, the first and the following, from an index that has its order", () =>
      inFile(
        Effect.forEach(pages, ([asked, query, index]) =>
          Effect.gen(function* () {
            const expected = new RegExp(`e USING INDEX job_entry_${index}\\b`)
            for (const page of [query, { ...query, after }]) {
              const [history, samples] = [statements.history(page), statements.samples(page)]
              const texts = [history.inLists, history.inRows, samples.inLists, samples.inRows]
              const { parameters } = history
              for (const statement of [...texts.map((text) => ({ parameters, text })), statements.entries(page)]) {
                const plan = yield* planOf(statement)
                const [first = ""] = stepsOf(plan)
                assert.match(first, expected, asked)
                assert.deepStrictEqual(plan.filter(isSlow), [], asked)
              }
            }
          })
        )
      )
    )

    it.scoped("begins each page of a window where the one before it ended", () =>
      inFile(
        Effect.gen(function* () {
          for (const to of [300, 301, 5000]) {
            const { inRows: text, parameters } = statements.history({ from: 100, to, after })
            const bounds = text.match(/started_at <=? \?/g) ?? []
            // within the entry of `after`, the second one tells those that began together apart
            assert.deepStrictEqual(bounds, to === 300 ? ["started_at < ?"] : ["started_at <= ?", "started_at < ?"])
            assert.include(parameters, to === 300 ? to : after.startedAt)
            assert.notInclude(parameters, to === 300 ? after.seq + 1 : to)
          }
        })
      )
    )

    it.scoped("reads the states of jobs a page at a time in the order of their index", () =>
      inFile(
        Effect.gen(function* () {
          const { load } = Statements.make(Tables.names("", "main"), sqlite)
          for (const text of Object.values(load).flatMap(({ inLists, inRows }) => [inLists, inRows])) {
            const plan = yield* planOf({ text, parameters: ["peer", "p2", '["peer","sync"]'] })
            assert.match(stepsOf(plan)[0] ?? "", /SEARCH (main\.)?job_state USING INDEX .* \(\(job_name,key\)>/)
            assert.deepStrictEqual(plan.filter(isSlow), [], plan.join("; "))
          }
        })
      )
    )

    it.scoped("finds the requests that are pending or newly done by index, however many there were", () =>
      inFile(
        Effect.gen(function* () {
          const { pending, requestsSince } = Statements.make(Tables.names("", "main"), sqlite)
          for (const [text, parameters] of [
            [pending, []],
            [requestsSince, [7]]
          ] as const) {
            const plan = yield* planOf({ text, parameters })
            assert.deepStrictEqual(
              plan.filter((detail) => detail.startsWith("SCAN job_")),
              [],
              plan.join("; ")
            )
          }
        })
      )
    )

    it.scoped("finds the newest lines of jobs by their instances, and sorts those alone", () =>
      inFile(
        Effect.gen(function* () {
          const plan = yield* planOf({ text: statements.latest(30), parameters: ['["sync","peer"]'] })
          const ofLog = plan.filter((detail) => /^(SCAN|SEARCH) e\b/.test(detail))
          assert.strictEqual(ofLog.length, 1, plan.join("; "))
          assert.match(ofLog[0] ?? "", /^SEARCH e USING INDEX \S+ \(instance=\? AND seq>\?\)$/)
        })
      )
    )

    it.scoped("follows itself, counts, and finds and drops its oldest lines from indexes", () =>
      inFile(
        Effect.gen(function* () {
          const oldest = { endedBefore: 100, entries: 200, limit: 50 }
          const asked: ReadonlyArray<readonly [string, LogStatements.Statement]> = [
            ["what was written", { text: statements.since(100), parameters: [7] }],
            ["the count of lines", { text: statements.count, parameters: [] }],
            ["instances", statements.states({ after })],
            ["instances of a job", statements.states({ jobName: "peer", after: { jobName: "peer", key: "p2" } })],
            ["the oldest", statements.oldest({ ...oldest, after })],
            ["the oldest of a job", statements.oldest({ ...oldest, jobName: "sync" })],
            ["the oldest of an instance", statements.oldest({ ...oldest, jobName: "peer", key: "p2" })],
            ["lines to be dropped", { text: statements.oldEntries, parameters: ["sync", "", 9] }],
            ["dropping lines", { text: statements.dropEntries, parameters: ["sync", "", 9] }]
          ]
          for (const [what, statement] of asked) {
            const plan = yield* planOf(statement)
            assert.deepStrictEqual(plan.filter(isSlow), [], what)
            assert.isTrue(
              plan.some((detail) => /USING .*(INDEX|PRIMARY KEY)/.test(detail)),
              `${what}: ${plan.join("; ")}`
            )
          }
        })
      )
    )
  })
}
