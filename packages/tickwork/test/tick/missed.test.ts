import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schedule } from "effect"
import { Job, Jobs, type Run } from "tickwork"
import type * as Missed from "../../src/internal/schedule/Missed.ts"
import { makeLog } from "../support/log.ts"

const { hour, minute, second } = Bench

type Sole = Job.Job<string, void, unknown, never>

const told = (runs: ReadonlyArray<Run.Run>) =>
  runs.map((run) => [run.trigger, run.scheduledAt - Bench.start, run.startedAt - Bench.start])

/** One run now if it is due, then nothing for so many ms, while the process is down, and a new process. */
const downFor = (ms: number, ...all: ReadonlyArray<Sole>) =>
  Effect.gen(function* () {
    const jobs = Jobs.make(...all)
    const { store, time } = yield* Effect.scoped(Effect.tap(Bench.open(jobs), ({ tick }) => tick.once))
    yield* time.jumpTo(Bench.start + ms)
    return yield* Bench.daemonOf(jobs, { store })
  })

/** The lines that ran nothing: the reason, the first and the last instant and how many. */
const verdicts = (store: Bench.Store, jobName = "sole") =>
  Effect.map(store.logOf(jobName), (runs) =>
    runs.flatMap(({ count, reason, scheduledAt, status, position: { cadence } }) =>
      status === "skipped"
        ? [[reason, scheduledAt - Bench.start, (cadence.missedTo ?? Number.NaN) - Bench.start, count]]
        : []
    )
  )

/** The first instant is at 15 h, and the process was down from the start. */
const nightly = Job.cron("0 3 * * *")

