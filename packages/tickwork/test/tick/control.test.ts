import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Exit, FastCheck as fc, Schedule } from "effect"
import { Control, Decision, Job, Jobs, Run, Tick } from "tickwork"
import { attempts, ending, told } from "../support/attempts.ts"

const { hour, minute, second, start } = Bench

type Verb = typeof Tick.pause<Job.Any>

/** What is asked of a tick, as an application asks. */
const of = ({ tick }: Pick<Bench.Bench, "tick">) => {
  const on =
    (verb: Verb) =>
    (...asked: Parameters<Verb>) =>
      Effect.provideService(verb(...asked), Tick.Tick, tick)
  return { pause: on(Tick.pause), resume: on(Tick.resume), trigger: on(Tick.trigger), cancel: on(Tick.cancel) }
}

const alice = { by: "alice", why: "the server moves" }

const controls = (store: Bench.Store, jobName: string) =>
  Effect.map(store.logOf(jobName), (runs) => runs.filter(({ status }) => status === "control").map((run) => run.reason))

const decisionOf = ({ tick }: Bench.Bench, jobName: string) =>
  Effect.map(tick.status, (all) => all.find((status) => status.jobName === jobName)?.decision)

describe("a job that is paused", () => {
  it.effect("begins nothing more, while what runs goes on; its decision says when, by whom and why", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "30 seconds").pipe(Job.every("1 minute"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).pause(job, alice)
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(work.starts("sync"), [0])
      const lines = yield* bench.store.log
      assert.deepStrictEqual(
        lines.map(({ reason, status }) => [status, reason]),
        [
          ["control", "paused by alice: the server moves"],
          ["success", null]
        ]
      )
      assert.strictEqual(lines[1]?.durationMs, 30 * second, "it was not cut short")
      const decision = Decision.wait(Decision.Reason.Paused({ since: start + 10 * second, ...alice }))
      assert.deepStrictEqual(yield* decisionOf(bench, "sync"), decision)
    }).pipe(Bench.run)
  )

  it.effect("stays paused over a restart", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("1 minute"))
      const first = yield* Bench.open(Jobs.make(job))
      yield* of(first).pause(job, alice)
      const store = yield* Bench.throughJson(first.store)
      const bench = yield* Bench.daemonOf(Jobs.make(job), { store })
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(work.begun, [])
      assert.strictEqual(
        Decision.toText((yield* decisionOf(bench, "sync")) ?? assert.fail("no decision")),
        "paused by alice: the server moves"
      )
    }).pipe(Bench.run)
  )

  it.effect("makes no attempt again before it is resumed, and then the one that was due", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.every("1 hour"), Job.retry(Schedule.spaced("10 seconds")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* of(bench).pause(job)
      yield* bench.time.advance("5 minutes")
      yield* of(bench).resume(job)
      yield* bench.time.settle
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 5 * minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("does not begin what it had claimed ahead of its turn", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const [first, second] = [
        work.job("first", "20 seconds").pipe(Job.every("1 hour")),
        work.job("second").pipe(Job.every("1 hour"))
      ]
      const bench = yield* Bench.daemonOf(Jobs.make(first, second))
      yield* of(bench).pause(second)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(work.names(), ["first"])
      assert.isNull((yield* bench.store.state("second")).claim.owner)
    }).pipe(Bench.run)
  )

  it.effect("by two people is paused by the first", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* of(bench).pause(job, alice)
      yield* bench.time.advance("1 minute")
      yield* of(bench).pause(job, { by: "bob" })
      assert.deepStrictEqual((yield* bench.store.state("sync")).position.paused, { at: start, ...alice })
      const both = ["paused by alice: the server moves", "paused by bob"]
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), both)
    }).pipe(Bench.run)
  )

  it.effect("keeps no other job from running, in the same place or beside it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "1 second").pipe(Job.every("10 seconds"), Job.priority(1))
      const other = work.job("other").pipe(Job.every("10 seconds"))
      const bench = yield* Bench.daemonOf(Jobs.make(job, other))
      yield* of(bench).pause(job)
      yield* bench.time.advance("25 seconds")
      assert.deepStrictEqual(work.starts("other"), [second, 10 * second, 20 * second])
    }).pipe(Bench.run)
  )
})

