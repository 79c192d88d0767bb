/**
 * The check of one instance, on states and logs made by hand and on those that a tick leaves behind.
 */

import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Entries from "@tickwork/test-support/Entries"
import { jobsOf, lives, plain } from "@tickwork/test-support/Registries"
import { Effect, FastCheck as fc } from "effect"
import { JobState, type LogEntry, Position } from "tickwork"
import type { Finding } from "../src/internal/doctor/Finding.ts"
import * as InstanceCheck from "../src/internal/doctor/InstanceCheck.ts"
import { toText } from "../src/internal/doctor/Messages.ts"

const day = 86_400_000
const now = 10 * day
const cadence = { definition: "every 1000 ms", anchor: 0, seed: 7, steps: 0, state: null }
const ref = { jobName: "sync", key: "" }

const first = JobState.initial("sync", "", { state: cadence, nextAt: now }, now - 5000)

const entryOf = (seq: number): LogEntry.LogEntry => ({
  ...Entries.of({ ...ref, seq, durationMs: 5 }),
  scheduledAt: now - 5000 + seq * 1000,
  startedAt: now - 5000 + seq * 1000,
  lastAt: now - 5000 + seq * 1000,
  position: Position.initial(cadence, now - 4000 + seq * 1000),
  memory: null,
  report: null,
  stack: null
})

const log = [1, 2, 3, 4].map(entryOf)
const state = JobState.fold(first, log)
/** The state after the first entries. */
const after = (count: number) => JobState.fold(first, log.slice(0, count))

interface Given {
  readonly state?: InstanceCheck.Snapshot["state"]
  readonly baseline?: InstanceCheck.Snapshot["baseline"]
  /** A number stands for an entry that cannot be read, `null` for one whose number cannot be read, either. */
  readonly log?: ReadonlyArray<LogEntry.LogEntry | number | null>
}

const snapshotOf = (given: Given): InstanceCheck.Snapshot => ({
  state: given.state ?? state,
  baseline: given.baseline ?? null,
  entries: (given.log ?? log).map((entry) =>
    typeof entry === "object" && entry !== null ? { seq: entry.seq, entry } : { seq: entry, entry: null }
  )
})

const findings = (...pages: ReadonlyArray<Given>): ReadonlyArray<Finding> => {
  const check = new InstanceCheck.InstanceCheck(ref)
  const snapshots = pages.map(snapshotOf)
  for (const snapshot of snapshots) check.take(snapshot)
  return check.end(snapshots.at(-1) ?? assert.fail())
}

const found = (...pages: ReadonlyArray<Given>) =>
  findings(...pages).map(({ code, found }) => [code, found.why ?? found.field ?? `${found.first} to ${found.last}`])

describe("the check of an instance", () => {
  it.each<readonly [string, ReadonlyArray<Given>]>([
    ["with its whole log", [{}]],
    ["that never ran", [{ state: first, log: [] }]],
    ["whose first entries are pruned", [{ baseline: after(2), log: log.slice(2) }]],
    ["whose entries are all pruned", [{ baseline: state, log: [] }]],
    ["read in pages", [{ state: after(2), log: log.slice(0, 1) }, { log: log.slice(1) }]],
    ["pruned between two pages", [{ log: log.slice(0, 1) }, { baseline: after(3), log: log.slice(3) }]],
    ["pruned up to the page before", [{ log: log.slice(0, 2) }, { baseline: after(2), log: log.slice(2) }]],
    ["forgotten and enqueued again between two pages", [{ log }, { state: first, log: [] }]]
  ])("finds nothing in an instance %s", (_, pages) => {
    assert.deepStrictEqual(findings(...pages), [])
  })

  it.each<readonly [string, Given, ReturnType<typeof found>]>([
    ["a count that its log does not say", { state: { ...state, totalRuns: 9 } }, [["state-mismatch", "totalRuns"]]],
    [
      "each field that its log does not say",
      { state: { ...state, position: { ...state.position, nextAt: now + 1 }, lastError: "?" } },
      [
        ["state-mismatch", "lastError"],
        ["state-mismatch", "nextAt"]
      ]
    ],
    [
      "a count of an instance that never ran",
      { state: { ...first, failures: 1 }, log: [] },
      [["state-mismatch", "failures"]]
    ],
    [
      "a baseline after the last entry of the state",
      { baseline: { ...state, seq: 9 }, log: [] },
      [["state-mismatch", "seq"]]
    ],
    ["a gap", { log: log.filter(({ seq }) => seq !== 2) }, [["missing-entries", "2 to 2"]]],
    ["a lost beginning", { log: log.slice(2) }, [["missing-entries", "1 to 2"]]],
    ["a lost end", { log: log.slice(0, 2) }, [["missing-entries", "3 to 4"]]],
    ["a lost log", { log: [] }, [["missing-entries", "1 to 4"]]],
    ["a gap after the baseline", { baseline: after(1), log: log.slice(2) }, [["missing-entries", "2 to 2"]]],
    ["entries that the baseline counts", { baseline: after(3), log: log.slice(1) }, [["unexpected-entries", "pruned"]]],
    ["entries after the last one of the state", { state: after(2) }, [["unexpected-entries", "beyond"]]],
    ["an entry that is stored twice", { log: [...log, entryOf(4)] }, [["unexpected-entries", "duplicate"]]]
  ])("finds %s", (_, given, expected) => {
    assert.deepStrictEqual(found(given), expected)
  })

  it("names a memory that its log does not say, and never what it holds", () => {
    const secret = { value: { token: "SECRET" } }
    const all = findings({ state: { ...state, memory: secret, payload: secret } })
    assert.deepStrictEqual(
      all.map(({ found }) => found),
      [{ field: "memory" }]
    )
    assert.deepStrictEqual(all.map(toText), ['job "sync": memory differs from what its log says'])
  })

  it("says nothing of counts where something before cannot be read", () => {
    const wrong = { ...state, totalRuns: 9 }
    assert.deepStrictEqual(found({ state: wrong, log: [1, ...log.slice(1)] }), [])
    assert.deepStrictEqual(found({ state: wrong, log: [...log.slice(0, 3), 4] }), [])
    assert.deepStrictEqual(found({ state: wrong, log: [null, ...log.slice(1)] }), [])
    assert.deepStrictEqual(found({ state: wrong, baseline: "unreadable", log: log.slice(2) }), [])
    assert.deepStrictEqual(found({ state: "unreadable" }), [])
    assert.deepStrictEqual(found({ state: wrong, log: log.slice(1) }), [["missing-entries", "1 to 1"]])
  })

  it("finds gaps also where the state cannot be read", () => {
    assert.deepStrictEqual(found({ state: "unreadable", log: log.slice(1) }), [["missing-entries", "1 to 1"]])
  })
})

