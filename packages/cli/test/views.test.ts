/**
 * What is shown of given rows, at an instant, in a zone, in so many columns.
 */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, DateTime, Effect, Layer, Stream } from "effect"
import { JobLog, JobStore } from "tickwork"
import * as InstanceStream from "../src/InstanceStream.ts"
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

const known = Effect.gen(function* () {
  const store = yield* Effect.provide(JobStore.JobStore, JobStore.layerMemory)
  const layer = Layer.succeed(JobStore.JobStore, store)
  yield* Filled.fill(layer)
  const states = Chunk.toReadonlyArray(yield* Effect.provide(Stream.runCollect(InstanceStream.states()), layer))
  const stats = yield* Effect.provide(JobLog.stats(), layer)
  return { store, states, stats, size: yield* store.size }
})

const at = (now: number) => ({ now, zone, isGone: () => false })
const atEnd = at(Filled.end)

const explained = (jobName: string, key: string, now: number) =>
  Effect.gen(function* () {
    const { states, store } = yield* known
    const state = states.find((state) => state.jobName === jobName && state.key === key)
    if (state === undefined) return yield* Effect.dieMessage(`no ${jobName}`)
    const lines = yield* store.history({ jobName, key, limit: 5 })
    const [newest] = yield* store.history({ limit: 1 })
    return { state, lines, requests: [], lastLineAt: newest?.startedAt ?? null, now }
  })

describe("what is shown", () => {
  it.effect("of every job: how it stands, and what is the matter", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      assert.deepStrictEqual(StatusTable.render(states, atEnd, wide), [
        "job                   key     last run  status    took  runs  errors  next run  what is the matter",
        "hangs                          6 s ago  timeout    2 s     5       5   in 10 s  backing off, attempt 6: it was interrupted after 2s",
        "prekey_replenishment             never  skipped      –     0       0   in 30 s  not so: prekeys are low",
        "purge_expired                    never  –            –     0       0    paused  paused 9 min ago by alice: the server moves",
        "sync_send                     28 s ago  success  40 ms    10       0   in 30 s",
        "upload                ada    1 min ago  success   0 ms     5       0   in 30 s",
        "upload                grace  1 min ago  error     0 ms    15      15   in 30 s  5 failed in a row: offline \\x1b[2J and \\u{202e}gone",
        "welcome                      8 min ago  success   0 ms     1       0  finished",
        "日本語の仕事                 4 min ago  success   0 ms     2       0   in 30 s"
      ])
    })
  )

  it.effect("of every job at 80 columns: the matter stands below its row", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const lines = StatusTable.render(states, atEnd, narrow)
      assert.include(lines, "  5 failed in a row: offline \\x1b[2J and \\u{202e}gone")
      assert.include(lines, "  paused 9 min ago by alice: the server moves")
    })
  )

  it.effect("where nobody begins what is due: how long it has been due, and what to look at", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const lines = StatusTable.render(states, at(Filled.end + 3_600_000), wide)
      assert.match(lines.find((line) => line.startsWith("sync_send")) ?? "", /overdue 59 min$/)
      assert.strictEqual(lines.at(-1), "6 are overdue, and nothing runs: is the application running?")
    })
  )

  it.effect("of the log: each line with its end, its attempt and what was said", () =>
    Effect.gen(function* () {
      const { store } = yield* known
      const lines = yield* store.history({ jobName: "upload", key: "grace", limit: 2 })
      assert.deepStrictEqual(HistoryTable.render(lines, atEnd, narrow).slice(1, 3), [
        "00:08:20  upload  grace  15  error   0 ms    3  offline \\x1b[2J and \\u{202e}gone",
        "00:08:10  upload  grace  14  error   0 ms    2  offline \\x1b[2J and \\u{202e}gone"
      ])
      const [said] = yield* store.history({ jobName: "prekey_replenishment" })
      assert.match(
        HistoryTable.render(said === undefined ? [] : [said], atEnd, wide)[1] ?? "",
        /× 10 +not so: prekeys are low$/
      )
    })
  )

  it.effect("of what is next: in order, what is paused marked", () =>
    Effect.gen(function* () {
      const { states } = yield* known
      const soonest = NextTable.first(3)
      soonest.add(states)
      const lines = NextTable.render(soonest.get(), atEnd, wide)
      assert.match(lines[1] ?? "", /purge_expired +every 1 min +paused 9 min ago by alice: the server moves$/)
      assert.match(lines[2] ?? "", /00:09:39 +10 s +hangs/)
    })
  )

  it.effect("of one run: every attempt, its error and what came next", () =>
    Effect.gen(function* () {
      const { store } = yield* known
      const all = yield* store.entries({
        jobName: "upload",
        key: "grace",
        from: Filled.start,
        to: Filled.start + 60_000
      })
      const text = RunView.render(all.toReversed(), atEnd, narrow).join("\n")
      assert.include(text, `run   upload/grace/${Filled.start}`)
      assert.strictEqual(text.match(/attempt \d {2}error/g)?.length, 3)
      assert.include(text, "then       attempt 2 at 00:00:10, 9 min ago")
      assert.include(text, "then       next at 00:02:00, 7 min ago")
    })
  )

  it.effect("of figures: the share of errors, the streak, the planned instants", () =>
    Effect.gen(function* () {
      const { size, stats } = yield* known
      const text = StatsTable.render(stats, size, Filled.end, narrow).join("\n")
      assert.match(text, /upload +20 +15 +75 %/)
      assert.match(text, /sync_send .* 10 well/)
      assert.match(text, /prekey_replenishment +0 +0 +0 +10/)
      assert.match(text, /Stored: \d+ lines of 8 instances; the oldest 9 min ago/)
    })
  )

  it.effect("never has a line wider than the terminal, nor anything that moves its cursor", () =>
    Effect.gen(function* () {
      const { size, states, stats, store } = yield* known
      const lines = yield* store.history({ limit: 100 })
      const why = yield* explained("upload", "grace", Filled.end)
      for (const width of [40, 60, 80, 120, 200]) {
        const page = { width, colors: false }
        const shown = [
          ...StatusTable.render(states, atEnd, page),
          ...HistoryTable.render(lines, atEnd, page),
          ...NextTable.render(states, atEnd, page),
          ...ExplainView.render(why, atEnd, page),
          ...(width < 60 ? [] : StatsTable.render(stats, size, Filled.end, page))
        ]
        for (const line of shown) {
          assert.notMatch(line, /[\p{Cc}\p{Cf}]/u)
          assert.isAtMost([...line].length, width)
        }
      }
    })
  )
})

