/**
 * The views of given rows at an instant, in a zone, on a page.
 */

import { assert, describe, it } from "@effect/vitest"
import * as Entries from "@tickwork/test-support/Entries"
import { Answers, EntryName, Explained, Instances } from "@tickwork/web/view"
import { Chunk, Context, DateTime, Effect, Layer, Stream } from "effect"
import { JobLog, JobStore } from "tickwork"
import * as Output from "../src/Output.ts"
import * as ExplainView from "../src/render/ExplainView.ts"
import * as HistoryTable from "../src/render/HistoryTable.ts"
import * as NextTable from "../src/render/NextTable.ts"
import * as RunView from "../src/render/RunView.ts"
import * as StatsTable from "../src/render/StatsTable.ts"
import * as StatusTable from "../src/render/StatusTable.ts"
import * as Filled from "./support/Filled.ts"

const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
const narrow = { width: 80, colors: false }
const wide = { width: 200, colors: false }

const known = Effect.runSync(
  Effect.cached(
    Effect.gen(function* () {
      const services = yield* Effect.scoped(Layer.build(JobStore.layerMemory))
      const layer = Layer.succeedContext(services)
      const log = Context.get(services, JobLog.JobLog)
      yield* Filled.fill(layer)
      const states = Chunk.toReadonlyArray(yield* Effect.provide(Stream.runCollect(Instances.stream()), layer))
      const stats = yield* Effect.provide(JobLog.stats(), layer)
      return { log, states, stats, size: yield* log.size }
    })
  )
)

const at = (now: number) => ({ now, zone, isGone: () => false })
const atEnd = at(Filled.end)
const range = { from: Filled.start, to: Filled.end, now: Filled.end, zone }

const processes = [
  { owner: "desk,boot,ns/4711/1/0", runs: true },
  { owner: "desk,boot,ns/12/1/0", runs: false }
]

const explained = (jobName: string, key: string, now: number) =>
  Effect.gen(function* () {
    const { log, states } = yield* known
    const state = states.find((state) => state.jobName === jobName && state.key === key)
    if (state === undefined) return yield* Effect.dieMessage(`no ${jobName}`)
    const entries = yield* log.history({ jobName, key, limit: 5 })
    const [newest] = yield* log.history({ limit: 1 })
    return { state, entries, requests: [], lastEntryAt: newest?.startedAt ?? null, processes, now }
  })

describe("a view", () => {
  it.effect("of every job shows its state and a remark", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      assert.deepStrictEqual(StatusTable.render(states, atEnd, wide), [
        "job                   key     last run  status    took  attempts  failed  next run  detail",
        "hangs                          6 s ago  timeout    2 s         5       5   in 10 s  backing off, attempt 6: it was interrupted after 2 s",
        "prekey_replenishment             never  skipped      –         0       0   in 30 s  condition false: prekeys are low",
        "purge_expired                    never  –            –         0       0    paused  paused 9 min ago by alice: the server moves",
        "sync_send                     28 s ago  success  40 ms        10       0   in 30 s",
        "upload                ada    1 min ago  success   0 ms         5       0   in 30 s",
        "upload                grace  1 min ago  error     0 ms        15      15   in 30 s  5 failed in a row: offline \\u{1b}[2J and \\u{202e}gone",
        "welcome                      8 min ago  success   0 ms         1       0  finished",
        "日本語の仕事                 4 min ago  success   0 ms         2       0   in 30 s"
      ])
    })
  )

  it.effect("of every job at 80 columns has the remark below the row", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const lines = StatusTable.render(states, atEnd, narrow)
      assert.include(lines, "  5 failed in a row: offline \\u{1b}[2J and \\u{202e}gone")
      assert.include(lines, "  paused 9 min ago by alice: the server moves")
    })
  )

  it.effect("of an application that does not run says how long each job is overdue, and the cure", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const lines = StatusTable.render(states, at(Filled.end + 3_600_000), wide)
      assert.match(lines.find((line) => line.startsWith("sync_send")) ?? "", /overdue 59 min$/)
      assert.strictEqual(lines.at(-1), "6 overdue and none running: check that the application runs.")
    })
  )

  it.effect("of a condition with a misleading name says that it was false", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const misleading = { lastStatus: "skipped", lastVerdict: "condition-false", lastReason: "missed: lunch" } as const
      const state = { ...(states.find(({ jobName }) => jobName === "sync_send") ?? assert.fail()), ...misleading }
      assert.match(StatusTable.render([state], atEnd, wide)[1] ?? "", / condition false: missed: lunch$/)
      const entry = Entries.of({ ...Entries.conditionFalse("missed: lunch"), startedAt: Filled.end })
      assert.match(HistoryTable.render([entry], atEnd, wide)[1] ?? "", / condition false: missed: lunch$/)
      assert.deepInclude(Answers.entryOf(entry), { verdict: "condition-false", missedBecause: null })
    })
  )

  it.effect("of the log shows the status, the attempt and the error of each entry", () =>
    Effect.gen(function* () {
      const { log } = yield* known
      const entries = yield* log.history({ jobName: "upload", key: "grace", limit: 2 })
      assert.deepStrictEqual(HistoryTable.render(entries, atEnd, narrow).slice(1, 3), [
        "00:08:20  1 min ago  upload  grace  15  error   0 ms     –  retry          3",
        "  offline \\u{1b}[2J and \\u{202e}gone"
      ])
      const [entry] = yield* log.history({ jobName: "prekey_replenishment" })
      assert.match(
        HistoryTable.render(entry === undefined ? [] : [entry], atEnd, wide)[1] ?? "",
        /× 10 +condition false: prekeys are low$/
      )
    })
  )

  it.effect("of the next starts is in order and marks paused jobs", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const soonest = NextTable.soonest(3, atEnd)
      soonest.add(states)
      const lines = NextTable.render(soonest.get(), atEnd, wide)
      assert.match(lines[1] ?? "", /purge_expired +every 1 min +paused 9 min ago by alice: the server moves$/)
      assert.match(lines[2] ?? "", /00:09:39 +10 s +hangs/)
    })
  )

  it.effect("of one run shows every attempt, its error and what was planned next", () =>
    Effect.gen(function* () {
      const { log } = yield* known
      const all = yield* log.entries({
        jobName: "upload",
        key: "grace",
        from: Filled.start,
        to: Filled.start + 60_000
      })
      const text = RunView.render(all.toReversed(), atEnd, narrow).join("\n")
      assert.include(text, `run        upload/grace/${Filled.start}`)
      assert.strictEqual(text.match(/attempt \d {2}error/g)?.length, 3)
      assert.include(text, "next       attempt 2 at 00:00:10, 9 min ago")
      assert.include(text, "next       00:02:00, 7 min ago")
    })
  )

  it.effect("of figures shows the share of errors, the streak and the verdicts", () =>
    Effect.gen(function* () {
      const { size, stats } = yield* known
      const text = StatsTable.render(stats, size, range, narrow).join("\n")
      assert.match(text, /upload +20 +15 +75 %/)
      assert.match(text, /sync_send .* 10 ok/)
      assert.match(text, /prekey_replenishment +0 +0 +0 +10/)
      assert.match(text, /Stored: \d+ log entries of 8 instances; the oldest 9 min ago/)
    })
  )

  it.effect("has no line wider than the page and no control character", () =>
    Effect.gen(function* () {
      const { log, size, states, stats } = yield* known
      const entries = yield* log.history({ limit: 100 })
      const upload = yield* explained("upload", "grace", Filled.end)
      for (const width of [40, 60, 80, 120, 200]) {
        const page = { width, colors: false }
        const shown = [
          ...StatusTable.render(states, atEnd, page),
          ...HistoryTable.render(entries, atEnd, page),
          ...NextTable.render(states, atEnd, page),
          ...ExplainView.render(upload, atEnd, page),
          ...(width < 60 ? [] : StatsTable.render(stats, size, range, page))
        ]
        for (const line of shown) {
          assert.notMatch(line, /[\p{Cc}\p{Cf}]/u)
          assert.isAtMost([...line].length, width)
        }
      }
    })
  )
})