const claim = {
  ...{ owner: "host/1/2/3", token: 1, renewals: 0, claimedAt: now, scheduledAt: now },
  trigger: "schedule"
} as const

describe("the check of a claim", () => {
  const codes = (changed: Partial<JobState.Claim>, options: Partial<InstanceCheck.Options> = {}) =>
    InstanceCheck.claim(
      { ...state, claim: { ...state.claim, ...changed } },
      { now, staleAfterMs: day, isGone: () => false, ...options }
    ).map(({ code }) => code)

  it("finds nothing in no claim, nor in one that a living process holds", () => {
    assert.deepStrictEqual(codes({}), [])
    assert.deepStrictEqual(codes(claim), [])
    assert.deepStrictEqual(codes(claim, { now: now + day }), [])
  })

  it("finds a partial one", () => {
    assert.deepStrictEqual(codes({ owner: "host/1/2/3" }), ["partial-claim"])
    assert.deepStrictEqual(codes({ scheduledAt: now }), ["partial-claim"])
    assert.deepStrictEqual(codes({ ...claim, trigger: null }), ["partial-claim"])
  })

  it("finds a stale one, by its process or by its age", () => {
    assert.deepStrictEqual(codes(claim, { isGone: (owner) => owner === "host/1/2/3" }), ["stale-claim"])
    assert.deepStrictEqual(codes(claim, { now: now + day + 1 }), ["stale-claim"])
  })
})

describe("what a tick leaves behind", () => {
  it.effect.prop(
    "is no finding, whatever the jobs do and whatever requests they get",
    [fc.array(plain, { minLength: 1, maxLength: 5 }), lives],
    ([plains, lived]) =>
      Effect.gen(function* () {
        const jobs = jobsOf(Bench.makeWork(), plains)
        const bench = yield* Bench.open(jobs, { drain: "2 seconds" })
        const { store, time } = bench
        for (const { requests, up } of [...lived, { requests: [], up: 45_000 }]) {
          const { tick } = yield* Bench.open(jobs, { drain: "2 seconds", store })
          const fiber = yield* Bench.daemon({ ...bench, tick })
          for (const { after, of, verb } of requests) {
            yield* time.advance(after)
            yield* tick.request(verb as "pause", jobs.all[of % jobs.all.length] ?? assert.fail(), {})
          }
          yield* time.advance(up)
          yield* Bench.stop(fiber)
        }
        for (const { name } of jobs.all) {
          const stored = yield* store.state(name)
          assert.deepStrictEqual(findings({ state: stored, log: yield* store.logOf(name) }).map(toText), [])
          const options = { now: yield* time.now, staleAfterMs: day, isGone: () => false }
          assert.deepStrictEqual(InstanceCheck.claim(stored, options).map(toText), [])
        }
      }).pipe(Bench.run),
    { fastCheck: { seed: 5, numRuns: 40 }, timeout: 120_000 }
  )
})
