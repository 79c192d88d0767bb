/**
 * What `status` prints of a database with many instances, as a process, on any database.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "./Program.ts"

export const check = (db: string) =>
  Effect.gen(function* () {
    const { lines } = yield* Program.runIn({ COLUMNS: "80" }, "status", "--db", db)
    const named = lines.filter((line) => /^\w/.test(line)).map((line) => line.split(/[ :]/)[0])
    const jobs = ["recurring_0", "recurring_1", "recurring_2", "recurring_3", "recurring_4"]
    assert.deepStrictEqual(named.slice(0, 6), ["job", ...jobs])
    assert.deepStrictEqual(named.slice(-2), ["ping", "send_mail"])
    assert.include(lines, "send_mail: 1 failed, of 1,000 runs (--all lists them)")
    for (const line of lines) assert.isAtMost(line.length, 80)

    const { answer } = yield* Program.json("status", "--db", db)
    assert.deepStrictEqual(
      answer.jobs.map(({ job }: { readonly job: string }) => job),
      jobs
    )
    assert.deepInclude(answer.folded[1], { job: "send_mail", instances: 1000, enqueued: 1000, failed: 1, waiting: 0 })
    const { answer: all } = yield* Program.json("status", "--all", "--db", db)
    assert.deepStrictEqual([all.jobs.length, all.folded, all.more], [1035, [], 0])
    const { answer: own } = yield* Program.json("status", "send_mail", "--limit", "3", "--db", db)
    assert.deepStrictEqual([own.jobs.length, own.folded, own.more], [3, [], 997])
  })