describe("the sentence of explain", () => {
  const sentence = (jobName: string, key: string, now = Filled.end) =>
    Effect.map(explained(jobName, key, now), (known) => Explained.sentence(known, at(now)))

  it.effect("says why an instance runs or does not", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* sentence("sync_send", ""),
        "sync_send waits for its next occurrence, 00:10:00, in 30 s."
      )
      assert.strictEqual(
        yield* sentence("purge_expired", ""),
        'purge_expired was paused at 00:00:00, 9 min ago, by alice: the server moves. "tickwork resume" continues it.'
      )
      assert.match(
        yield* sentence("hangs", ""),
        /^hangs is backing off: attempt 6 starts at 00:09:39, in 10 s. Last error: /
      )
      assert.match(
        yield* sentence("upload", "grace"),
        /^upload\/grace waits .*; the last one failed. Last error: offline/
      )
      assert.strictEqual(yield* sentence("welcome", ""), "welcome has finished: no further run is planned.")
    })
  )

  it.effect("names the processes that run a job, and those that leave it to a newer release", () =>
    Effect.gen(function* () {
      const sync = yield* explained("sync_send", "", Filled.end)
      const lines = ExplainView.render(sync, atEnd, wide)
      assert.include(lines.find((line) => line.startsWith("run by")) ?? "", "process 4711 on desk")
      assert.include(lines.find((line) => line.startsWith("left by")) ?? "", "process 12 on desk: it has an older")
    })
  )

  it.effect("says of an overdue instance whether a process has its job, and whether other jobs start", () =>
    Effect.gen(function* () {
      const sync = yield* explained("sync_send", "", Filled.end)
      const later = at(Filled.end + 3_600_000)
      assert.match(
        Explained.sentence({ ...sync, lastEntryAt: Filled.end }, later),
        /no job has started since: check whether process 4711 on desk still works/
      )
      const others = Explained.sentence({ ...sync, lastEntryAt: Filled.end + 3_599_000 }, later)
      assert.match(others, /while another job started 1 s ago/)
      assert.match(
        Explained.sentence({ ...sync, processes: [] }, later),
        /no process that has this job is known to run: start the application/
      )
    })
  )
})

describe("the name of a log entry", () => {
  it("names the same entry again, whatever job and key hold", () => {
    for (const jobName of ["sync_send", "a/b#1", "日本", "100 %"]) {
      for (const key of ["", "ada", "peer/1", "#7"]) {
        const entry = { jobName, key, seq: 12 }
        assert.deepStrictEqual(EntryName.readings(EntryName.of(entry))[0], entry)
      }
    }
    assert.deepInclude(EntryName.readings("peers/net/7#3"), { jobName: "peers", key: "net/7", seq: 3 })
    assert.deepStrictEqual(EntryName.readings("sync_send"), [])
  })
})

describe("JSON", () => {
  it("escapes control, bidirectional and invisible characters, and parses to the same value", () => {
    const value = { text: "a\u001b[2J\u009b\u202e\u2066\u200b\ufeff\u{e0041}z" }
    const text = Output.toJson(value)
    assert.match(text, /^[ -~]*$/)
    assert.deepStrictEqual(JSON.parse(text), value)
  })
})
