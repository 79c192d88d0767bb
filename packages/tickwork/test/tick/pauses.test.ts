import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc } from "effect"
import { Decision, Explanation, Job, Jobs, type LogEntry, Tick } from "tickwork"
import { ending } from "../support/attempts.ts"

const { hour, minute, second, start } = Bench

const on =
  ({ tick }: Pick<Bench.Bench, "tick">) =>
  <A, E>(effect: Effect.Effect<A, E, Tick.Tick>) =>
    Effect.provideService(effect, Tick.Tick, tick)

const reasons = (log: ReadonlyArray<LogEntry.LogEntry>) =>
  log.filter(({ status }) => status === "control").map(({ reason, startedAt }) => [startedAt - start, reason])

describe("a pause with an end", () => {
  it.effect("ends by itself at its instant, and leaves what was missed to the policy of the job", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const [once, none] = [
        work.job("once").pipe(Job.every("10 minutes")),
        work.job("none").pipe(Job.every("10 minutes"), Job.missed("skip"))
      ]
      const bench = yield* Bench.daemonOf(Jobs.make(once, none))
      yield* bench.time.advance("5 minutes")
      const until = start + 32 * minute
      for (const job of [once, none]) yield* on(bench)(Tick.pause(job, { until, by: "alice", why: "the server moves" }))
      assert.strictEqual(
        Explanation.toText(yield* on(bench)(Tick.explain(once))),
        '"once" is paused by alice until 2026-03-02T12:32:00.000Z: the server moves.'
      )
      yield* bench.time.advance("45 minutes")
      assert.deepStrictEqual(work.starts("once"), [0, 32 * minute, 40 * minute, 50 * minute])
      assert.deepStrictEqual(work.starts("none"), [0, 40 * minute, 50 * minute])
      const log = yield* bench.store.logOf("none")
      assert.deepStrictEqual(reasons(log), [
        [5 * minute, "paused by alice until 2026-03-02T12:32:00.000Z: the server moves"],
        [32 * minute, "resumed: its pause has ended"]
      ])
      const missed = log.find(({ verdict }) => verdict === "missed")
      assert.deepInclude(missed, { missedBecause: "paused", count: 3, scheduledAt: start + 10 * minute })
    }).pipe(Bench.run)
  )

  it.effect("ends while no process runs: what came after its end was missed since none ran", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("10 minutes"), Job.missed("skip"))
      const first = yield* Bench.open(Jobs.make(job))
      yield* first.tick.once
      yield* on(first)(Tick.pause(job, { until: start + 25 * minute }))
      const store = yield* Bench.throughJson(first.store)
      yield* first.time.advance("47 minutes")
      const second = yield* Bench.open(Jobs.make(job), { store })
      yield* second.tick.once
      const log = yield* store.logOf("sync")
      assert.deepStrictEqual(
        log.filter(({ verdict }) => verdict === "missed").map(({ count, missedBecause }) => [missedBecause, count]),
        [["paused", 4]]
      )
      assert.isNull((yield* store.state("sync")).position.paused)
    }).pipe(Bench.run)
  )

  it.effect("that is paused again lasts as long as the longer one, and says who was first", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("10 minutes"))
      const bench = yield* Bench.open(Jobs.make(job))
      const until = (minutes: number) => ({ until: start + minutes * minute })
      const paused = Effect.map(bench.store.state("sync"), ({ position }) => position.paused)
      yield* on(bench)(Tick.pause(job, { by: "alice", ...until(30) }))
      yield* on(bench)(Tick.pause(job, { by: "bob", ...until(20) }))
      assert.deepStrictEqual(yield* paused, { at: start, by: "alice", why: "", ...until(30) })
      yield* on(bench)(Tick.pauseAll(() => true, { by: "bob", ...until(40) }))
      assert.deepStrictEqual(yield* paused, { at: start, by: "alice", why: "", ...until(40) })
      yield* on(bench)(Tick.pauseAll(() => true))
      assert.deepStrictEqual(yield* paused, { at: start, by: "alice", why: "" })
      assert.deepStrictEqual(yield* on(bench)(Tick.pauseAll(() => true, until(90))), [], "it has no end already")
      const next = yield* on(bench)(Tick.next)
      assert.strictEqual(next._tag, "None")
    }).pipe(Bench.run)
  )

  it.effect("that is no later instant is refused, and says how to give one", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("10 minutes"))
      const bench = yield* Bench.open(Jobs.make(job))
      const refused = (until: string | number) => Effect.flip(on(bench)(Tick.pause(job, { until })))
      assert.strictEqual(
        (yield* refused("tomorrow")).message,
        'Job "sync": until must be ISO 8601 with its offset from UTC, got "tomorrow". ' +
          'Use one such as "2027-01-01T09:00:00+01:00", or leave it out.'
      )
      assert.match((yield* refused(start)).message, /^Job "sync": until must be later than now, got \d+\. /)
      const all = yield* Effect.flip(on(bench)(Tick.pauseAll(() => true, { until: 0 })))
      assert.match(all.message, /^until must be later than now/)
      assert.isNull((yield* bench.store.state("sync")).position.paused)
    }).pipe(Bench.run)
  )

  it.effect("is ended by the other process where the one that ran the job is gone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("10 minutes"))
      const store = yield* Bench.makeStore
      const first = yield* Bench.open(Jobs.make(job), { store: store.as("first") })
      const other = yield* Bench.open(Jobs.make(job), { store: store.as("other") })
      yield* first.tick.once
      yield* Bench.daemon(other)
      yield* on(first)(Tick.pause(job, { until: start + 15 * minute }))
      yield* first.time.advance("40 minutes")
      const starts = work.starts("sync")
      assert.isAtLeast(starts[1] ?? 0, 15 * minute)
      assert.isAtMost(starts[1] ?? 0, 15 * minute + 5 * second)
      assert.strictEqual(starts.length, 5, "the first, and at 15, 20, 30 and 40 minutes")
    }).pipe(Bench.run)
  )

  const policy = fc.constantFrom("latest" as const, "earliest" as const, "all" as const, "skip" as const)

  it.effect.prop(
    "comes to the same as a resume by hand at that instant, whatever the policy",
    [policy, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 200 }), fc.constantFrom(0, 900, 12_000)],
    ([policy, from, lasts, takes]) =>
      Effect.gen(function* () {
        const log = (byHand: boolean) =>
          Effect.gen(function* () {
            const job = Bench.makeWork().job("sync", takes).pipe(Job.every("7 seconds"), Job.missed(policy))
            const bench = yield* Bench.daemonOf(Jobs.make(job), { store: yield* Bench.makeStore })
            yield* bench.time.advance(from * second)
            const now = yield* bench.time.now
            yield* on(bench)(Tick.pause(job, byHand ? {} : { until: now + lasts * second }))
            yield* bench.time.advance(lasts * second)
            if (byHand) yield* on(bench)(Tick.resume(job))
            yield* bench.time.advance("5 minutes")
            const entries = yield* bench.store.logOf("sync")
            return entries.flatMap(
              ({ lastAt: _, position: _position, reason: _reason, scheduledAt, seq: _seq, startedAt, ...entry }) =>
                entry.status === "control" ? [] : [{ ...entry, from: scheduledAt - now, at: startedAt - now }]
            )
          }).pipe(Effect.scoped)
        assert.deepStrictEqual(yield* log(false), yield* log(true))
      }).pipe(Bench.run),
    { fastCheck: { numRuns: 40, seed: 5 } }
  )
})

