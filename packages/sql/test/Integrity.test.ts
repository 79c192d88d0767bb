import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { jobsOf, lives, plain } from "@tickwork/test-support/Registries"
import { Effect, FastCheck as fc, Schema } from "effect"
import { JobState, type LogEntry } from "tickwork"
import * as Integrity from "../src/internal/doctor/Integrity.ts"

const minute = 60_000
const page = readFileSync(new URL("../../../docs/doctor.md", import.meta.url), "utf8")

describe("the page of the doctor", () => {
  it("has a row for each code, with its severity, and for no other", () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\w+)/gm)].map(([, code, severity]) => [code, severity])
    assert.sameDeepMembers(rows, Object.entries(Integrity.severities))
  })
})

const day = 86_400_000
const now = 10 * day
const cadence = { definition: "every 1000 ms", anchor: 0, seed: 7, steps: 0, state: null }
const ref = { jobName: "sync", key: "" }

const first = JobState.initial("sync", "", { state: cadence, nextAt: now }, now - 5000)

const lineOf = (seq: number, changed: Partial<LogEntry.LogEntry> = {}): LogEntry.LogEntry => ({
  ...ref,
  seq,
  status: "success",
  trigger: "schedule",
  attempt: 1,
  scheduledAt: now - 5000 + seq * 1000,
  startedAt: now - 5000 + seq * 1000,
  lastAt: now - 5000 + seq * 1000,
  durationMs: 5,
  error: null,
  reason: null,
  count: 1,
  nextAt: now - 4000 + seq * 1000,
  nextScheduledAt: now - 4000 + seq * 1000,
  nextAttempt: 1,
  cadence,
  retry: null,
  paused: null,
  manual: null,
  memory: null,
  ...changed
})

const lines = [1, 2, 3, 4].map((seq) => lineOf(seq))
const state = JobState.fold(first, lines)

const asked = { at: now, by: "", why: "", nextAt: now, attempt: 1, retry: null }

interface Given {
  readonly state?: Integrity.Subject["state"]
  readonly baseline?: Integrity.Subject["baseline"]
  readonly lines?: ReadonlyArray<LogEntry.LogEntry | number | null>
  readonly isGone?: (owner: string) => boolean
  readonly at?: number
}

const findings = (given: Given) => {
  const options = { now: given.at ?? now, ...(given.isGone === undefined ? {} : { isGone: given.isGone }) }
  const stored = { state: given.state === undefined ? state : given.state, baseline: given.baseline ?? null }
  const check = Integrity.of({ ...ref, ...stored }, options)
  const ofLines = (given.lines ?? lines).flatMap((line) => {
    if (typeof line === "object" && line !== null) return check.line(line)
    check.unreadableLine(line)
    return []
  })
  return [...ofLines, ...check.end()]
}

const told = (given: Given) =>
  findings(given).map(({ code, found, seq }) => [
    code,
    ...(seq === null ? [] : [seq]),
    found.field ?? found.first ?? ""
  ])

const claim = {
  claimOwner: "host/1/2/3",
  claimToken: 1,
  claimedAt: now,
  claimedFor: now,
  claimedAs: "schedule"
} as const