describe("a job that is resumed", () => {
  const policies = {
    latest: [[60 * minute], 5],
    earliest: [[10 * minute], 6],
    skip: [[], 6],
    all: [[10, 20, 30, 40, 50, 60].map((n) => n * minute), 6]
  } as const

  it.effect.each(Object.keys(policies) as Array<keyof typeof policies>)(
    "has missed what came meanwhile, since it was paused, and its policy decides: %s",
    (policy) =>
      Effect.gen(function* () {
        const [made, count] = policies[policy]
        const work = Bench.makeWork()
        const job = work.job("sync").pipe(Job.every("10 minutes"), Job.missed(policy))
        const bench = yield* Bench.daemonOf(Jobs.make(job))
        yield* of(bench).pause(job)
        yield* bench.time.advance(64 * minute)
        yield* of(bench).resume(job, { by: "bob" })
        yield* bench.time.advance("30 seconds")
        assert.deepStrictEqual(
          work.begun.map(({ scheduledAt }) => scheduledAt - start),
          [0, ...made]
        )
        const missed = (yield* bench.store.log).filter((run) => run.verdict === "missed")
        assert.deepStrictEqual(
          missed.map((run) => [run.missedBecause, run.count, run.scheduledAt - start]),
          [["paused", policy === "latest" ? 6 : count, 10 * minute]]
        )
        assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["paused", "resumed by bob"])
      }).pipe(Bench.run)
  )

  it.effect("soon enough runs late, and has missed nothing", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("10 minutes"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* of(bench).pause(job)
      yield* bench.time.advance("10 minutes")
      yield* bench.time.advance("20 seconds")
      yield* of(bench).resume(job)
      yield* bench.time.settle
      assert.deepStrictEqual(attempts(work.begun)[1], [1, 10 * minute, 10 * minute + 20 * second])
      assert.deepStrictEqual(
        (yield* bench.store.log).map(({ missedBecause }) => missedBecause),
        [null, null, null, null]
      )
    }).pipe(Bench.run)
  )

  it.effect("after a restart has missed since it was paused, not since the process was down", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("10 minutes"))
      const first = yield* Bench.open(Jobs.make(job))
      yield* first.tick.once
      yield* of(first).pause(job)
      yield* first.time.advance("25 minutes")
      const bench = yield* Bench.daemonOf(Jobs.make(job), { store: first.store })
      yield* bench.time.advance("10 minutes")
      yield* of(bench).resume(job)
      yield* bench.time.advance("10 seconds")
      const missed = (yield* bench.store.log).filter((run) => run.verdict === "missed")
      assert.deepStrictEqual(
        missed.map((run) => [run.missedBecause, run.count]),
        [["paused", 3]]
      )
    }).pipe(Bench.run)
  )

  it.effect("that waited for its place when it was paused has missed that instant since it was paused", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const long = work.job("long", "5 minutes").pipe(Job.every("1 day"), Job.priority(1))
      const job = work.job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(long, job))
      yield* bench.time.advance("20 seconds")
      yield* of(bench).pause(job)
      yield* bench.time.advance("30 minutes")
      yield* of(bench).resume(job)
      yield* bench.time.settle
      const [missed] = (yield* bench.store.logOf("sync")).filter(({ status }) => status === "skipped")
      assert.deepInclude(missed, { reason: "missed: paused", scheduledAt: start })
      assert.deepStrictEqual(work.starts("sync"), [30 * minute + 20 * second])
    }).pipe(Bench.run)
  )

  it.effect("on a schedule goes on with its planned instant, and is stepped when that has run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.repeat(Schedule.spaced("10 minutes")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* of(bench).pause(job)
      yield* bench.time.advance("45 minutes")
      yield* of(bench).resume(job)
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(work.starts("sync"), [0, 45 * minute, 55 * minute])
    }).pipe(Bench.run)
  )

  it.effect("without having been paused goes on as it did: a line says who asked", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const {
        position: { nextAt }
      } = yield* bench.store.state("sync")
      yield* of(bench).resume(job, { by: "bob" })
      assert.deepNestedInclude(yield* bench.store.state("sync"), { "position.nextAt": nextAt, "position.paused": null })
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["resumed by bob"])
    }).pipe(Bench.run)
  )
})