describe("a job with pauseAfter", () => {
  it.effect("is paused by its failures in a row, alerts then, and says why", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds", "fails", "fails", "fails")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry, Job.pauseAfter(2)))
      )
      yield* bench.time.advance("1 hour")
      assert.strictEqual(begun.length, 4)
      const [status] = yield* bench.tick.status
      assert.strictEqual(status && Decision.toText(status.decision), "paused by tickwork: 2 failures in a row: no luck")
      assert.deepStrictEqual(
        bench.events.filter(({ _tag }) => _tag === "Alert"),
        [{ _tag: "Alert", jobName: "sync", key: "", failures: 2, error: "no luck" }]
      )
      yield* on(bench)(Tick.resume(job))
      yield* bench.time.advance("1 hour")
      assert.strictEqual(begun.length, 6, "it fails as often again before it is paused again")
      assert.deepStrictEqual(
        reasons(yield* bench.store.log)
          .map(([, reason]) => reason)
          .at(-1),
        "paused by tickwork: 4 failures in a row: no luck"
      )
    }).pipe(Bench.run)
  )

  it.effect("is paused by conditions that fail, too, and its retries are not counted", () =>
    Effect.gen(function* () {
      const check = Effect.fail("no answer")
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("1 minute"), Job.when("it may", check), Job.pauseAfter(3))
      const { begun, job: failing } = ending("retried", "fails", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(Jobs.make(job, failing.pipe(Job.every("1 hour"), Job.pauseAfter(1))))
      yield* bench.time.advance("30 minutes")
      const state = yield* bench.store.state("sync")
      assert.deepInclude(state.position.paused, { at: start + 2 * minute, by: "tickwork" })
      assert.strictEqual(begun.length, 3)
      assert.isNull((yield* bench.store.state("retried")).position.paused)
    }).pipe(Bench.run)
  )

  it.effect("alone is paused among the instances of its keys, and runs by Tick.trigger", () =>
    Effect.gen(function* () {
      const ran: Array<string> = []
      const job = Job.make("ping", { keys: Effect.succeed(["ada", "eve"]) }, ({ key }) =>
        Effect.zipRight(
          Effect.sync(() => ran.push(key)),
          key === "eve" ? Effect.fail("away") : Effect.void
        )
      ).pipe(Job.every("1 hour"), Bench.withoutRetry, Job.pauseAfter(1))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance(3 * hour)
      assert.deepStrictEqual(ran.join(), "ada,eve,ada,ada,ada")
      yield* on(bench)(Tick.trigger(job, { key: "eve" }))
      yield* bench.time.settle
      assert.strictEqual(ran.at(-1), "eve")
    }).pipe(Bench.run)
  )
})