describe("instants that nobody was there for", () => {
  it.effect("an every-5-s job runs once after 8 hours of downtime, standing for the latest instant", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* downFor(8 * hour + 2000, work.job("sole").pipe(Job.every("5 seconds")))
      yield* time.advance("3 seconds")
      assert.deepStrictEqual(told(work.begun), [
        ["schedule", 0, 0],
        ["schedule", 8 * hour, 8 * hour + 2000],
        ["schedule", 8 * hour + 5000, 8 * hour + 5000]
      ])
      assert.deepStrictEqual(yield* verdicts(store), [["missed: down", 5000, 8 * hour - 5000, 5759]])
    }).pipe(Bench.run)
  )

  it.effect("have one verdict each, also where the catch-up run is retried beyond later ones", () =>
    Effect.gen(function* () {
      const failing = Job.make("sole", {}, ({ attempt, scheduledAt }) =>
        scheduledAt > Bench.start && attempt === 1 ? Effect.fail("not yet") : Effect.void
      )
      const job = failing.pipe(
        Job.every("10 seconds"),
        Job.missed("earliest"),
        Job.retry(Schedule.spaced("25 seconds"))
      )
      const { store, time } = yield* downFor(125 * second, job)
      yield* time.advance("30 seconds")
      assert.deepStrictEqual(
        (yield* verdicts(store)).map(([reason, first, , count]) => [reason, first, count]),
        [["missed: down", 10 * second, 12]]
      )
      const ran = (yield* store.logOf("sole")).filter(({ status }) => status !== "skipped")
      assert.deepStrictEqual(
        ran.map(({ scheduledAt, startedAt, status }) => [
          (scheduledAt - Bench.start) / second,
          (startedAt - Bench.start) / second,
          status
        ]),
        [
          [0, 0, "success"],
          [10, 125, "error"],
          [10, 150, "success"],
          [130, 150, "error"]
        ],
        "the policy's delay counts from the instant, and the run that was late covers no more than that"
      )
    }).pipe(Bench.run)
  )

  it.effect("a daily job that was missed by hours runs once, as missed, and keeps its hour from then on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* downFor(20 * hour, work.job("sole").pipe(nightly))
      yield* time.advance("1 day")
      assert.deepStrictEqual(told(work.begun), [
        ["missed", 15 * hour, 20 * hour],
        ["schedule", 39 * hour, 39 * hour]
      ])
      assert.deepStrictEqual(yield* verdicts(store), [["missed: down", 15 * hour, 15 * hour, 1]])
    }).pipe(Bench.run)
  )

  it.effect("a daily job runs once for all the days it missed, standing for the last of them", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store } = yield* downFor(15 * hour + 5 * 24 * hour + minute, work.job("sole").pipe(nightly))
      assert.deepStrictEqual(told(work.begun), [["schedule", 135 * hour, 135 * hour + minute]])
      assert.deepStrictEqual(yield* verdicts(store), [["missed: down", 15 * hour, 111 * hour, 5]])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["a minute", {}, [0, 1, minute, minute + 1, hour], ["schedule", "schedule", "schedule", "missed", "missed"]],
    ["what the tick tolerates", { tolerance: "1 hour" }, [minute, hour, hour + 1], ["schedule", "schedule", "missed"]]
  ] as const)("an instant is late up to %s after it, and missed from then on", ([, options, lateBy, expected]) =>
    Effect.gen(function* () {
      const triggers = yield* Effect.forEach(lateBy, (late) =>
        Effect.gen(function* () {
          const work = Bench.makeWork()
          const jobs = Jobs.make(work.job("sole").pipe(nightly))
          const { store, time } = yield* Bench.open(jobs, options)
          yield* time.jumpTo(Bench.start + 15 * hour + late)
          yield* Bench.daemonOf(jobs, { ...options, store })
          return work.begun.map((run) => run.trigger)
        }).pipe(Bench.run)
      )
      assert.deepStrictEqual(triggers.flat(), [...expected])
    })
  )

  it.effect("what was seen in time and waited for its place is late, never missed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          work.job("first", "5 minutes").pipe(Job.every("1 day"), Job.priority(1)),
          work.job("waits").pipe(Job.every("1 day"))
        )
      )
      yield* bench.time.advance("5 minutes")
      assert.deepInclude(work.begun[1], { jobName: "waits", trigger: "schedule", startedAt: Bench.start + 5 * minute })
      assert.deepStrictEqual(yield* verdicts(bench.store, "waits"), [])
    }).pipe(Bench.run)
  )

  it.effect("an instant overtaken by a later one while it waits for its slot is missed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("first", "12 seconds").pipe(Job.every("1 day"), Job.priority(1)),
          work.job("sole").pipe(Job.every("5 seconds"))
        )
      )
      yield* time.advance("16 seconds")
      assert.deepStrictEqual(told(work.begun).slice(1), [
        ["schedule", 10_000, 12_000],
        ["schedule", 15_000, 15_000]
      ])
      assert.deepStrictEqual(yield* verdicts(store), [["missed: overtaken", 0, 5000, 2]])
    }).pipe(Bench.run)
  )

  it.effect("a run that starts late leaves out no instant that came while it went on, and shifts none", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("first", "4 seconds").pipe(Job.every("1 day"), Job.priority(1)),
          work.job("late", "2 seconds").pipe(Job.every("5 seconds"))
        )
      )
      yield* time.advance("16 seconds")
      assert.deepStrictEqual(told(work.begun).slice(1), [
        ["schedule", 0, 4000],
        ["schedule", 5000, 6000],
        ["schedule", 10_000, 10_000],
        ["schedule", 15_000, 15_000]
      ])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["down", "restarts"],
    ["jumped", "is suspended"],
    ["asleep", "is not looked at by its host"]
  ] as const)("the log says why an instant was missed: %s", ([why]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.every("1 hour")))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      if (why === "asleep") yield* time.advance("90 minutes")
      else yield* time.jumpTo(Bench.start + 90 * minute)
      yield* why === "down" ? (yield* Bench.open(jobs, { store })).tick.once : tick.once
      assert.deepStrictEqual(yield* verdicts(store), [[`missed: ${why}`, hour, hour, 1]])
      assert.deepStrictEqual(told(work.begun).slice(1), [["missed", hour, 90 * minute]])
    }).pipe(Bench.run)
  )

  it.effect("an instant that the clock jumped over a moment after it was looked at was jumped over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.cron("45 30 12 * * *"))))
      yield* time.advance(30 * minute + 30 * second)
      yield* time.jumpTo(Bench.start + 2 * hour)
      yield* time.advance("1 minute")
      assert.deepStrictEqual(
        (yield* verdicts(store)).map(([reason]) => reason),
        ["missed: jumped"]
      )
    }).pipe(Bench.run)
  )
})