describe("a job that is triggered", () => {
  it.effect.each([
    ["every", Job.every("1 hour")],
    ["cron", Job.cron("30 * * * *")],
    ["a schedule", Job.repeat(Schedule.jittered(Schedule.spaced("1 hour")))]
  ] as const)("runs now, with a key of its own, and its plan stays as it is: %s", ([, cadence]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = cadence(work.job("sync", "5 seconds") as Job.Job<"sync", void, never, never>)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 minutes")
      const before = yield* bench.store.state("sync")
      const planned = work.begun.length
      yield* of(bench).trigger(job, { by: "alice" })
      yield* bench.time.advance("10 seconds")
      const at = start + 10 * minute
      const begun = work.begun.slice(planned).map(({ progress: _, ...run }) => run)
      assert.deepStrictEqual(begun, [
        {
          jobName: "sync",
          key: "",
          runKey: `${Run.keyOf("sync", "", at)}/manual`,
          scheduledAt: at,
          startedAt: at,
          attempt: 1,
          trigger: "manual",
          lastSuccessAt: planned === 0 ? null : start
        }
      ])
      const {
        lastStatus,
        totalRuns,
        position: { attempt, cadence: after, manual, nextAt, scheduledAt }
      } = yield* bench.store.state("sync")
      assert.deepStrictEqual(
        { attempt, cadence: after, lastStatus, manual, nextAt, scheduledAt, totalRuns },
        {
          attempt: 1,
          cadence: before.position.cadence,
          lastStatus: "success",
          manual: null,
          nextAt: before.position.nextAt,
          scheduledAt: before.position.scheduledAt,
          totalRuns: planned + 1
        }
      )
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["triggered by alice"])
    }).pipe(Bench.run)
  )

  it.effect("runs though it is paused, though its condition is false, and though its plan is over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const paused = work.job("paused").pipe(Job.every("1 hour"))
      const unmet = work.job("unmet").pipe(Job.every("1 hour"), Job.when("never", Effect.succeed(false)))
      const over = work.job("over").pipe(Job.repeat(Schedule.stop))
      const bench = yield* Bench.daemonOf(Jobs.make(paused, unmet, over))
      yield* of(bench).pause(paused)
      yield* bench.time.advance("2 hours")
      const begun = work.begun.length
      for (const job of [paused, unmet, over]) yield* of(bench).trigger(job)
      yield* bench.time.settle
      assert.sameMembers(work.names().slice(begun), ["paused", "unmet", "over"])
      assert.isTrue(work.begun.slice(begun).every(({ trigger }) => trigger === "manual"))
      assert.isNotNull((yield* bench.store.state("paused")).position.paused, "it stays paused")
      assert.isNull((yield* bench.store.state("over")).position.nextAt)
    }).pipe(Bench.run)
  )

  it.effect("is tried again by its policy, with a state apart from that of the plan", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "fails", "fails", "fails", "fails", "succeeds")
      const job = failing.pipe(Job.every("1 hour"), Job.retry(Schedule.exponential("1 minute")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("90 seconds") // attempts at 0 and 60 s; the next one at 180 s
      yield* of(bench).trigger(job)
      yield* bench.time.advance("4 minutes")
      const by = (trigger: string) =>
        attempts(begun.filter((run) => run.runKey.endsWith("manual") === (trigger !== "")))
      assert.deepStrictEqual(by("manual"), [
        [1, 90 * second, 90 * second],
        [2, 90 * second, 150 * second],
        [3, 90 * second, 270 * second]
      ])
      assert.deepStrictEqual(by(""), [
        [1, 0, 0],
        [2, 0, 60 * second],
        [3, 0, 180 * second]
      ])
      assert.isTrue(begun.slice(2).some(({ attempt, trigger }) => trigger === "manual" && attempt === 2))
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        totalRuns: 6,
        totalErrors: 5,
        failures: 0,
        "position.manual": null
      })
    }).pipe(Bench.run)
  )

  it.effect("and fails for good counts as one more failure, and the plan goes on", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "succeeds", "fails", "fails", "succeeds")
      const job = failing.pipe(
        Job.every("1 hour"),
        Job.retry(Schedule.intersect(Schedule.recurs(1), Schedule.spaced("1 minute")))
      )
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* of(bench).trigger(job)
      yield* bench.time.advance("10 minutes")
      assert.strictEqual(begun.length, 3)
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        failures: 1,
        "position.manual": null,
        "position.nextAt": start + hour
      })
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(attempts(begun).at(-1), [1, hour, hour])
    }).pipe(Bench.run)
  )

  it.effect("twice before it has run runs once", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.cron("0 0 * * *"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* of(bench).trigger(job, { by: "alice" })
      yield* bench.time.advance("1 second")
      yield* of(bench).trigger(job, { by: "bob" })
      yield* bench.tick.once
      yield* bench.tick.once
      assert.deepStrictEqual(attempts(work.begun), [[1, 0, second]])
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["triggered by alice", "triggered by bob"])
    }).pipe(Bench.run)
  )

  it.effect("while its planned run goes on runs afterwards, and never overlaps it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "30 seconds").pipe(Job.every("1 hour"), Job.parallel)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).trigger(job)
      yield* bench.time.advance("2 minutes")
      assert.deepStrictEqual(
        work.begun.map(({ startedAt, trigger }) => [trigger, startedAt - start]),
        [
          ["schedule", 0],
          ["manual", 30 * second]
        ]
      )
      assert.strictEqual(work.mostAtOnce(), 1)
    }).pipe(Bench.run)
  )

  it.effect("is found when a crash has cut its run short, and tried again; its plan is untouched", () =>
    Effect.gen(function* () {
      const rows = yield* Bench.makeStore
      const { begun, job: dying } = ending("sync", "succeeds", "takes too long", "succeeds")
      const job = dying.pipe(Job.every("1 hour"))
      const own = rows.as("first")
      const first = yield* Bench.daemonOf(Jobs.make(job), { store: own })
      yield* first.time.advance("1 minute")
      const before = yield* rows.state("sync")
      yield* of(first).trigger(job, alice)
      yield* first.time.settle
      own.fail(Number.POSITIVE_INFINITY)
      yield* first.time.advance("1 minute")
      yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("heir", ["first"]) })
      yield* first.time.settle
      const at = start + minute
      assert.deepStrictEqual(
        begun.map(({ attempt, runKey, trigger }) => [attempt, trigger, runKey]),
        [
          [1, "schedule", Run.keyOf("sync", "", start)],
          [1, "manual", Run.keyOf("sync", "", at, "manual")],
          [2, "manual", Run.keyOf("sync", "", at, "manual")]
        ]
      )
      const {
        position: { attempt, cadence, nextAt, scheduledAt }
      } = yield* rows.state("sync")
      assert.deepStrictEqual(
        [attempt, cadence, nextAt, scheduledAt],
        [1, before.position.cadence, before.position.nextAt, before.position.scheduledAt]
      )
    }).pipe(Bench.run)
  )

  it.effect("and takes long is late for a planned instant that comes meanwhile: it has not missed it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "10 minutes").pipe(Job.cron("5 * * * *"), Job.missed("skip"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      yield* of(bench).trigger(job)
      yield* bench.time.advance("30 minutes")
      assert.deepStrictEqual(
        work.begun.map(({ scheduledAt, startedAt, trigger }) => [trigger, scheduledAt - start, startedAt - start]),
        [
          ["manual", minute, minute],
          ["schedule", 5 * minute, 11 * minute]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("and takes long overtakes all but the last of the planned instants that come meanwhile", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "10 minutes").pipe(Job.cron("*/2 * * * *"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      yield* of(bench).trigger(job)
      yield* bench.time.advance("10 minutes")
      const missed = (yield* bench.store.log).filter((run) => run.verdict === "missed")
      assert.deepStrictEqual(
        missed.map((run) => [run.missedBecause, run.scheduledAt - start, run.count]),
        [["overtaken", 2 * minute, 4]]
      )
      assert.deepStrictEqual(attempts(work.begun).at(-1), [1, 10 * minute, 11 * minute])
    }).pipe(Bench.run)
  )
})

