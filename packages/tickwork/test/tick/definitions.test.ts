import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schedule } from "effect"
import { Job, JobState, Jobs } from "tickwork"
import { makeLog } from "../support/log.ts"

type Sole = Job.Job<"sole", void, never, never>

const { hour, minute } = Bench

/** Runs once under one definition, and goes on under another one from so many ms later. */
const changed = (before: (job: Sole) => Sole, after: (job: Sole) => Sole, afterMs: number) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const { store, tick, time } = yield* Bench.open(Jobs.make(before(work.job("sole"))))
    yield* tick.once
    yield* time.jumpTo(Bench.start + afterMs)
    const bench = yield* Bench.daemonOf(Jobs.make(after(work.job("sole"))), { store })
    yield* time.settle
    return { ...bench, starts: () => work.starts("sole") }
  })

describe("a changed definition", () => {
  it.effect.each([
    ["shorter", Job.every("1 hour"), Job.every("10 minutes"), 25 * minute, 30 * minute],
    ["longer", Job.every("10 minutes"), Job.every("1 hour"), 5 * minute, 60 * minute],
    ["longer, and overdue", Job.every("10 minutes"), Job.every("1 hour"), 90 * minute, 120 * minute]
  ] as const)("an interval made %s plans from the last run, and never at once", ([, before, after, at, next]) =>
    Effect.gen(function* () {
      const { starts, time } = yield* changed(before, after, at)
      assert.deepStrictEqual(starts(), [0])
      yield* time.advance(next - at - 1)
      assert.deepStrictEqual(starts(), [0])
      yield* time.advance(1)
      assert.deepStrictEqual(starts(), [0, next])
    }).pipe(Bench.run)
  )

  it.effect("a changed cron expression plans its own next instant, and never at once", () =>
    Effect.gen(function* () {
      const { starts, time } = yield* changed(Job.cron("0 3 * * *"), Job.cron("0 5 * * *"), 16 * hour)
      yield* time.advance("59 minutes")
      assert.deepStrictEqual(starts(), [])
      yield* time.advance("1 day")
      assert.deepStrictEqual(starts(), [17 * hour])
    }).pipe(Bench.run)
  )

  it.effect("a changed time zone is a changed definition", () =>
    Effect.gen(function* () {
      const tokyo = Job.cron("0 3 * * *", "Asia/Tokyo")
      const { starts, time } = yield* changed(Job.cron("0 3 * * *"), tokyo, 1 * hour)
      yield* time.advance("10 hours")
      assert.deepStrictEqual(starts(), [6 * hour])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["gap", { gap: "skip" }],
    ["fold", { fold: "both" }]
  ] as const)("a changed %s is a changed definition", ([, choice]) =>
    Effect.gen(function* () {
      const zone = "Europe/Berlin"
      const { store } = yield* changed(Job.cron("30 2 * * *", zone), Job.cron("30 2 * * *", { zone, ...choice }), hour)
      const [line] = yield* store.logOf("sole")
      assert.strictEqual(line?.status, "control")
      assert.include(line?.reason, Object.entries(choice).flat().join(" "))
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["earlier", 3 * hour, 2 * hour, [2 * hour]],
    ["later", 2 * hour, 3 * hour, [3 * hour]],
    ["another one, though the first has come", 0, 3 * hour, [0, 3 * hour]],
    ["one that has passed", 3 * hour, 0, []]
  ] as const)("a changed instant is a changed definition: %s", ([, before, after, expected]) =>
    Effect.gen(function* () {
      const { starts, time } = yield* changed(Job.at(Bench.start + before), Job.at(Bench.start + after), hour)
      yield* time.advance("5 hours")
      assert.deepStrictEqual(starts(), [...expected])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["0 3 * * *", "UTC", "0  3 * * *", "utc"],
    ["0 3 * * *", "UTC", "0 0 3 * * *", "Etc/UTC"],
    ["0 3 * * *", "UTC", "00 03 */1 * *", "UTC"],
    ["0 0 * * *", "Europe/Berlin", "@daily", "europe/berlin"],
    ["*/15 9-11 * * MON-FRI", "UTC", "0,15,30,45 9,10,11 * * 1-5", "UTC"]
  ] as const)("another text of the same meaning changes nothing, nor loses a miss: %s in %s, %s in %s", (texts) =>
    Effect.gen(function* () {
      const [before, zone, after, sameZone] = texts
      const { starts, store } = yield* changed(Job.cron(before, zone), Job.cron(after, sameZone), 72 * hour + minute)
      assert.strictEqual(starts().length, 1)
      const [missed, ...more] = yield* store.logOf("sole")
      assert.deepInclude(missed, { status: "skipped", reason: "missed: down" })
      assert.deepStrictEqual(
        more.map(({ status }) => status),
        ["success"]
      )
    }).pipe(Bench.run)
  )

  it.effect("a changed grid says since when it counts no instant of the old one, where some were missed", () =>
    Effect.gen(function* () {
      const reasons = yield* Effect.forEach([10 * hour, 40 * hour], (downMs) =>
        Effect.gen(function* () {
          const log = makeLog()
          const { store } = yield* changed(Job.cron("0 3 * * *"), Job.cron("0 5 * * *"), downMs).pipe(
            Effect.provide(log.layer)
          )
          const [line] = yield* store.logOf("sole")
          assert.deepStrictEqual(
            log.lines.map(({ level, text }) => [level, text]),
            [["Info", `Job "sole" is planned again: ${line?.reason}`]]
          )
          return line?.reason
        }).pipe(Bench.run)
      )
      const change =
        "cron 0 0 3 * * * in UTC, gap shift, fold first became cron 0 0 5 * * * in UTC, gap shift, fold first"
      assert.deepStrictEqual(reasons, [
        change,
        `${change}; what it missed from 2026-03-03T03:00:00.000Z on is not counted`
      ])
    })
  )

  it.effect("a changed schedule is asked once, and the earlier of both instants holds", () =>
    Effect.gen(function* () {
      const on = (delay: number) => Job.repeat(Schedule.fromDelays(delay, 60 * minute))
      const sooner = yield* changed(on(30 * minute), on(5 * minute), 10 * minute)
      yield* sooner.time.advance("25 minutes")
      assert.deepStrictEqual(sooner.starts(), [0, 15 * minute])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["an interval", Job.every("1 hour")],
    ["a cron expression", Job.cron("0 13 * * *")],
    ["a schedule", Job.schedule(Schedule.spaced("1 hour"))]
  ] as const)("an unchanged job keeps its place, and its row is left alone: %s", ([, same]) =>
    Effect.gen(function* () {
      const { starts, store, time } = yield* changed(same, same, 59 * minute)
      const { updatedAt } = yield* store.state("sole")
      assert.strictEqual(updatedAt, Bench.start)
      yield* time.advance("1 minute")
      assert.strictEqual(starts().at(-1), 60 * minute)
    }).pipe(Bench.run)
  )

  it.effect("a definition that changed while a run was cut short holds from then on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store } = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.repeat(Schedule.spaced("1 hour")))))
      const state = JobState.claimed(
        yield* store.state("sole"),
        "gone",
        { scheduledAt: Bench.start, trigger: "schedule" },
        Bench.start
      )
      yield* store.commit({ saves: [], claims: [{ state }] })

      const jobs = Jobs.make(work.job("sole").pipe(Job.repeat(Schedule.fromDelays("5 minutes", "10 minutes"))))
      const bench = yield* Bench.daemonOf(jobs, { store: store.as("heir", ["gone"]) })
      yield* bench.time.advance("1 hour")
      assert.isFalse(bench.events.some((event) => event._tag === "CadenceFailed"))
      // at once what was cut short; the new schedule was asked when it was first seen, and goes on with its second delay
      assert.deepStrictEqual(work.starts("sole"), [0, 10 * minute])
    }).pipe(Bench.run)
  )

  it.effect.each(["opening", "first commit after that"])(
    "holds, also where a process with the old one claims the job at the moment of the %s",
    (moment) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const rows = yield* Bench.makeStore
        const first = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.every("1 hour"))), {
          store: rows.as("first")
        })
        yield* first.tick.once
        const claim = { scheduledAt: Bench.start + hour, trigger: "schedule" } as const
        const claimedAndFreed = Effect.gen(function* () {
          const claimed = JobState.claimed(yield* rows.state("sole"), "first", claim, Bench.start)
          yield* rows.commit({ saves: [], claims: [{ state: claimed }] })
          const expected = { owner: "first", token: claimed.claim.token, seq: claimed.seq }
          yield* rows.commit({ saves: [{ expected, state: JobState.released(claimed), entries: [] }], claims: [] })
        })
        const own = rows.as("second")
        let faster = moment === "opening" ? 1 : 2
        const commit: typeof own.commit = (batch) => {
          faster -= 1
          return faster >= 0 ? Effect.zipRight(claimedAndFreed, own.commit(batch)) : own.commit(batch)
        }
        const jobs = Jobs.make(work.job("sole").pipe(Job.every("10 minutes")))
        const second = yield* Bench.daemonOf(jobs, { store: { ...own, commit } })
        yield* second.time.advance("1 hour")
        assert.isBelow(faster, 0)
        assert.strictEqual((yield* rows.state("sole")).position.cadence.definition, "every 600000 ms")
        assert.deepStrictEqual(
          work.starts("sole"),
          [0, 10, 20, 30, 40, 50, 60].map((minutes) => minutes * minute)
        )
        const controls = (yield* rows.log).filter(({ status }) => status === "control")
        assert.strictEqual(controls.length, 1, "it is planned again once")
      }).pipe(Bench.run)
  )

  it.effect("a job that left the registry keeps row and history, and goes on when it is back", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const kept = work.job("kept").pipe(Job.every("1 hour"))
      const away = work.job("away").pipe(Job.every("1 hour"))
      const { store, tick, time } = yield* Bench.open(Jobs.make(kept, away))
      yield* tick.once
      const row = yield* store.state("away")
      yield* (yield* Bench.open(Jobs.make(kept), { store })).tick.once
      assert.deepStrictEqual(yield* store.state("away"), row)
      assert.strictEqual((yield* store.logOf("away")).length, 1)

      yield* time.advance("30 minutes")
      const back = yield* Bench.open(Jobs.make(kept, away), { store })
      assert.deepStrictEqual(yield* back.tick.once, [])
      yield* time.advance("30 minutes")
      assert.strictEqual((yield* back.tick.once).length, 2)
    }).pipe(Bench.run)
  )
})
