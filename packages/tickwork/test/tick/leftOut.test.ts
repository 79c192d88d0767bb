import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Option, Schedule } from "effect"
import { Job, Jobs } from "tickwork"

const { hour } = Bench
const day = 24 * hour

const shown = (at: number) => new Date(at).toISOString().slice(5, 16)

/** What the log has of a job: the verdict, the first instant and how many. */
const verdicts = (store: Bench.Store) =>
  Effect.map(store.logOf("sole"), (entries) =>
    entries.map(({ count, scheduledAt, verdict }) => `${verdict} ${shown(scheduledAt)} ${count}`)
  )

const onDays = (...dates: ReadonlyArray<string>) => Job.except(({ date }) => dates.includes(date))

describe("days that are left out", () => {
  it.effect("have one verdict in the log, written when the next planned time has come", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sole").pipe(Job.cron("0 9 * * *"), onDays("2026-03-04", "2026-03-05", "2026-03-07"))
      const { store, tick, time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance(day)
      const next = Option.getOrThrow(yield* tick.next)
      assert.strictEqual(shown(next.at), "03-06T09:00")
      yield* time.advance(6 * day)
      assert.deepStrictEqual(yield* verdicts(store), [
        "ran 03-03T09:00 1",
        "left-out 03-04T09:00 2",
        "ran 03-06T09:00 1",
        "left-out 03-07T09:00 1",
        "ran 03-08T09:00 1",
        "ran 03-09T09:00 1"
      ])
    }).pipe(Bench.run)
  )

  it.effect("are never missed: what was planned before them is caught up on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(
        work.job("sole").pipe(Job.cron("0 9 * * *"), onDays("2026-03-04", "2026-03-06", "2026-03-07"))
      )
      const { store, time } = yield* Effect.scoped(Bench.open(jobs))
      yield* time.jumpTo(Bench.start + 5 * day)
      yield* Bench.daemonOf(jobs, { store })
      yield* time.advance(2 * day)
      assert.deepStrictEqual(yield* verdicts(store), [
        "left-out 03-04T09:00 1",
        "missed 03-03T09:00 2",
        "late 03-05T09:00 1",
        "left-out 03-06T09:00 2",
        "ran 03-08T09:00 1",
        "ran 03-09T09:00 1"
      ])
    }).pipe(Bench.run)
  )

  it.effect("may be added while a run is planned for one: it does not run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const holidays = new Set<string>()
      const job = work.job("sole").pipe(
        Job.cron("0 9 * * *"),
        Job.except(({ date }) => holidays.has(date))
      )
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      holidays.add("2026-03-03").add("2026-03-04")
      yield* time.advance(3 * day)
      assert.deepStrictEqual(yield* verdicts(store), ["left-out 03-03T09:00 2", "ran 03-05T09:00 1"])
      assert.lengthOf(work.begun, 1)
    }).pipe(Bench.run)
  )

  it.effect("are of the zone that is given, or of the cron expression", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const lateAtNight = Job.cron("30 23 * * *", "Europe/Berlin")
      const jobs = Jobs.make(
        work.job("here").pipe(lateAtNight, onDays("2026-03-03")),
        work.job("there").pipe(
          lateAtNight,
          Job.except(({ date }) => date === "2026-03-04", "Asia/Tokyo")
        )
      )
      const { time } = yield* Bench.daemonOf(jobs)
      yield* time.advance(2.5 * day)
      const nights = [11.5 - 1, 59.5 - 1].map((hours) => hours * hour)
      assert.deepStrictEqual([work.starts("here"), work.starts("there")], [nights, nights])
    }).pipe(Bench.run)
  )

  it.effect("run where the function throws, and an event names the error", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = Job.except(() => {
        throw new Error("no table for 2026")
      })
      const { events, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.cron("0 9 * * *"), failing)))
      yield* time.advance(2 * day)
      assert.lengthOf(work.begun, 2)
      const told = events.filter(({ _tag }) => _tag === "CadenceFailed")
      assert.lengthOf(told, 2)
      assert.include(JSON.stringify(told[0]), "no table for 2026")
    }).pipe(Bench.run)
  )

  it("are refused beside what names no days, and in an unknown zone", () => {
    const faults = (change: (job: Job.Job<"sole", void, never, never>) => Job.Any) =>
      Jobs.faults(Jobs.make(change(Job.make("sole", Effect.void)) as never)).map((fault) =>
        fault._tag === "InvalidOption" ? `${fault.option} ${fault.reason}` : fault._tag
      )
    const beside = ["except must be beside Job.every or Job.cron"]
    assert.deepStrictEqual(
      faults((job) => job.pipe(Job.at(0), onDays())),
      beside
    )
    assert.deepStrictEqual(
      faults((job) => job.pipe(onDays(), Job.repeat(Schedule.forever))),
      beside
    )
    assert.deepStrictEqual(
      faults((job) =>
        job.pipe(
          Job.every("1 day"),
          Job.except(() => false, "Mars/Base")
        )
      ),
      ["zone of except must name a time zone"]
    )
  })
})

describe("a cadence with bounds", () => {
  it.effect("runs from its first instant to its last, and is finished", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bounds = { from: "2026-03-03T00:00Z", until: "2026-03-04T00:00Z" }
      const jobs = Jobs.make(
        work.job("grid").pipe(Job.every("12 hours", bounds)),
        work.job("wall").pipe(Job.cron("0 9,21 * * *", { zone: "Europe/Berlin", ...bounds }))
      )
      const { tick, time } = yield* Bench.daemonOf(jobs)
      yield* time.advance("1 hour")
      yield* time.advance("3 days")
      assert.deepStrictEqual(
        work.starts("grid"),
        [12, 24, 36].map((hours) => hours * hour)
      )
      assert.deepStrictEqual(
        work.starts("wall"),
        [20, 32].map((hours) => hours * hour)
      )
      assert.deepStrictEqual(yield* tick.next, Option.none())
    }).pipe(Bench.run)
  )

  it.effect("does not run what was planned after a last instant that has been set since", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const named = (bounds?: Job.Bounds) => Jobs.make(work.job("sole").pipe(Job.every("1 day", bounds)))
      const { store, time } = yield* Effect.scoped(Effect.tap(Bench.open(named()), ({ tick }) => tick.once))
      yield* time.jumpTo(Bench.start + 2 * hour)
      const { tick } = yield* Bench.daemonOf(named({ until: Bench.start + hour }), { store })
      yield* time.advance("3 days")
      assert.lengthOf(work.begun, 1)
      assert.deepStrictEqual(yield* tick.next, Option.none())
    }).pipe(Bench.run)
  )
})