describe("a job that is cancelled", () => {
  it.effect("is interrupted with an entry that says by whom, is not retried, and its cadence goes on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "30 seconds").pipe(Job.every("1 minute"), Job.retryUnexpected(Schedule.forever))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).cancel(job, alice)
      yield* bench.time.settle
      const text = "cancelled by alice: the server moves"
      assert.deepStrictEqual(
        (yield* bench.store.log).map(({ durationMs, error, reason, status }) => [status, reason, error, durationMs]),
        [
          ["control", text, null, 0],
          ["interrupted", null, text, 10 * second]
        ]
      )
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        "position.attempt": 1,
        "position.nextAt": start + minute,
        "claim.owner": null
      })
      yield* bench.time.advance("2 minutes")
      assert.deepStrictEqual(work.starts("sync"), [0, minute, 2 * minute])
    }).pipe(Bench.run)
  )

  it.effect("on a schedule feeds it an Exit that is an interruption", () =>
    Effect.gen(function* () {
      const fed: Array<string> = []
      const noting = Schedule.spaced("1 minute").pipe(
        Schedule.whileInput((exit: Exit.Exit<void> | undefined) => {
          fed.push(exit === undefined ? "nothing" : Exit.isInterrupted(exit) ? "interrupted" : exit._tag)
          return true
        })
      )
      const work = Bench.makeWork()
      const job = work.job("sync", "30 seconds").pipe(Job.repeat(noting))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).cancel(job)
      yield* bench.time.advance("80 seconds")
      assert.deepStrictEqual(fed, ["interrupted"])
      assert.deepStrictEqual(work.starts("sync"), [0, 70 * second])
    }).pipe(Bench.run)
  )

  it.effect("between two attempts is not retried: its schedule gets no input, and no failure counts", () =>
    Effect.gen(function* () {
      const fed: Array<string> = []
      const noting = Schedule.spaced("1 minute").pipe(
        Schedule.whileInput((exit: Exit.Exit<void, string> | undefined) => {
          fed.push(exit === undefined ? "nothing" : exit._tag)
          return true
        })
      )
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.repeat(noting), Job.retry(Schedule.spaced("1 hour")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).cancel(job, alice)
      yield* bench.time.advance("70 seconds")
      assert.deepStrictEqual(fed, ["nothing", "Success"])
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [1, 70 * second, 70 * second]
      ])
      const text = "cancelled by alice: the server moves"
      assert.deepStrictEqual(yield* Effect.map(bench.store.log, told), [
        "error 1 0",
        `control 2 0 ${text}`,
        `success 1 ${70 * second}`
      ])
    }).pipe(Bench.run)
  )

  it.effect("between two attempts on a calendar goes on with its next instant", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.every("1 minute"), Job.retry(Schedule.spaced("20 seconds")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).cancel(job)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [1, minute, minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("before a triggered run begins, or between two of its attempts, calls that run off", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.cron("0 0 * * *"), Job.retry(Schedule.spaced("1 minute")))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* of(bench).trigger(job)
      yield* of(bench).cancel(job)
      assert.deepStrictEqual(yield* bench.tick.once, [])
      yield* of(bench).trigger(job)
      yield* bench.tick.once
      assert.strictEqual((yield* bench.store.state("sync")).position.manual?.attempt, 2)
      yield* of(bench).cancel(job)
      yield* bench.time.advance("2 minutes")
      assert.deepStrictEqual(yield* bench.tick.once, [])
      assert.strictEqual(begun.length, 1)
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        "position.manual": null,
        "position.nextAt": start + 12 * hour
      })
    }).pipe(Bench.run)
  )

  it.effect("with nothing under way has a line in the log, and nothing else", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const before = yield* bench.store.state("sync")
      yield* of(bench).cancel(job, { by: "alice" })
      const {
        lastReason,
        lastVerdict,
        seq,
        claim: { token: claimToken }
      } = before
      const after = yield* bench.store.state("sync")
      assert.deepStrictEqual(
        { ...after, claim: { ...after.claim, token: claimToken }, lastReason, lastVerdict, seq },
        before
      )
      assert.strictEqual(after.seq, seq + 1)
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["cancelled by alice"])
    }).pipe(Bench.run)
  )

  it.effect("and cannot be interrupted keeps its slot until it ends, then is recorded as interrupted", () =>
    Effect.gen(function* () {
      const job = Job.make("sync", Effect.uninterruptible(Effect.sleep("30 seconds"))).pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      yield* of(bench).cancel(job)
      assert.isNotNull((yield* bench.store.state("sync")).claim.owner)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        (yield* bench.store.log).map(({ durationMs, status }) => [status, durationMs]),
        [
          ["control", 0],
          ["interrupted", 30 * second]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("twice while it runs is cut short once, and each who asked has a line", () =>
    Effect.gen(function* () {
      const stubborn = Bench.makeWork().job("sync", 0, Effect.uninterruptible(Effect.sleep("30 seconds")))
      const job = stubborn.pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* of(bench).cancel(job, { by: "alice" })
      yield* of(bench).cancel(job, { by: "bob" })
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["cancelled by alice", "cancelled by bob"])
      assert.strictEqual((yield* bench.store.log).length, 3)
      assert.deepStrictEqual(yield* bench.store.pending, [], "nothing is left to be done at the next start")
    }).pipe(Bench.run)
  )
})

describe("what is asked of a job", () => {
  it.effect("of a job that is not registered, or of an unknown key, is an error that names the cure", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      const stranger = Bench.makeWork().job("stranger")
      for (const verb of ["pause", "resume", "trigger", "cancel"] as const) {
        const error = yield* Effect.flip(of(bench)[verb](stranger))
        assert.deepInclude(error, { _tag: "InstanceNotFoundError", jobName: "stranger", key: "" })
        assert.include(error.message, 'There is no job "stranger" here: name the job in the registry')
        assert.include((yield* Effect.flip(of(bench)[verb](job, { key: "bob" }))).message, 'instance "bob"')
      }
      assert.deepStrictEqual(yield* bench.store.pending, [], "nothing was asked")
    }).pipe(Bench.run)
  )

  it.effect.each(["submit", "requestsSince", "commit"])(
    "is done once when the store is back, where the call `%s` fails",
    (verb) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("sync").pipe(Job.cron("0 0 * * *"))
        const rows = yield* Bench.makeStore
        let isBroken = false
        const store: Bench.Store = {
          ...rows,
          [verb]: (...args: ReadonlyArray<never>) => {
            if (isBroken) rows.fail(1)
            isBroken = false
            return (rows as unknown as Record<string, (...args: ReadonlyArray<never>) => unknown>)[verb]?.(...args)
          }
        }
        const bench = yield* Bench.daemonOf(Jobs.make(job), { store })
        isBroken = true
        const exit = yield* Effect.exit(of(bench).trigger(job, alice))
        assert.isTrue(Exit.isFailure(exit))
        assert.isFalse(isBroken)
        yield* bench.time.advance("5 minutes")
        assert.strictEqual(work.begun.length, verb === "submit" ? 0 : 1)
        assert.strictEqual((yield* controls(store, "sync")).length, verb === "submit" ? 0 : 1)
        assert.deepStrictEqual(yield* rows.pending, [])
      }).pipe(Bench.run)
  )

  it.effect.each(["run", "once"] as const)(
    "and not done when its process died is done by the next one: Tick.%s",
    (way) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("sync").pipe(Job.cron("0 0 * * *"))
        const rows = yield* Bench.makeStore
        // what a process does whose end comes when its request is stored
        yield* rows.submit([
          { verb: "trigger", jobName: "sync", key: "", at: start, ...alice, dueAt: null, payload: null }
        ])
        const store = rows.as("next")
        const bench = yield* Bench.open(Jobs.make(job), { store })
        yield* way === "run" ? Bench.daemon(bench) : bench.tick.once
        yield* bench.time.settle
        assert.strictEqual(work.begun.length, 1)
        assert.strictEqual((yield* controls(rows, "sync")).length, 1)
      }).pipe(Bench.run)
  )
})

