import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Deferred, Effect, Fiber, Schedule } from "effect"
import { Job, JobState, Jobs } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { makeLog } from "../support/log.ts"

const { hour, minute, second, start } = Bench

const instants = (work: ReturnType<typeof Bench.makeWork>) => work.begun.map((run) => run.scheduledAt - start)

describe("a clock that jumps back", () => {
  it.effect("runs no instant of a calendar twice, though it jumped between two runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.every("1 minute"))))
      yield* time.advance("150 seconds")
      yield* time.jumpTo(start + 30_000)
      yield* time.advance("4 minutes")
      assert.deepStrictEqual(
        instants(work),
        [0, 1, 2, 3, 4].map((n) => n * minute)
      )
    }).pipe(Bench.run)
  )

  it.effect("runs no instant of a calendar twice, though it jumped while a body ran", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const outside = yield* Deferred.make<void>()
      const waits = Effect.suspend(() => (work.begun.length === 3 ? Deferred.await(outside) : Effect.void))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole", 0, waits).pipe(Job.every("1 minute"))))
      yield* time.advance("125 seconds")
      yield* time.jumpTo(start + 30_000)
      yield* Deferred.succeed(outside, undefined)
      yield* time.advance("4 minutes")
      assert.deepStrictEqual(
        instants(work),
        [0, 1, 2, 3, 4].map((n) => n * minute)
      )
      assert.isTrue((yield* store.log).every((run) => run.durationMs >= 0))
    }).pipe(Bench.run)
  )

  it.effect("moves the instants that a schedule has planned back with it, and says so in the log", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const spaced = Job.repeat(Schedule.spaced("10 minutes"))
      const { events, store, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(spaced)))
      yield* time.advance("4 minutes")
      yield* time.jumpTo(start - hour)
      yield* time.advance("1 minute")
      yield* time.advance("5 minutes")
      assert.deepStrictEqual(work.starts("sole"), [0, 6 * minute - hour])
      const [, control] = yield* store.logOf("sole")
      assert.deepNestedInclude(control, {
        status: "control",
        reason: "the clock was set back by 1 h 4 min",
        "position.nextAt": start - hour + 6 * minute,
        "position.scheduledAt": start - hour + 6 * minute
      })
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "ClockJumped" ? [event.byMs] : [])),
        [-hour - 4 * minute]
      )
    }).pipe(Bench.run)
  )

  it.effect("is noticed by a host that asks for what is due, though nothing is", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.repeat(Schedule.spaced("10 minutes")))))
      yield* bench.tick.once
      yield* bench.time.advance("4 minutes")
      assert.deepStrictEqual(yield* bench.tick.once, [])
      yield* bench.time.jumpTo(start + minute)
      assert.deepStrictEqual(
        (yield* bench.tick.once).map(({ status }) => status),
        ["control"]
      )
      assert.strictEqual((yield* bench.store.state("sole")).position.nextAt, start + 7 * minute)
    }).pipe(Bench.run)
  )

  it.effect("while the process was down, leaves nobody waiting longer than was planned", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(
        work.job("schedule").pipe(Job.repeat(Schedule.spaced("10 minutes"))),
        work.job("calendar").pipe(Job.every("10 minutes"))
      )
      const before = Effect.tap(Bench.open(jobs), ({ tick }) => tick.once)
      const { store, time } = yield* Effect.scoped(before)
      yield* time.jumpTo(start - hour)
      yield* Bench.open(jobs, { store })
      assert.strictEqual((yield* store.state("schedule")).position.nextAt, start - 50 * minute)
      assert.strictEqual((yield* store.state("calendar")).position.nextAt, start + 10 * minute)
    }).pipe(Bench.run)
  )

  it.effect("moves an attempt that is made again, which goes on standing for its instant", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.every("1 hour")))
      const { store } = yield* Bench.open(jobs)
      const first = yield* store.state("sole")
      const again = {
        ...first,
        position: { ...first.position, attempt: 3, nextAt: start + 4 * second, scheduledAt: start }
      }
      yield* store.commit({
        saves: [{ expected: { owner: null, token: 0, seq: again.seq }, state: again, entries: [] }],
        claims: []
      })
      const { time } = yield* Bench.daemonOf(jobs, { store })
      yield* time.jumpTo(start - hour)
      yield* time.advance("10 seconds")
      assert.deepStrictEqual(
        work.begun.map((run) => [run.attempt, run.scheduledAt, run.startedAt]),
        [[3, start, start - hour + 4 * second]]
      )
    }).pipe(Bench.run)
  )
})

