/**
 * Laws of the log: what a save appends, and in which order queries answer it.
 *
 * @internal
 */
import { Array as Arr, Effect } from "effect"
import * as JobState from "../../../JobState.ts"
import * as JobStats from "../../../JobStats.ts"
import * as LogEntry from "../../../LogEntry.ts"
import * as Law from "./Law.ts"

const skipped = { ...Law.entry(Law.instance("a")), status: "skipped" as const, reason: "it rains", durationMs: 0 }
const skip = (at: number, seq: number) => ({ ...skipped, seq, startedAt: at, lastAt: at, scheduledAt: at })

export const laws: Law.Laws = Law.lawsOf({
  *"the holder's save keeps state and log entry together, and frees the instance"() {
    const held = yield* Law.added("a")
    const report = { value: { files: [1, null], text: "\u{1F600}" } }
    const run = Law.entry(held, { status: "error", error: "it broke", report, stack: "Error: it broke\n    at body" })
    yield* Law.save(Law.saveOf(held, [run]))
    yield* Law.equal("the state", yield* Law.stored("a"), JobState.after(held, run))
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [run])
  },

  *"a refused part of a batch leaves the rest of the batch in force"() {
    yield* Law.add(Law.instance("a"), Law.instance("b"))
    const a = yield* Law.claim(Law.instance("a"), "one")
    const stranger = { ...Law.instance("b"), claim: { ...Law.instance("b").claim, owner: "stranger", token: 3 } }
    const refused = yield* Law.save(Law.saveOf(stranger), Law.saveOf(a.held))
    yield* Law.equal("refused", refused.saves, [Law.saveOf(stranger)])
    yield* Law.equal("written", (yield* Law.entriesOf("a")).length, 1)
    yield* Law.equal("not written", (yield* Law.entriesOf("b")).length, 0)
  },

  *"a save may carry several log entries, and they keep their order"() {
    yield* Law.add(Law.instance("a"))
    const first = Law.entry(Law.instance("a"), { status: "skipped", reason: "missed: down", count: 3 })
    const second = Law.entry({ ...Law.instance("a"), seq: 1 }, { status: "control", reason: "the clock was set back" })
    const state = JobState.applyEntry(JobState.applyEntry(Law.instance("a"), first), second)
    yield* Law.save(Law.saveOf(Law.instance("a"), [first, second], state))
    yield* Law.equal("the state", yield* Law.stored("a"), state)
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [second, first])
  },

  *"equal neighbouring verdicts are one log entry with a count"() {
    yield* Law.add(Law.instance("a"))
    let state = Law.instance("a")
    for (const at of [1_000, 6_000, 11_000]) {
      const { held } = yield* Law.claim(state, "one")
      yield* Law.save(Law.saveOf(held, [skip(at, 1)]))
      state = yield* Law.stored("a")
    }
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [{ ...skip(1_000, 1), lastAt: 11_000, count: 3 }])
  },

  *"equal neighbouring verdicts of one save are one log entry with a count, too"() {
    yield* Law.add(Law.instance("a"))
    // a store may send some rows in one statement
    const others = Arr.makeBy(20, (n) => skip(1_000 * (n + 2), n < 19 ? 1 : 2))
    const state = [skip(1_000, 1), ...others].reduce(
      (state, entry) => JobState.applyEntry(state, entry),
      Law.instance("a")
    )
    yield* Law.save(Law.saveOf(Law.instance("a"), [skip(1_000, 1), ...others], state))
    const merged = { ...skip(1_000, 1), lastAt: 20_000, count: 20 }
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [skip(21_000, 2), merged])
  },

  *"the state of an instance equals the fold of its log"() {
    const statuses = ["success", "error", "skipped", "skipped", "interrupted", "success"] as const
    for (const status of statuses) yield* Law.recordRuns(Law.instance("a"), 1, () => ({ status }))
    const { fold, stored } = yield* Law.foldOf(Law.instance("a"))
    yield* Law.equal("the state", stored, fold)
  },

  *"entries come newest first, only those that match, and no more than the limit"({ log }) {
    for (const [name, startedAt, status] of [
      ["a", 1_000, "success"],
      ["b", 2_000, "error"],
      ["a", 3_000, "error"],
      ["a", 4_000, "success"]
    ] as const) {
      yield* Law.recordRuns(Law.instance(name), 1, () => ({ startedAt, lastAt: startedAt, status }))
    }
    const started = (query: Parameters<typeof log.entries>[0]) =>
      Effect.map(log.entries(query), (runs) => runs.map(({ startedAt }) => startedAt))
    yield* Law.equal("all", yield* started({}), [4_000, 3_000, 2_000, 1_000])
    yield* Law.equal("of a job", yield* started({ jobName: "a", key: "" }), [4_000, 3_000, 1_000])
    yield* Law.equal("of a status", yield* started({ status: "error" }), [3_000, 2_000])
    yield* Law.equal("of a number", yield* started({ jobName: "a", key: "", seq: 2 }), [3_000])
    yield* Law.equal("of a time", yield* started({ from: 2_000, to: 4_000 }), [3_000, 2_000])
    yield* Law.equal("a page", yield* started({ limit: 2 }), [4_000, 3_000])
  },

  *"entries come by their start, and of equal starts the last written comes first"({ log }) {
    const began = [5_000, 2_000, 2_000, 9_000, 2_000]
    yield* Law.recordRuns(Law.instance("a"), 5, (seq) => ({ startedAt: began[seq - 1] ?? 0 }))
    yield* Law.equal("all", Law.seqsOf(yield* Law.entriesOf("a")), [4, 1, 5, 3, 2])
    const { entries } = yield* log.since(0)
    yield* Law.equal("as they were written", Law.seqsOf(entries), [1, 2, 3, 4, 5])
    const ofInstance = yield* log.entries({ jobName: "a", key: "", from: 2_000, to: 9_000 })
    yield* Law.equal("of the instance", Law.seqsOf(ofInstance), [5, 3, 2, 1])
    yield* Law.recordRuns(Law.instance("a", "k"), 1)
    yield* Law.recordRuns(Law.instance("b", "k"), 1)
    const ofKey = yield* log.entries({ key: "k" })
    yield* Law.equal("of a key", new Set(ofKey.map(({ jobName }) => jobName)), new Set(["a", "b"]))
  },

  *"the newest entries of jobs come by name, each job's newest first, and no more than the limit of each"({ log }) {
    for (const [name, key, startedAt] of [
      ["b", "x", 1_000],
      ["a", "", 2_000],
      ["b", "y", 3_000],
      ["c", "", 4_000],
      ["b", "x", 5_000],
      ["b", "y", 5_500],
      ["a", "", 6_000],
      ["a", "", 7_000]
    ] as const) {
      yield* Law.recordRuns(Law.instance(name, key), 1, () => ({ startedAt, lastAt: startedAt }))
    }
    yield* Law.add(Law.instance("d"))
    const latest = (jobNames: ReadonlyArray<string>, limit: number) =>
      Effect.map(log.latest(jobNames, limit), (all) =>
        all.map(({ jobName, key, startedAt }) => [jobName, key, startedAt])
      )
    const [a, b] = [
      [
        ["a", "", 7_000],
        ["a", "", 6_000]
      ],
      [
        ["b", "y", 5_500],
        ["b", "x", 5_000]
      ]
    ]
    yield* Law.equal("of two jobs", yield* latest(["b", "a"], 2), [...a, ...b])
    yield* Law.equal("all of them", (yield* latest(["b"], 9)).length, 4)
    yield* Law.equal("of a job that never ran, of an unknown one, and of none", yield* latest(["d", "e"], 3), [])
    yield* Law.equal("of no job", yield* latest([], 3), [])
  },

  *"pages follow one another without a gap and without an entry twice"({ log }) {
    yield* Law.recordRuns(Law.instance("a"), 7, (seq) => ({ startedAt: 1_000 * Math.ceil(seq / 3) }))
    yield* Law.recordRuns(Law.instance("b", "k"), 4)
    for (const query of [{}, { jobName: "a" }, { jobName: "b", key: "k" }, { status: "success" }] as const) {
      const whole = yield* log.history({ ...query, limit: 100 })
      const pages: Array<LogEntry.Entry> = []
      for (;;) {
        const after = pages.at(-1)
        const page = yield* log.history({ ...query, limit: 2, ...(after === undefined ? {} : { after }) })
        if (page.length === 0) break
        pages.push(...page)
        // what comes meanwhile is newer
        if (pages.length === 2) yield* Law.recordRuns(Law.instance("a"), 1, () => ({ startedAt: 90_000 }))
      }
      yield* Law.equal(`the pages of ${JSON.stringify(query)}`, pages, whole)
    }
  },

  *"the samples of a query are those of its entries, each instance's newest first, page by page"({ log }) {
    yield* Law.recordRuns(Law.instance("a"), 5, (seq) => ({ startedAt: 1_000 * Math.ceil(seq / 2), durationMs: seq }))
    const failed = { status: "error", verdict: null, attempt: 2, durationMs: 40 } as const
    yield* Law.recordRuns(Law.instance("b", "k"), 4, (seq) => (seq === 2 ? failed : { durationMs: 10 * seq }))
    yield* Law.recordRuns(Law.instance("b", "l"), 3, (seq) => ({ startedAt: 9_000 - seq }))
    const byInstance = Arr.groupBy(({ jobName, key }: JobStats.Sample) => JSON.stringify([jobName, key]))
    const queries = [
      {},
      { jobName: "b" },
      { jobName: "b", key: "k" },
      { key: "l" },
      { from: 1_000, to: 9_000 }
    ] as const
    for (const query of [...queries, { status: "error" }, { jobName: "c" }] as const) {
      const wanted = byInstance((yield* log.history({ ...query, limit: 100 })).map(JobStats.sampleOf))
      for (const limit of [1, 2, 5, 100]) {
        const found: Array<JobStats.Sample> = []
        let page = yield* log.samples({ ...query, limit })
        found.push(...page.samples)
        while (page.after !== null) {
          page = yield* log.samples({ ...query, limit, after: page.after })
          found.push(...page.samples)
        }
        yield* Law.equal(`the samples of ${JSON.stringify(query)}, ${limit} at a time`, byInstance(found), wanted)
      }
    }
  },

  *"the history holds of each log entry all but the plan and the stack"({ log }) {
    const failed = { status: "error", error: "E", stack: "E\n    at body" } as const
    yield* Law.recordRuns(Law.instance("a"), 2, (seq) => (seq === 1 ? {} : failed))
    const runs = yield* log.entries({})
    yield* Law.equal("the history", yield* log.history({}), runs.map(LogEntry.entryOf))
    const failures = yield* log.history({ jobName: "a", status: "error" })
    yield* Law.equal("of a status", failures, [LogEntry.entryOf(runs[0] ?? Law.entry(Law.instance("a")))])
  },

  *"a job may be named like a property of every object"({ log }) {
    const names = ["__proto__", "constructor", "toString"]
    const namesOf = (all: ReadonlyArray<{ readonly jobName: string }>) => all.map(({ jobName }) => jobName)
    for (const name of names) yield* Law.recordRuns(Law.instance(name), 1)
    yield* Law.equal("the counts", namesOf(yield* log.counts({ overdueBefore: 0, doneSince: 0 })), names)
    yield* Law.equal("the sizes", namesOf((yield* log.size).jobs), names)
    yield* Law.equal("the newest entries", namesOf(yield* log.latest(names, 1)), names)
    yield* Law.equal("the history", namesOf(yield* log.history({})).sort(), names)
  },

  *"entries written after a mark come in the order of writing"({ log }) {
    yield* Law.recordRuns(Law.instance("a"), 2)
    const now = yield* log.since(null)
    yield* Law.equal("at a mark", now.entries, [])
    yield* Law.equal("nothing new", yield* log.since(now.mark), now)
    yield* Law.recordRuns(Law.instance("a"), 3)
    const first = yield* log.since(now.mark, 2)
    const second = yield* log.since(first.mark, 2)
    yield* Law.equal("what is new", Law.seqsOf(first.entries), [3, 4])
    yield* Law.equal("what is left", Law.seqsOf(second.entries), [5])
  }
})