describe("a policy for missed instants", () => {
  /** Hourly from the start; down until 10 h 30 min, so that 1 h to 10 h were missed. */
  const after = (policy: Missed.Policy, bounds: Job.MissedBounds, takes = 0) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sole", takes).pipe(Job.every("1 hour"), Job.missed(policy, bounds))
      const { store, time } = yield* downFor(10 * hour + 30 * minute, job)
      yield* time.advance("30 minutes")
      const runs = told(work.begun).slice(1)
      return { runs: runs.slice(0, -1), last: runs.at(-1), verdicts: yield* verdicts(store), time, work, store }
    })

  const all = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => ["missed", (from + n) * hour, 10.5 * hour + n * second])

  it.effect.each([
    ["latest", {}, [["missed", 10 * hour, 10.5 * hour]]],
    ["latest", { within: "29 minutes" }, []],
    ["latest", { within: "30 minutes" }, [["missed", 10 * hour, 10.5 * hour]]],
    ["earliest", {}, [["missed", 1 * hour, 10.5 * hour]]],
    ["earliest", { within: "3 hours" }, [["missed", 8 * hour, 10.5 * hour]]],
    ["earliest", { within: "20 minutes" }, []],
    ["all", {}, all(1, 10)],
    ["all", { atMost: 3 }, all(8, 10)],
    ["all", { within: "5 hours" }, all(6, 10)],
    ["all", { within: "5 hours", atMost: 2 }, all(9, 10)],
    ["all", { within: "1 minute" }, []],
    ["skip", {}, []]
  ] as const)(
    "%s with %o runs what it says, tells of every instant, and goes on as planned",
    ([policy, bounds, runs]) =>
      Effect.gen(function* () {
        const seen = yield* after(policy, bounds)
        assert.deepStrictEqual(seen.runs, runs as ReadonlyArray<unknown>)
        assert.deepStrictEqual(seen.last, ["schedule", 11 * hour, 11 * hour])
        assert.deepStrictEqual(seen.verdicts, [["missed: down", hour, 10 * hour, 10]])
      }).pipe(Bench.run)
  )

  it.effect("runs that make up for all of a fast grid catch up with it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* downFor(
        2 * minute,
        work.job("sole").pipe(Job.every("1 second"), Job.missed("all"))
      )
      yield* time.advance("5 minutes")
      const instants = work.begun.map((run) => run.scheduledAt - Bench.start)
      const newest = Math.max(...instants)
      assert.strictEqual(newest, 7 * minute)
      assert.strictEqual(new Set(instants).size, instants.length)
      assert.deepStrictEqual(
        instants.slice(1),
        Array.from({ length: instants.length - 1 }, (_, n) => newest - (instants.length - 2 - n) * second)
      )
      assert.deepStrictEqual(work.begun.at(-1)?.trigger, "schedule")
      assert.isBelow((yield* verdicts(store)).length, 10)
    }).pipe(Bench.run)
  )

  it.effect("a host that asks for what is due gets all of it in one call", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.every("5 minutes"), Job.missed("all"))))
      yield* bench.tick.once
      yield* bench.time.advance("15 minutes")
      yield* bench.tick.once
      assert.deepStrictEqual(told(work.begun).slice(1), [
        ["missed", 5 * minute, 15 * minute],
        ["missed", 10 * minute, 15 * minute],
        ["schedule", 15 * minute, 15 * minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("what is being made up for goes on after a restart, and no instant is told of twice", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.every("1 hour"), Job.missed("all")))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      yield* time.jumpTo(Bench.start + 5 * hour + 30 * minute)
      for (const _ of [1, 2, 3]) {
        const fiber = yield* Bench.daemon(yield* Bench.open(jobs, { store }))
        yield* time.advance("100 millis")
        yield* Bench.stop(fiber)
      }
      yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("1 hour")
      assert.deepStrictEqual(
        work.begun.map((run) => (run.scheduledAt - Bench.start) / hour),
        [0, 1, 2, 3, 4, 5, 6]
      )
      assert.deepStrictEqual(yield* verdicts(store), [["missed: down", hour, 5 * hour, 5]])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["latest", {}, [["missed", 10 * minute, hour]]],
    ["skip", {}, []],
    ["all", { within: "49 minutes" }, []]
  ] as const)("a schedule misses the one instant it has planned: %s with %o", ([policy, bounds, runs]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const spaced = Job.schedule(Schedule.spaced("10 minutes"))
      const { store, time } = yield* downFor(hour, work.job("sole").pipe(spaced, Job.missed(policy, bounds)))
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(told(work.begun), [...runs, ["schedule", 70 * minute, 70 * minute]] as Array<unknown>)
      assert.deepStrictEqual(
        (yield* verdicts(store)).map(([reason, first, , count]) => [reason, first, count]),
        [["missed: down", 10 * minute, 1]]
      )
    }).pipe(Bench.run)
  )

  it.effect("is carried out by one of the processes that share a store, and told of once", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.every("1 hour"), Job.missed("all")))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      yield* time.jumpTo(Bench.start + 10 * hour + 30 * minute)
      const others = yield* Effect.forEach(["a", "b", "c"], (id) => Bench.open(jobs, { store: store.as(id) }))
      yield* Effect.forEach(others, (bench) => Effect.forkScoped(bench.tick.run))
      yield* time.advance("30 minutes")
      assert.deepStrictEqual(
        work.begun.map((run) => (run.scheduledAt - Bench.start) / hour),
        Array.from({ length: 12 }, (_, n) => n)
      )
      assert.deepStrictEqual(yield* verdicts(store), [["missed: down", hour, 10 * hour, 10]])
    }).pipe(Bench.run)
  )
})

