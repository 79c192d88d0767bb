import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { jobsOf, lives, plain } from "@tickwork/test-support/Registries"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, FastCheck as fc } from "effect"
import { Job, JobState, Jobs, LogEntry } from "tickwork"

const registry = fc.array(plain, { minLength: 1, maxLength: 5 })

const isOfThePlan = ({ trigger, verdict }: LogEntry.LogEntry): boolean =>
  verdict !== "control" && trigger !== "manual" && verdict !== "superseded"

const seconds = /^every (\d+) ms$/

/** Each planned instant has a verdict: a line of the plan begins where the one before it has gone on. */
const checkVerdicts = (lines: ReadonlyArray<LogEntry.LogEntry>, first: number | null) => {
  let planned = first
  let superseded = 0
  for (const line of lines) {
    if (line.verdict === "superseded") superseded += line.count
    if (isOfThePlan(line)) {
      const said = `line ${line.seq} of ${line.jobName}`
      if (LogEntry.ran(line)) assert.strictEqual(line.scheduledAt, planned, said)
      else assert.isAtLeast(line.scheduledAt, planned ?? Number.NaN, said)
      const [, intervalMs] = seconds.exec(line.position.cadence.definition) ?? []
      const interval = Number(intervalMs)
      if (intervalMs !== undefined && line.position.scheduledAt !== null && line.position.attempt === 1) {
        // a run covers what comes while it goes on
        const told = line.count + superseded + Math.ceil(line.durationMs / interval)
        assert.isAtMost(
          (line.position.scheduledAt - line.scheduledAt) / interval,
          told,
          `${said} has left out instants`
        )
      }
      if (line.position.attempt === 1) superseded = 0
    } else if (line.trigger === "manual") assert.strictEqual(line.position.scheduledAt, planned, "beside the plan")
    planned = line.position.scheduledAt
  }
}

describe("law 3, Record", () => {
  it.effect.prop(
    "a row is the fold of its log, with an entry for each start and a verdict for each instant",
    [registry, lives],
    ([plains, lived]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const jobs = jobsOf(work, plains)
        const bench = yield* Bench.open(jobs, { drain: "2 seconds" })
        const { store, time } = bench
        const initial = yield* Effect.forEach(jobs.all, ({ name }) => store.state(name))
        for (const { requests, up } of [...lived, { requests: [], up: 45_000 }]) {
          const { tick } = yield* Bench.open(jobs, { drain: "2 seconds", store })
          const fiber = yield* Bench.daemon({ ...bench, tick })
          for (const { after, lasts, of, verb } of requests) {
            yield* time.advance(after)
            const dueAt = verb === "pause" && lasts !== null ? (yield* time.now) + lasts : null
            const request = { why: `${after}`, dueAt }
            yield* tick.request(verb as "pause", jobs.all[of % jobs.all.length] ?? assert.fail(), request)
          }
          yield* time.advance(up)
          yield* Bench.stop(fiber)
        }

        for (const [n, before] of initial.entries()) {
          const lines = yield* store.logOf(before.jobName)
          const {
            claim: { renewals: claimRenewals, token: claimToken }
          } = yield* store.state(before.jobName)
          const expected = {
            ...JobState.fold(before, lines),
            claim: { ...JobState.fold(before, lines).claim, token: claimToken, renewals: claimRenewals }
          }
          assert.deepStrictEqual(yield* store.state(before.jobName), expected)
          assert.deepStrictEqual(
            lines.map((line) => line.seq),
            lines.map((_, n) => n + 1)
          )
          const successes = lines.filter(({ status }) => status === "success").length
          const remembered = plains[n]?.hasMemory === true && successes > 0 ? { value: successes } : null
          assert.deepStrictEqual((yield* store.state(before.jobName)).memory, remembered, "what successes have left")
          checkVerdicts(lines, before.position.scheduledAt)
        }
        const ran = (yield* store.log).filter(LogEntry.ran)
        const of = ({ attempt, jobName, scheduledAt, startedAt, trigger }: (typeof ran)[number]) =>
          `${jobName} ${scheduledAt} ${attempt} ${startedAt} ${trigger}`
        const begun = work.begun.map((run) => of(run as unknown as (typeof ran)[number]))
        assert.deepStrictEqual(ran.map(of).sort(), begun.sort())
        const asked = lived.flatMap(({ requests }) => requests)
        const isOwn = /^resumed: its pause has ended|^paused by tickwork/
        const answered = (yield* store.log).filter(
          ({ reason, status }) => status === "control" && !isOwn.test(reason ?? "")
        )
        assert.strictEqual(answered.length, asked.length, "whatever was asked has one line")
        assert.deepStrictEqual(yield* store.pending, [])
      }).pipe(Bench.run),
    { fastCheck: { seed: 3, numRuns: Sets.pick({ fast: 50, full: 150 }) }, timeout: 900_000 }
  )

  it.effect("a row is the fold of its log where a condition is rechecked until its occurrence fails", () =>
    Effect.gen(function* () {
      let looks = 0
      const isFirst = Effect.sync(() => looks++ === 0)
      const job = Job.make("flaky", Effect.fail("offline")).pipe(
        Job.every("1 minute"),
        Job.when("only once", isFirst, { recheck: "10 seconds" })
      )
      const bench = yield* Bench.open(Jobs.make(job))
      const { store, time } = bench
      const before = yield* store.state("flaky")
      yield* Bench.daemon(bench)
      yield* time.advance("200 seconds")
      const lines = yield* store.logOf("flaky")
      const state = yield* store.state("flaky")
      assert.deepStrictEqual(
        lines.map(({ count, status, position: { attempt: nextAttempt } }) => [status, nextAttempt, count]),
        [
          ["error", 2, 1],
          ["skipped", 2, 5],
          ["skipped", 1, 1],
          ["skipped", 1, 15]
        ]
      )
      const {
        claim: { renewals: claimRenewals, token: claimToken }
      } = state
      assert.deepStrictEqual(
        {
          ...JobState.fold(before, lines),
          claim: { ...JobState.fold(before, lines).claim, renewals: claimRenewals, token: claimToken }
        },
        state
      )
    }).pipe(Bench.run)
  )
})