describe("a clock that jumps back after runs were spread", () => {
  it.effect("leaves no later run that makes up for something waiting for an hour that has come once", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.repeat(Schedule.spaced("1 hour")))))
      yield* time.jumpTo(start + 24 * hour)
      yield* time.advance("3 minutes")
      yield* time.jumpTo(start)
      yield* time.advance("3 minutes")
      yield* time.jumpTo(start + 2 * hour)
      yield* time.advance("2 minutes")
      const last = work.starts("sole").at(-1) ?? Number.NaN
      assert.isAtLeast(last, 2 * hour)
      assert.isAtMost(last, 2 * hour + 2 * minute)
    }).pipe(Bench.run)
  )

  it.effect("moves the runs that wait for their turn, which keep their distance", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const names = ["a", "b", "c", "d", "e"]
      const daily = names.map(
        (name): Job.Job<string, void, never, never> => work.job(name).pipe(Job.cron("0 0 * * *"), Job.parallel)
      )
      const { time } = yield* Bench.daemonOf(Jobs.make(...daily))
      yield* time.jumpTo(start + 20 * hour)
      while (work.begun.length < 2) yield* time.advance("500 millis")
      yield* time.jumpTo((yield* time.now) - 3 * hour)
      yield* time.advance("10 seconds")
      assert.deepStrictEqual(work.names(), names)
      const passed = work.begun.map(({ startedAt }, n) => startedAt + (n < 2 ? 0 : 3 * hour))
      const [began = Number.NaN] = passed
      assert.deepStrictEqual(
        passed.map((at) => at - began),
        [0, 1, 2, 3, 4].map((n) => n * second)
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["between two of its runs", 0],
    ["while it ran", 2 * second]
  ] as const)("keeps the pace of a job that makes up for every instant: %s", ([, takes]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole", takes).pipe(Job.every("1 hour"), Job.missed("all")))
      const { store, tick, time } = yield* Bench.open(jobs)
      const first = yield* Effect.fork(tick.once)
      yield* time.advance("1 minute")
      yield* Fiber.join(first)
      yield* time.jumpTo(start + 10 * hour + 30 * minute)
      yield* Bench.daemonOf(jobs, { store })
      yield* time.advance(1500)
      yield* time.jumpTo((yield* time.now) - 20 * minute)
      yield* time.advance("1 minute")
      assert.deepStrictEqual(
        instants(work),
        Array.from({ length: 11 }, (_, n) => n * hour)
      )
    }).pipe(Bench.run)
  )

  it.effect("is no reason to look later for what other processes have asked for", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.at(start + 48 * hour)))
      const bench = yield* Bench.daemonOf(jobs, { watch: "1 minute" })
      yield* bench.time.advance("90 seconds")
      yield* bench.time.jumpTo(start - 24 * hour)
      yield* bench.time.advance("2 minutes")
      const request = {
        verb: "trigger",
        jobName: "sole",
        key: "",
        at: yield* bench.time.now,
        by: "",
        why: "",
        dueAt: null,
        payload: null
      } as const
      yield* bench.store.submit([request])
      yield* bench.time.advance("2 minutes")
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )
})

describe("a clock that was set back while the process was down", () => {
  const poll = (work: ReturnType<typeof Bench.makeWork>, version: number, delay: number) =>
    Jobs.make(work.job("poll").pipe(Job.schedule(Schedule.fromDelays(delay, hour)), Job.version(version)))

  it.effect("is no matter of a process that leaves the job alone: it writes nothing", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Bench.daemonOf(poll(work, 2, 10 * hour))
      yield* time.jumpTo(start - hour)
      const before = yield* store.log
      const old = yield* Bench.daemonOf(poll(work, 1, 10 * minute), { store: store.as("old") })
      yield* time.advance("2 minutes")
      yield* time.jumpTo(start - 3 * hour)
      yield* time.advance("2 minutes")
      // the newer release moves what it has planned
      const reasons = (yield* store.log).slice(before.length).map(({ reason }) => reason)
      assert.lengthOf(reasons, 2)
      for (const reason of reasons) assert.match(reason ?? "", /^the clock was set back by/)
      assert.lengthOf((yield* old.tick.health).left, 1)
    }).pipe(Bench.run)
  )

  it.effect("moves what was planned also where the job was changed meanwhile", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Effect.scoped(Bench.open(poll(work, 1, 10 * minute)))
      yield* time.jumpTo(start - 24 * hour)
      yield* Bench.open(poll(work, 1, 30 * minute), { store })
      assert.strictEqual((yield* store.state("poll")).position.nextAt, start - 24 * hour + 10 * minute)
    }).pipe(Bench.run)
  )
})

