import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber } from "effect"
import { Job, JobState, Jobs, Position } from "tickwork"
import { ManualClock } from "tickwork/testing"

const hourly = Job.every("1 hour")

/** Another owner takes over the claim on a job, as after a lease that ran out; answers the row as it stands then. */
const takeOver = (store: Bench.Store, jobName: string) =>
  Effect.gen(function* () {
    const held = yield* store.state(jobName)
    const state = { ...held, claim: { ...held.claim, owner: "thief", token: held.claim.token + 1 } }
    yield* store.commit({
      saves: [{ expected: { owner: held.claim.owner, token: held.claim.token, seq: held.seq }, state, entries: [] }],
      claims: []
    })
    return state
  })

/** A process holds a run for long; another one reads its row by a `get` of its own. */
const beside = (lease: "10 seconds" | "30 seconds", getOf: (store: Bench.Store) => Bench.Store["get"]) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = Jobs.make(work.job("long", "1 hour").pipe(Job.every("2 hours")))
    const store = yield* Bench.makeStore
    yield* Bench.daemonOf(jobs, { store: store.as("a"), lease })
    const { time } = yield* Bench.daemonOf(jobs, { store: { ...store.as("b"), get: getOf(store) }, lease })
    return { time, work }
  })

describe("law 6, Once: leases", () => {
  it.effect("a holder renews while its body runs, often enough that nobody takes its claim over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("long", "10 minutes").pipe(hourly))
      const store = yield* Bench.makeStore
      yield* Bench.daemonOf(jobs, { store: store.as("a") })
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("b") })
      yield* time.advance("11 minutes")
      assert.deepStrictEqual(work.starts("long"), [0])
      assert.deepStrictEqual(
        (yield* store.log).map((run) => [run.status, run.durationMs]),
        [["success", 600_000]]
      )
    }).pipe(Bench.run)
  )

  it.effect("a holder renews while it drains, too", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("long", "10 minutes").pipe(hourly))
      const store = yield* Bench.makeStore
      const holder = yield* Bench.open(jobs, { store: store.as("a"), drain: "1 hour" })
      const fiber = yield* Bench.daemon(holder)
      yield* Bench.daemonOf(jobs, { store: store.as("b") })
      yield* Bench.stop(fiber)
      assert.deepStrictEqual(work.starts("long"), [0])
      assert.strictEqual((yield* store.log)[0]?.status, "success")
    }).pipe(Bench.run)
  )

  it.effect("the record of a holder that lost its claim is refused with an event; what is stored holds", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("long", "5 seconds").pipe(hourly)))
      const stolen = yield* takeOver(bench.store, "long")
      yield* bench.time.advance("5 seconds")
      assert.deepStrictEqual(yield* bench.store.log, [])
      assert.deepStrictEqual(yield* bench.store.state("long"), stolen)
      assert.deepStrictEqual(
        bench.events.filter((event) => event._tag !== "RunStarted"),
        [{ _tag: "ClaimLost", jobName: "long", key: "" }]
      )
      const [status] = yield* bench.tick.status
      assert.strictEqual(status?.state.claim.owner, "thief")
      assert.strictEqual(status?.decision._tag, "Wait")
    }).pipe(Bench.run)
  )

  it.effect("a holder that lost its claim goes on from what the new holder has recorded", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("long", "5 seconds").pipe(Job.every("1 minute"))))
      const stolen = yield* takeOver(bench.store, "long")
      const position = Position.initial(stolen.position.cadence, Bench.start + 90_000)
      const freed = { ...JobState.released(stolen), position }
      const expected = { owner: "thief", token: stolen.claim.token, seq: stolen.seq }
      yield* bench.store.commit({ saves: [{ expected, state: freed, entries: [] }], claims: [] })
      yield* bench.time.advance("119 seconds")
      assert.deepStrictEqual(work.starts("long"), [0, 90_500])
    }).pipe(Bench.run)
  )

  it.effect("the body of a holder that lost its claim is interrupted", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let cut = 0
      const nap = Effect.onInterrupt(Effect.sleep("20 minutes"), () => Effect.sync(() => (cut += 1)))
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("nap", 0, nap).pipe(hourly)), { lease: "30 seconds" })
      yield* takeOver(bench.store, "nap")
      yield* bench.time.advance("1 minute")
      assert.strictEqual(cut, 1)
    }).pipe(Bench.run)
  )

  it.effect("a claim that waits for a slot starts no body where it could not be renewed meanwhile", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const store = yield* Bench.makeStore
      let minutes = 0
      const first = work.job(
        "first",
        0,
        Effect.suspend(() => (minutes++ === 1 ? Effect.sleep("40 seconds") : Effect.void))
      )
      const minutely = Job.every("1 minute")
      const jobs = Jobs.make(first.pipe(minutely, Job.priority(1)), work.job("second").pipe(minutely))
      const bench = yield* Bench.daemonOf(jobs, { store, lease: "10 seconds", concurrency: 1 })
      yield* bench.time.advance("61 seconds")
      assert.strictEqual((yield* store.state("second")).claim.owner, store.owner.id)
      store.fail(100)
      const stolen = yield* takeOver(store.as("other"), "second")
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(work.starts("first"), [0, 60_000])
      assert.deepStrictEqual(work.starts("second"), [0])
      assert.deepStrictEqual(yield* store.state("second"), stolen)
    }).pipe(Bench.run)
  )

  it.effect("a claim that is answered later than its lease starts no body before it was renewed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const store = yield* Bench.makeStore
      const late: typeof store = {
        ...store,
        commit: (batch) =>
          Effect.tap(store.commit(batch), () => (batch.claims.length > 0 ? Effect.sleep("11 seconds") : Effect.void))
      }
      const jobs = Jobs.make(work.job("sync").pipe(hourly))
      const { time } = yield* Bench.daemonOf(jobs, { store: late, lease: "10 seconds" })
      yield* time.advance("10 seconds")
      const stolen = yield* takeOver(store.as("other"), "sync")
      yield* time.advance("5 seconds")
      assert.deepStrictEqual(work.begun, [])
      assert.deepStrictEqual(yield* store.state("sync"), stolen)
    }).pipe(Bench.run)
  )

  it.effect("a job that another process frees is seen soon, long before a lease has passed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("busy").pipe(Job.every("1 minute")))
      const bench = yield* Bench.daemonOf(jobs, { lease: "10 minutes" })
      const held = yield* takeOver(bench.store, "busy")
      yield* bench.time.advance("1 minute")
      yield* bench.time.advance("500 millis")
      const position = Position.initial(held.position.cadence, Bench.start + 61_000)
      const expected = { owner: "thief", token: held.claim.token, seq: held.seq }
      const state = { ...JobState.released(held), position }
      yield* bench.store.commit({ saves: [{ expected, state, entries: [] }], claims: [] })
      yield* bench.time.advance("10 seconds")
      assert.deepStrictEqual(work.starts("busy"), [0, 61_500])
    }).pipe(Bench.run)
  )

  it.effect("a claim that another process keeps is looked at ever less often, at last once a lease", () =>
    Effect.gen(function* () {
      const looks: Array<number> = []
      const { now } = yield* ManualClock.ManualClock
      const { time, work } = yield* beside("30 seconds", (store) => (refs) => {
        const noted = Effect.map(now, (at) => looks.push(at))
        return Effect.zipRight(noted, store.get(refs))
      })
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(work.starts("long"), [0])
      const seconds = looks.map((at) => (at - Bench.start) / 1000)
      assert.deepStrictEqual(seconds.slice(0, 7), [1, 3, 7, 15, 31, 61, 91])
      assert.strictEqual(seconds.length, 23)
    }).pipe(Bench.run)
  )

  it.effect("a look that takes longer than a lease robs no holder that renews its claim", () =>
    Effect.gen(function* () {
      let looks = 0
      const { time, work } = yield* beside("10 seconds", (store) => (refs) => {
        const read = Effect.suspend(() => store.get(refs))
        return Effect.delay(read, looks++ === 0 ? "31 seconds" : 0)
      })
      yield* time.advance("5 minutes")
      assert.isAbove(looks, 1)
      assert.deepStrictEqual(work.starts("long"), [0])
    }).pipe(Bench.run)
  )

  it.effect("a lease starts again where the clock jumps ahead after a look has failed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("long", "20 minutes").pipe(Job.every("2 hours")))
      const store = yield* Bench.makeStore
      const held = yield* Bench.open(jobs, { store: store.as("a") })
      const holder = yield* Bench.daemon(held)
      const challenger = store.as("b")
      const { events, time } = yield* Bench.daemonOf(jobs, { store: challenger })
      challenger.fail(1)
      yield* time.advance("1500 millis")
      yield* time.jumpTo((yield* time.now) + 120_000)
      yield* time.advance("5 seconds")
      assert.includeMembers(
        events.map(({ _tag }) => _tag),
        ["StoreFailed", "ClockJumped"]
      )
      assert.deepStrictEqual(work.starts("long"), [0])
      yield* Effect.fork(Fiber.interrupt(holder))
    }).pipe(Bench.run)
  )

  it.effect("the process that had an instance last goes first; another one comes in where it does not", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const minutely = Job.every("1 minute")
      const shut = Job.make("shut", Effect.void).pipe(minutely, Job.when("the gate is open", Effect.succeed(false)))
      const jobs = Jobs.make(work.job("sync").pipe(minutely), shut)
      const store = yield* Bench.makeStore
      const first = yield* Bench.open(jobs, { store: store.as("a") })
      const daemon = yield* Bench.daemon(first)
      const second = store.as("b")
      const { time } = yield* Bench.daemonOf(jobs, { store: second })
      yield* time.advance("10 minutes")
      const owned = second.calls.filter((call) => call === "commit").length
      assert.isAtMost(owned, 2, "it has claimed each once at most, and then read their rows")
      yield* Bench.stop(daemon)
      const stoppedAt = yield* time.now
      yield* time.advance("2 minutes")
      const since = work.starts("sync").filter((at) => at + Bench.start > stoppedAt)
      assert.deepStrictEqual(
        since.map((at) => at % 60_000),
        [500, 0]
      )
    }).pipe(Bench.run)
  )

  it.effect("a call of once leaves no instance to the process that had it last", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("sync").pipe(Job.every("1 hour")))
      const store = yield* Bench.makeStore
      const one = yield* Bench.open(jobs, { store: store.as("a") })
      const other = yield* Bench.open(jobs, { store: store.as("b") })
      yield* one.tick.once
      yield* other.tick.once
      yield* one.time.advance("1 hour")
      yield* other.tick.once
      assert.deepStrictEqual(work.starts("sync"), [0, 3_600_000])
    }).pipe(Bench.run)
  )
})