describe("Integrity", () => {
  it("finds nothing in an instance that is as its log says, from its first line or from a baseline on", () => {
    assert.deepStrictEqual(findings({}), [])
    assert.deepStrictEqual(findings({ state: { ...state, ...claim } }), [])
    assert.deepStrictEqual(findings({ baseline: JobState.fold(first, lines.slice(0, 2)), lines: lines.slice(2) }), [])
    assert.deepStrictEqual(findings({ baseline: state, lines: [] }), [])
    assert.deepStrictEqual(findings({ state: first, lines: [] }), [])
  })

  it.each<readonly [string, Given, ReturnType<typeof told>]>([
    ["a field", { state: { ...state, totalRuns: 9 } }, [["state-is-not-the-fold", "totalRuns"]]],
    [
      "each field",
      { state: { ...state, nextAt: now + 1, lastError: "?" } },
      [
        ["state-is-not-the-fold", "lastError"],
        ["state-is-not-the-fold", "nextAt"]
      ]
    ],
    [
      "a field of one that never ran",
      { state: { ...first, failures: 1 }, lines: [] },
      [["state-is-not-the-fold", "failures"]]
    ],
    ["a hole", { lines: lines.filter(({ seq }) => seq !== 2) }, [["lines-are-missing", 2]]],
    ["a lost beginning", { lines: lines.slice(2) }, [["lines-are-missing", 1]]],
    ["a lost end", { lines: lines.slice(0, 2) }, [["lines-are-missing", 3]]],
    ["a whole log that is lost", { lines: [] }, [["lines-are-missing", 1]]],
    [
      "what the last line says, behind a hole",
      { lines: lines.slice(2), state: { ...state, nextAt: now + 5, totalRuns: 9 } },
      [
        ["lines-are-missing", 1],
        ["state-is-not-the-fold", "nextAt"]
      ]
    ],
    ["a line that is there twice", { lines: [...lines, lineOf(4)] }, [["line-twice", 4, ""]]],
    [
      "lines that the state does not know",
      { state: JobState.fold(first, lines.slice(0, 2)) },
      [["lines-beyond-the-state", 3]]
    ],
    ["lines of nobody", { state: null }, [["lines-without-an-instance", 1]]],
    ["a baseline of nobody", { state: null, baseline: first, lines: [] }, [["baseline-without-an-instance", ""]]],
    [
      "a baseline too early",
      { baseline: JobState.fold(first, lines.slice(0, 1)), lines: lines.slice(2) },
      [["baseline-does-not-join", 3]]
    ],
    [
      "a baseline too late",
      { baseline: JobState.fold(first, lines.slice(0, 3)), lines: lines.slice(1) },
      [["baseline-does-not-join", 2]]
    ],
    ["a baseline after the end", { baseline: { ...state, seq: 9 }, lines: [] }, [["baseline-does-not-join", 0]]],
    ["half a claim", { state: { ...state, claimToken: 1, claimOwner: "host/1/2/3" } }, [["half-a-claim", ""]]],
    ["the other half", { state: { ...state, claimedFor: now } }, [["half-a-claim", ""]]],
    [
      "the claim of one who is gone",
      { state: { ...state, ...claim }, isGone: () => true },
      [["claim-of-the-gone", ""]]
    ],
    ["an old claim", { state: { ...state, ...claim, claimedAt: now - 2 * day } }, [["claim-is-old", ""]]],
    [
      "more failures than attempts",
      { state: { ...state, totalErrors: 5 }, lines: [1, 2, 3, 4] },
      [["state-contradicts-itself", "totalErrors"]]
    ],
    [
      "a next look for no instant",
      { state: { ...state, scheduledAt: null }, lines: [1, 2, 3, 4] },
      [["state-contradicts-itself", "scheduledAt"]]
    ],
    [
      "a claim that raised no token",
      { state: { ...state, ...claim, claimToken: 0 } },
      [["state-contradicts-itself", "claimToken"]]
    ],
    [
      "a renewal of no claim",
      { state: { ...state, claimRenewals: 3 } },
      [["state-contradicts-itself", "claimRenewals"]]
    ],
    [
      "a pause from the future",
      { state: { ...first, paused: { at: now + 2 * minute, by: "", why: "" } }, lines: [] },
      [
        ["state-is-not-the-fold", "paused"],
        ["instant-in-the-future", "paused.at"]
      ]
    ],
    ["what nobody runs for long", { at: now + 3 * day }, [["overdue", ""]]],
    [
      "what began in the future",
      { at: now - 120_000 },
      [
        ["instant-in-the-future", 1, "startedAt"],
        ["instant-in-the-future", 2, "startedAt"],
        ["instant-in-the-future", 3, "startedAt"],
        ["instant-in-the-future", 4, "startedAt"],
        ["instant-in-the-future", "createdAt"]
      ]
    ]
  ])("finds %s", (_, given, expected) => {
    assert.deepStrictEqual(told(given), expected)
  })

  it.each<readonly [string, Partial<LogEntry.LogEntry>, string]>([
    ["a run that stands for two", { count: 2 }, "count"],
    ["a run that began twice", { lastAt: 1 }, "lastAt"],
    ["a success with an error", { error: "no" }, "error"],
    ["a failure without one", { status: "timeout" }, "error"],
    ["a control line with one", { status: "control", reason: "paused", error: "no" }, "error"],
    ["a run with a reason not to run", { reason: "paused" }, "reason"],
    ["a skip without one", { status: "skipped" }, "reason"],
    ["a failure that remembers", { status: "error", error: "no", memory: { value: 1 } }, "memory"],
    ["a retry that is a first attempt", { trigger: "retry" }, "attempt"],
    ["a second attempt that is no retry", { attempt: 2 }, "attempt"],
    ["a next look for no instant", { nextScheduledAt: null }, "nextScheduledAt"],
    ["two changes in one", { status: "control", reason: "paused", count: 2 }, "count"],
    ["what a policy has come to, and no retry", { retry: {} }, "retry"],
    ["the same of a run by hand", { manual: { ...asked, retry: {} } }, "manual"]
  ])("finds a line that contradicts itself: %s", (_, changed, field) => {
    const broken = lineOf(5, changed)
    assert.deepStrictEqual(told({ state: JobState.after(state, broken), lines: [...lines, broken] }).slice(0, 1), [
      ["line-contradicts-itself", 5, field]
    ])
  })

  it("goes on from the state that an instance has come to meanwhile", () => {
    const check = Integrity.of({ ...ref, state: JobState.fold(first, lines.slice(0, 2)), baseline: null }, { now })
    check.line(lineOf(1))
    check.moved(state)
    for (const line of lines.slice(1)) check.line(line)
    assert.deepStrictEqual(check.end(), [])
  })

  it("says of lines beyond the state nothing else", () => {
    const odd = lineOf(4, { count: 2 })
    assert.deepStrictEqual(
      told({ state: JobState.fold(first, lines.slice(0, 3)), lines: [...lines.slice(0, 3), odd] }),
      [["lines-beyond-the-state", 4]]
    )
  })

  it("says nothing of counts where a line or the baseline cannot be read, and goes on", () => {
    const wrong = { ...state, totalRuns: 9 }
    assert.deepStrictEqual(told({ state: wrong, lines: [1, ...lines.slice(1)] }), [])
    assert.deepStrictEqual(told({ state: wrong, lines: [...lines.slice(0, 3), 4] }), [])
    assert.deepStrictEqual(told({ state: wrong, baseline: "unreadable", lines: lines.slice(2) }), [])
    assert.deepStrictEqual(told({ state: wrong, lines: [null, ...lines.slice(1)] }), [])
    assert.deepStrictEqual(told({ state: "unreadable" }), [])
    const late = { ...state, nextAt: now + 5 }
    assert.deepStrictEqual(told({ state: late, lines: [1, ...lines.slice(1)] }), [["state-is-not-the-fold", "nextAt"]])
  })

  it("finds a request that waits, and one for nobody; what is done, or only begins an instance, is neither", () => {
    const request = {
      ...ref,
      id: 1,
      verb: "pause",
      at: now,
      by: "",
      why: "",
      dueAt: null,
      payload: null,
      doneAt: null
    } as const
    const codes = (changed: object, isThere: boolean, at = now) =>
      Integrity.ofRequest({ ...request, ...changed }, isThere, { now: at }).map(({ code }) => code)
    assert.deepStrictEqual(codes({}, true), [])
    assert.deepStrictEqual(codes({}, true, now + 2 * day), ["request-waits"])
    assert.deepStrictEqual(codes({}, false), [], "whoever begins the instance may not have seen it yet")
    assert.deepStrictEqual(codes({}, false, now + 2 * minute), ["request-for-nobody"])
    assert.deepStrictEqual(codes({}, true, now - 2 * minute), ["instant-in-the-future"])
    assert.deepStrictEqual(codes({ verb: "enqueue" }, false), [])
    assert.deepStrictEqual(codes({ doneAt: now }, false, now + 2 * day), [])
  })

  it("has one line of text and one of cure for every code, which name the instance", () => {
    const facts = { field: "totalRuns", stored: 7, expected: 6, there: ["claimOwner"], missing: ["claimedAt"] }
    for (const code of Integrity.codes) {
      const finding = Integrity.make(code, { jobName: "sync", key: "peer 1" }, facts)
      const text = Integrity.toText(finding)
      assert.match(text, /^instance "peer 1" of job "sync": \S/)
      for (const line of [text, Integrity.cure(finding)]) {
        assert.notMatch(line, /\n/)
        assert.isAbove(line.length, 10)
      }
      assert.deepStrictEqual(Schema.decodeUnknownSync(Integrity.Finding)(JSON.parse(JSON.stringify(finding))), finding)
    }
    const of = (found: object) =>
      Integrity.toText(Integrity.make("state-is-not-the-fold", ref, { field: "nextAt", stored: null, ...found }))
    assert.strictEqual(
      of({ expected: now }),
      `job "sync": next_at is empty, and its log says ${now} (1970-01-11T00:00:00.000Z)`
    )
  })

  it("shortens what is long", () => {
    const { found } = Integrity.make("state-is-not-the-fold", ref, {
      stored: "x".repeat(9999),
      expected: { a: "y".repeat(9999) }
    })
    assert.isAtMost(JSON.stringify(found).length, 500)
  })
})

describe("what a tick leaves behind", () => {
  it.effect.prop(
    "is never found wrong, whatever jobs do and whatever is asked of them",
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
        const options = { now: yield* time.now }
        for (const { name } of jobs.all) {
          const check = Integrity.of(
            { jobName: name, key: "", state: yield* store.state(name), baseline: null },
            options
          )
          const ofLines = (yield* store.logOf(name)).flatMap((line) => check.line(line))
          assert.deepStrictEqual([...ofLines, ...check.end()].map(Integrity.toText), [])
        }
        for (const asked of yield* store.pending())
          assert.deepStrictEqual(Integrity.ofRequest(asked, true, options), [])
      }).pipe(Bench.run),
    { fastCheck: { seed: 5, numRuns: 40 }, timeout: 120_000 }
  )
})