describe("a laptop that was asleep for 8 hours", () => {
  it.effect("wakes to one run of each missed latest job, spread, and none of skip", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const names = Array.from({ length: 90 }, (_, n) => `latest ${String(n).padStart(2, "0")}`)
      const { events, time } = yield* Bench.daemonOf(
        Jobs.make(
          ...names.map((name): Sole => work.job(name).pipe(Job.every("7 hours"), Job.parallel)),
          work.job("skip").pipe(Job.every("7 hours"), Job.missed("skip"))
        )
      )
      yield* time.advance("1 second")
      work.begun.length = 0
      yield* time.jumpTo(Bench.start + 8 * hour)
      yield* time.advance("2 minutes")
      assert.sameMembers(work.names(), names)
      assert.isTrue(work.begun.every((run) => run.trigger === "missed" && run.scheduledAt === Bench.start + 7 * hour))
      const starts = work.begun.map((run) => run.startedAt)
      assert.strictEqual(new Set(starts).size, 90)
      assert.isAtMost(Math.max(...starts) - Math.min(...starts), minute)
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "ClockJumped" ? [event.byMs] : [])),
        [8 * hour - second]
      )
    }).pipe(Bench.run)
  )

  it.effect("waits for nothing where the next instant comes first", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const names = Array.from({ length: 40 }, (_, n) => `hourly ${String(n).padStart(2, "0")}`)
      const hourly = names.map((name): Sole => work.job(name).pipe(Job.every("1 hour"), Job.parallel))
      const { time } = yield* downFor(2 * hour - 10 * second, ...hourly)
      yield* time.advance("1 minute")
      const starts = work.begun.slice(names.length).map((run) => run.startedAt - Bench.start)
      assert.deepStrictEqual(starts, [
        ...Array.from({ length: 10 }, (_, n) => 2 * hour - (10 - n) * second),
        ...names.map(() => 2 * hour)
      ])
    }).pipe(Bench.run)
  )

  it.effect("is noticed within a minute, and an every-2-minutes job ends in one run, no burst", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("sync_send").pipe(Job.every("2 minutes"))))
      yield* time.advance("1 second")
      yield* time.jumpTo(Bench.start + 8 * hour)
      yield* time.advance("1 minute")
      yield* time.advance("1 minute")
      assert.deepStrictEqual(told(work.begun), [
        ["schedule", 0, 0],
        ["schedule", 8 * hour, 8 * hour + 59_000],
        ["schedule", 8 * hour + 2 * minute, 8 * hour + 2 * minute]
      ])
    }).pipe(Bench.run)
  )
})

describe("a bound that a busy tick does not see", () => {
  it.effect.each([
    ["0 millis", 1],
    ["999 millis", 1],
    ["1 second", 0]
  ] as const)("is a warning when the tick is opened: within %s", ([within, count]) =>
    Effect.gen(function* () {
      const log = makeLog()
      const work = Bench.makeWork()
      const job = work.job("sole").pipe(Job.every("1 hour"), Job.missed("latest", { within }))
      yield* Effect.provide(Bench.open(Jobs.make(job, work.job("other").pipe(Job.every("1 hour")))), log.layer)
      const warnings = log.lines.filter(({ level }) => level === "Warning").map(({ text }) => text)
      assert.lengthOf(warnings, count)
      for (const text of warnings) assert.include(text, 'Job "sole": missed within should be at least 1 s, got ')
    }).pipe(Bench.run)
  )
})