describe("why an instance runs or does not", () => {
  const sentence = (jobName: string, key: string, now = Filled.end) =>
    Effect.map(explained(jobName, key, now), (why) => ExplainView.sentence(why, at(now)))

  it.effect("is said in one sentence", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* sentence("sync_send", ""), "sync_send waits for its next instant, 00:10:00, in 30 s.")
      assert.strictEqual(
        yield* sentence("purge_expired", ""),
        "purge_expired does not run: it was paused at 00:00:00, 9 min ago, by alice: the server moves. tickwork resume lets it go on."
      )
      assert.match(yield* sentence("hangs", ""), /^hangs backs off: attempt 6 is made at 00:09:39, in 10 s, after: /)
      assert.match(yield* sentence("upload", "grace"), /^upload of grace waits .*; the last one failed, after: offline/)
      assert.strictEqual(yield* sentence("welcome", ""), "welcome has finished: nothing more is planned.")
    })
  )

  it.effect("tells whether anybody is at work where it is overdue", () =>
    Effect.gen(function* () {
      const why = yield* explained("sync_send", "", Filled.end)
      const later = at(Filled.end + 3_600_000)
      assert.match(
        ExplainView.sentence({ ...why, lastLineAt: Filled.end }, later),
        /nobody runs it: is the application running/
      )
      const others = ExplainView.sentence({ ...why, lastLineAt: Filled.end + 3_599_000 }, later)
      assert.match(others, /though another job began 1 s ago/)
    })
  )
})

describe("lines by their names", () => {
  it("are found again, whatever stands in job and key", () => {
    for (const jobName of ["sync_send", "a/b#1", "日本", "100 %"]) {
      for (const key of ["", "ada", "peer/1", "#7"]) {
        const line = { jobName, key, seq: 12 }
        assert.deepStrictEqual(HistoryTable.readings(HistoryTable.nameOf(line))[0], line)
      }
    }
    assert.deepInclude(HistoryTable.readings("peers/net/7#3"), { jobName: "peers", key: "net/7", seq: 3 })
    assert.deepStrictEqual(HistoryTable.readings("sync_send"), [])
  })
})

describe("JSON", () => {
  it("escapes what moves a cursor, turns text around or hides, and reads as it was", () => {
    const value = { text: "a\u001b[2J\u009b\u202e\u2066\u200b\ufeff\u{e0041}z" }
    const text = Output.toJson(value)
    assert.match(text, /^[ -~]*$/)
    assert.deepStrictEqual(JSON.parse(text), value)
  })
})