describe("a clock that jumps", () => {
  it.effect.each([
    ["ahead", hour],
    ["back", -hour]
  ] as const)("%s takes no lease from a holder that had no time to renew it", ([, byMs]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole", "5 minutes").pipe(Job.every("1 day")))
      const { store, time } = yield* Bench.daemonOf(jobs)
      yield* Bench.daemonOf(jobs, { store: store.as("other") })
      yield* time.advance("15 seconds")
      yield* time.jumpTo((yield* time.now) + byMs)
      yield* time.advance("1 minute")
      assert.strictEqual((yield* store.state("sole")).claim.owner, store.owner.id)
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )

  it.effect.each([
    [hour, "The clock jumped ahead by 1 h, or the machine was suspended"],
    [-hour, "The clock was set back by 1 h: what no calendar names moves with it"]
  ] as const)("by %i ms is a warning that says by how much", ([byMs, text]) =>
    Effect.gen(function* () {
      const log = makeLog()
      const bench = yield* Bench.open(Jobs.make(Bench.makeWork().job("sole").pipe(Job.every("1 day"))))
      yield* Effect.provide(Bench.daemon(bench), log.layer)
      yield* bench.time.jumpTo(start + byMs)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(log.lines, [{ text, level: "Warning", job: null }])
    }).pipe(Bench.run)
  )

  const slow = Schedule.makeWithState(0, () => Effect.never as Effect.Effect<never>)
  const listing = (keys: Effect.Effect<ReadonlyArray<string>>) =>
    Job.make("ping", { keys }, () => Effect.void).pipe(Job.every("1 hour"))

  it.effect.each([
    ["the keys are listed slowly", listing(Effect.as(Effect.sleep("4 seconds"), ["ada"]))],
    ["the keys are never listed", listing(Effect.never)],
    ["a schedule does not answer", Job.make("ping", Effect.void).pipe(Job.schedule(slow))]
  ] as const)("is not reported where opening takes a while, since %s", ([, job]) =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const opening = yield* Effect.fork(Bench.open(Jobs.make(...[job as Job.Job<string, unknown, unknown, never>])))
      yield* time.settle
      yield* time.advance("10 seconds")
      const bench = yield* Fiber.join(opening)
      yield* Bench.daemon(bench)
      yield* time.advance("2 minutes")
      assert.isFalse(bench.events.some((event) => event._tag === "ClockJumped"))
    }).pipe(Bench.run)
  )

  it.effect("by less than a second is no jump", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { events, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.every("10 seconds"))))
      for (const byMs of [900, -900, 400, -400]) {
        yield* time.jumpTo((yield* time.now) + byMs)
        yield* time.advance("1 minute")
      }
      assert.isFalse(events.some((event) => event._tag === "ClockJumped"))
    }).pipe(Bench.run)
  )

  it.effect("back and ahead again is told of as a jump, though the process was opened at a later hour", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.schedule(Schedule.spaced("10 minutes")))))
      yield* bench.time.jumpTo(start - hour)
      yield* bench.tick.once
      yield* bench.time.jumpTo(start - 30 * minute)
      yield* bench.tick.once
      assert.deepStrictEqual(
        (yield* bench.store.logOf("sole")).map(({ reason, status }) => [status, reason]),
        [
          ["control", "the clock was set back by 1 h"],
          ["skipped", "missed: jumped"],
          ["success", null]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("leaves the state equal to the fold of the log", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sole").pipe(Job.repeat(Schedule.exponential("1 second"))))
      const { store, time } = yield* Bench.open(jobs)
      const first = yield* store.state("sole")
      yield* Bench.daemonOf(jobs, { store })
      for (const byMs of [hour, -3 * hour, 5 * minute, -2 * hour]) {
        yield* time.advance("90 seconds")
        yield* time.jumpTo((yield* time.now) + byMs)
      }
      yield* time.advance("10 minutes")
      const state = yield* store.state("sole")
      const folded = JobState.fold(first, yield* store.logOf("sole"))
      assert.deepStrictEqual({ ...folded, claim: state.claim }, state)
    }).pipe(Bench.run)
  )
})
