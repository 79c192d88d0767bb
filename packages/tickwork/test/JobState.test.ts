import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { JobState, LogEntry } from "tickwork"
import { log, run } from "./support/runs.ts"

const fastCheck = { seed: 1, numRuns: 300 }

const initial = JobState.initial(
  "purge",
  "",
  { state: { definition: "every 5 ms", anchor: 1, seed: 2, steps: 0, state: null }, nextAt: 7 },
  3
)

const isAttempt = ({ status }: LogEntry.LogEntry): boolean => status !== "skipped" && status !== "control"

const last = <A>(all: ReadonlyArray<A>): A | undefined => all[all.length - 1]

describe("law 3, Record", () => {
  it.prop(
    "the counts are those of the attempts in the log and of those that did not succeed",
    [log],
    ([log]) => {
      const state = JobState.fold(initial, log)
      const attempts = log.filter(isAttempt)
      assert.strictEqual(state.totalRuns, attempts.length)
      assert.strictEqual(state.totalErrors, attempts.filter(({ status }) => status !== "success").length)
    },
    { fastCheck }
  )

  it.prop(
    "what comes next is what the last line says",
    [log.filter((log) => log.length > 0)],
    ([log]) => {
      const state = JobState.fold(initial, log)
      const line = last(log)
      const verdict = last(log.filter(({ status }) => status !== "control"))
      assert.deepStrictEqual([state.lastStatus, state.lastError], [verdict?.status ?? null, verdict?.error ?? null])
      assert.deepStrictEqual(
        [state.lastReason, state.seq, state.updatedAt],
        [line?.reason, line?.seq, (line?.lastAt ?? 0) + (line?.durationMs ?? 0)]
      )
      assert.deepStrictEqual(
        [state.position.nextAt, state.position.scheduledAt, state.position.attempt, state.position.cadence],
        [line?.position.nextAt, line?.position.scheduledAt, line?.position.attempt, line?.position.cadence]
      )
    },
    { fastCheck }
  )

  it.prop(
    "what is remembered is what the last line left that left something",
    [log],
    ([log]) => {
      const left = log.flatMap(({ memory }) => memory ?? [])
      assert.deepStrictEqual(JobState.fold(initial, log).memory, last(left) ?? null)
    },
    { fastCheck }
  )

  it.prop(
    "what ran last is told by the last attempt, and the last success by the last that succeeded",
    [log],
    ([log]) => {
      const state = JobState.fold(initial, log)
      const attempt = last(log.filter(isAttempt))
      assert.strictEqual(state.lastRunAt, attempt?.startedAt ?? null)
      assert.strictEqual(state.lastDurationMs, attempt?.durationMs ?? null)
      assert.strictEqual(state.lastSuccessAt, last(log.filter(({ status }) => status === "success"))?.startedAt ?? null)
    },
    { fastCheck }
  )

  it.prop(
    "a line that ran nothing counts nothing, and forgets nothing of what ran",
    [log, run],
    ([log, run]) => {
      const before = JobState.fold(initial, log)
      const after = JobState.after(before, { ...run, status: "skipped", count: 9 })
      for (const field of ["totalRuns", "totalErrors", "lastRunAt", "lastDurationMs", "lastSuccessAt"] as const) {
        assert.strictEqual(after[field], before[field], field)
      }
      assert.strictEqual(after.lastStatus, "skipped")
    },
    { fastCheck }
  )

  it.prop(
    "a log folds the same in two parts, so its older lines can make way for a baseline",
    [log, log],
    ([a, b]) => {
      assert.deepStrictEqual(JobState.fold(JobState.fold(initial, a), b), JobState.fold(initial, [...a, ...b]))
    },
    { fastCheck }
  )

  it.prop(
    "claims are outside of the fold",
    [log, run],
    ([log, run]) => {
      const before = JobState.fold(initial, log)
      const claimed = JobState.claimed(before, "me", { scheduledAt: 11, trigger: "schedule" }, 12)
      assert.deepStrictEqual(
        [claimed.claim.owner, claimed.claim.token, claimed.claim.scheduledAt, claimed.claim.claimedAt],
        ["me", before.claim.token + 1, 11, 12]
      )
      const free = { claim: { ...JobState.released(before).claim, token: before.claim.token + 1 } }
      assert.deepStrictEqual(JobState.after(claimed, run), { ...JobState.after(before, run), ...free })
      assert.deepStrictEqual(JobState.released(claimed), { ...before, ...free })
    },
    { fastCheck }
  )

  it.prop(
    "an entry of no run changes the plan, keeps the counts and makes older claims stale",
    [run],
    ([some]) => {
      const before = {
        ...initial,
        totalRuns: 4,
        totalErrors: 1,
        lastRunAt: 6,
        lastStatus: "error" as const,
        lastError: "x"
      }
      const line = { ...some, status: "control" as const, reason: "the clock was set back", error: null }
      const after = JobState.applyEntry(before, line)
      assert.deepNestedInclude(after, {
        totalRuns: 4,
        totalErrors: 1,
        lastRunAt: 6,
        lastStatus: "error",
        lastError: "x",
        lastReason: "the clock was set back",
        "position.nextAt": line.position.nextAt,
        "claim.token": before.claim.token + 1
      })
    },
    { fastCheck }
  )
})

describe("a row that went through JSON", () => {
  it.prop(
    "is the same line",
    [run],
    ([run]) => {
      const json = Schema.parseJson(LogEntry.LogEntry)
      assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(run)), run)
    },
    { fastCheck }
  )

  it.prop(
    "is the same state",
    [log],
    ([log]) => {
      const json = Schema.parseJson(JobState.JobState)
      const state = JobState.claimed(JobState.fold(initial, log), "me", { scheduledAt: 11, trigger: "schedule" }, 12)
      assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(state)), state)
    },
    { fastCheck }
  )
})