describe("law 7, Idle", () => {
  it.effect.each([
    ["auto", 0],
    [false, 0],
    ["1 second", 600],
    ["1 minute", 10]
  ] as const)("ten minutes with nothing due and `watch: %s` read requests %i times", ([watch, calls]) =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 day"))
      const bench = yield* Bench.daemonOf(Jobs.make(job), { watch })
      const before = bench.store.calls.length
      yield* bench.time.advance("10 minutes")
      const made = bench.store.calls.slice(before)
      const others = Bench.aboutJobs(made)
      assert.lengthOf(made, others.length + 20)
      assert.deepStrictEqual(others, Array(calls).fill("requestsSince"))
    }).pipe(Bench.run)
  )
})

describe("processes on one store", () => {
  const two = (jobs: Jobs.Jobs<never>, ...watches: ReadonlyArray<"1 second" | false>) =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const benches = yield* Effect.forEach(watches, (watch, n) =>
        Bench.daemonOf(jobs, { store: store.as(`${n}`), watch })
      )
      const [first = assert.fail(), second = assert.fail()] = benches
      return { first, second, store, time: first.time }
    })

  it.effect("begin nothing more of a job once one of them was asked to pause it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("1 minute"))
      const { second, store, time } = yield* two(Jobs.make(job), "1 second", "1 second")
      yield* of(second).pause(job, alice)
      yield* time.advance("10 minutes")
      assert.strictEqual(work.begun.length, 1)
      assert.deepStrictEqual(yield* controls(store, "sync"), ["paused by alice: the server moves"])
      yield* of(second).resume(job)
      yield* time.advance("1 minute")
      assert.strictEqual(work.begun.length, 3)
    }).pipe(Bench.run)
  )

  it.effect("that watch cut short within a second what another one is asked to cancel", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "10 minutes").pipe(Job.every("1 hour"))
      const { second, store, time } = yield* two(Jobs.make(job), "1 second", false)
      yield* time.advance("30 seconds")
      yield* of(second).cancel(job, { by: "bob" })
      yield* time.advance("1 second")
      assert.deepStrictEqual(
        (yield* store.log).map(({ durationMs, error, reason, status }) => [status, reason, error, durationMs]),
        [
          ["control", "cancelled by bob", null, 0],
          ["interrupted", null, "cancelled by bob", 31_000]
        ]
      )
      yield* time.advance("10 minutes")
      assert.strictEqual((yield* store.log).length, 2, "it is done once")
    }).pipe(Bench.run)
  )

  /** A process that watches, and the way to ask by a command that does what it can do, and is gone. */
  const watched = (job: Job.Job<"sync", void, never, never>) =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const watching = yield* Bench.daemonOf(Jobs.make(job), { store: store.as("watching"), watch: "1 second" })
      const tell = (verb: "pause" | "resume" | "trigger" | "cancel") =>
        Effect.scoped(
          Effect.flatMap(Bench.open(Jobs.make(job), { store: store.as("command") }), (command) =>
            of(command)[verb](job, alice)
          )
        )
      return { watching, tell }
    })

  it.effect("that watch hear within a second of what another one was asked to do, has done, and is gone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tell, watching } = yield* watched(work.job("sync").pipe(Job.cron("*/10 * * * *")))
      const { time } = watching
      yield* time.advance("30 seconds")
      const before = work.begun.length
      yield* tell("pause")
      yield* time.advance("1 second")
      assert.strictEqual((yield* decisionOf(watching, "sync"))?._tag, "Wait")
      assert.include(Decision.toText((yield* decisionOf(watching, "sync")) ?? assert.fail()), "paused by alice")
      yield* time.advance("15 minutes")
      assert.strictEqual(work.begun.length, before)
      yield* tell("trigger")
      yield* time.advance("1 second")
      assert.strictEqual(work.begun.length, before + 1)
      assert.strictEqual(work.begun.at(-1)?.trigger, "manual")
      yield* tell("resume")
      yield* time.advance("1 second")
      assert.strictEqual(work.begun.at(-1)?.trigger, "missed", "what it would have run meanwhile is made up for")
      assert.strictEqual((yield* controls(watching.store, "sync")).length, 3)
    }).pipe(Bench.run)
  )

  it.effect("that watch hear of it although the clock was set back a day", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tell, watching } = yield* watched(work.job("sync").pipe(Job.cron("0 0 * * *")))
      yield* watching.time.advance("30 seconds")
      yield* watching.time.jumpTo((yield* watching.time.now) - 24 * hour)
      yield* watching.time.advance("1 second")
      yield* tell("trigger")
      yield* watching.time.advance("1 second")
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )

  it.effect("that watch reread no row for their own writes, nor twice for the writes of others", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.cron("0 0 * * *"))
      const { tell, watching } = yield* watched(job)
      const reads = () => watching.store.calls.filter((call) => call === "get").length
      yield* of(watching).trigger(job)
      yield* watching.time.advance("5 seconds")
      assert.strictEqual(work.begun.length, 1)
      assert.strictEqual(reads(), 0)
      yield* tell("trigger")
      yield* watching.time.advance("2 minutes")
      assert.strictEqual(work.begun.length, 2)
      assert.strictEqual(reads(), 1)
    }).pipe(Bench.run)
  )

  it.effect.each(["pause", "trigger"] as const)(
    "do what is asked of a job that another one runs right now when it is free: %s",
    (verb) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("sync", "1 minute").pipe(Job.every("1 hour"))
        const { second, store, time } = yield* two(Jobs.make(job), false, false)
        yield* time.advance("10 seconds")
        yield* of(second)[verb](job, alice)
        yield* time.advance("5 minutes")
        assert.deepStrictEqual(
          (yield* store.log).map(({ status }) => status),
          ["success", "control", ...(verb === "trigger" ? ["success"] : [])]
        )
        assert.deepStrictEqual(yield* store.pending, [])
      }).pipe(Bench.run)
  )

  it.effect("do what is asked of a job that another one has claimed since, when it is free", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "1 minute").pipe(Job.cron("* * * * *"))
      const store = yield* Bench.makeStore
      const idle = yield* Bench.open(Jobs.make(job), { store: store.as("idle") })
      yield* Bench.daemonOf(Jobs.make(job), { store: store.as("busy") })
      yield* idle.time.advance(minute + 10 * second)
      assert.strictEqual(work.begun.length, 1)
      // it still believes that the job waits for its first instant
      yield* of(idle).pause(job, alice)
      yield* Bench.daemon(idle)
      yield* idle.time.advance("5 minutes")
      assert.deepStrictEqual(yield* controls(store, "sync"), ["paused by alice: the server moves"])
      assert.isNotNull((yield* store.state("sync")).position.paused)
    }).pipe(Bench.run)
  )

  /** Something that happens to one of two processes. */
  const step = fc.record({
    who: fc.constantFrom(0, 1),
    what: fc.oneof(
      { arbitrary: fc.constantFrom("pause", "resume", "trigger", "cancel"), weight: 6 },
      { arbitrary: fc.constantFrom("the store fails", "the store fails for a while", "it dies"), weight: 2 }
    ),
    after: fc.constantFrom(0, 100, 1500, 9000, 40_000)
  })

  /** Somebody else takes over what its holder has paused meanwhile. */
  const takenOver: ReadonlyArray<typeof step extends fc.Arbitrary<infer Step> ? Step : never> = [
    { who: 0, what: "pause", after: 0 },
    { who: 0, what: "the store fails for a while", after: 40_000 },
    { who: 0, what: "pause", after: 0 }
  ]

  it.effect.prop(
    "fulfil each request exactly once, whichever store calls fail and processes die",
    [fc.array(step, { minLength: 1, maxLength: 12 }), fc.constantFrom<"1 second" | false>("1 second", false)],
    ([steps, watch]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const jobs = ["a", "b"].map((name) =>
          work.job(name, "7 seconds").pipe(Job.every("20 seconds"), Bench.withoutRetry)
        )
        const rows = yield* Bench.makeStore
        const asked: Array<Control.Request> = []
        const births = [0, 0]
        const born = (who: number) => {
          const own = rows.as(`${who} ${births[who]}`, [`${who} ${(births[who] ?? 0) - 1}`])
          const submit = (requests: ReadonlyArray<Control.Request>) =>
            Effect.tap(own.submit(requests), () => Effect.sync(() => asked.push(...requests)))
          return Effect.map(Bench.daemonOf(Jobs.make(...jobs), { store: { ...own, submit }, watch }), (bench) => ({
            ...bench,
            own
          }))
        }
        const processes = [yield* born(0), yield* born(1)]
        for (const [n, { after, what, who }] of steps.entries()) {
          const bench = processes[who] ?? assert.fail()
          if (what === "the store fails") bench.own.fail(1)
          else if (what === "the store fails for a while") bench.own.fail(5)
          else if (what === "it dies") {
            bench.own.fail(Number.POSITIVE_INFINITY)
            births[who] = (births[who] ?? 0) + 1
            processes[who] = yield* born(who)
          } else {
            const job = jobs[n % 2] ?? assert.fail()
            yield* Effect.exit(of(bench)[what as "pause"](job, { why: `${n}` }))
          }
          yield* bench.time.advance(after)
        }
        yield* (processes[0] ?? assert.fail()).time.advance("10 minutes")
        const lines = (yield* rows.log).filter(({ status }) => status === "control").map(({ reason }) => reason)
        assert.sameMembers(lines, asked.map(Control.toText))
        assert.deepStrictEqual(yield* rows.pending, [])
        for (const { name } of jobs) assert.isNull((yield* rows.state(name)).position.manual)
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: 60, examples: [[[...takenOver], false]] } }
  )
})
