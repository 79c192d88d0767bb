import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, Schedule } from "effect"
import { Job, JobState, Jobs } from "tickwork"

const hourly = Job.every("1 hour")

/** A row that somebody else has claimed, and what was to be run. */
const claimedBy = (owner: string, work = Bench.makeWork()) =>
  Effect.gen(function* () {
    const jobs = Jobs.make(work.job("orphan").pipe(hourly))
    const { store } = yield* Bench.open(jobs)
    const state = JobState.claimed(
      yield* store.state("orphan"),
      owner,
      { scheduledAt: Bench.start, trigger: "schedule" },
      Bench.start
    )
    yield* store.commit({ saves: [], claims: [{ state }] })
    return { jobs, state, store, work, renew: store.renew([{ ...state, owner, token: state.claim.token }]) }
  })

/** A job whose process is killed by it each time. */
const killing = (policy: (job: Job.Job<"orphan", never, never, never>) => Job.Job<"orphan", never, never, never>) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const body = work.job("orphan", 0, Effect.never) as Job.Job<"orphan", never, never, never>
    const store = yield* Bench.makeStore
    const first = yield* Bench.daemonOf(Jobs.make(policy(body.pipe(Job.every("2 hours")))), {
      store: store.as("owner 1")
    })
    return { jobs: Jobs.make(policy(body.pipe(Job.every("2 hours")))), store: first.store, work }
  })

/** The owner of a number falls silent for ever and the next one opens: how long until the job is tried again, in ms. */
const diedAndCameBack = (
  jobs: Jobs.Jobs<never>,
  store: Bench.Store,
  work: ReturnType<typeof Bench.makeWork>,
  n: number
) =>
  Effect.gen(function* () {
    const heir = store.as(`owner ${n + 1}`, [`owner ${n}`])
    const dead = lastOf.get(store) ?? store
    dead.fail(Number.POSITIVE_INFINITY)
    lastOf.set(store, heir)
    const attempts = work.begun.length
    const { time } = yield* Bench.daemonOf(jobs, { store: heir })
    const from = yield* time.now
    while (work.begun.length === attempts) yield* time.advance("1 minute")
    return (work.begun.at(-1)?.startedAt ?? Number.NaN) - from
  })

const lastOf = new WeakMap<Bench.Store, Bench.Store>()

describe("law 6, Once: claims", () => {
  it.effect("of two ticks on one store, exactly one runs each instant of each job, over an hour", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const workers = yield* Effect.forEach(["a", "b"], (id) =>
        Effect.gen(function* () {
          const work = Bench.makeWork()
          const jobs = Jobs.make(
            work.job("every 10 s").pipe(Job.every("10 seconds")),
            work.job("every 45 s", "12 seconds").pipe(Job.every("45 seconds"), Job.parallel),
            work.job("each quarter").pipe(Job.cron("*/15 * * * *"))
          )
          yield* Bench.daemonOf(jobs, { store: store.as(id) })
          return work
        })
      )
      const { time } = yield* Bench.open(Jobs.make())
      yield* time.advance("1 hour")

      const begun = workers.flatMap((work) => work.begun).map((run) => run.runKey)
      assert.strictEqual(new Set(begun).size, begun.length)
      const every = (seconds: number) => Arr.makeBy(3600 / seconds + 1, (n) => Bench.start + n * seconds * 1000)
      const runs = yield* store.log
      const recorded = (jobName: string) => runs.filter((run) => run.jobName === jobName).map((run) => run.scheduledAt)
      assert.deepStrictEqual(recorded("every 10 s"), every(10))
      assert.deepStrictEqual(recorded("every 45 s").slice(0, 80), every(45).slice(0, 80))
      assert.deepStrictEqual(recorded("each quarter"), every(900).slice(1))
      assert.isTrue(runs.every((run) => run.status === "success" && run.attempt === 1))
    }).pipe(Bench.run)
  )

  it.effect("a tick that opens beside another leaves about half of what is due first to it, in time", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const jobs = Jobs.make(
        ...Arr.makeBy(40, (n) => Bench.makeWork().job(`job ${n}`).pipe(Job.cron("*/10 * * * * *"), Job.parallel))
      )
      const first = yield* Bench.daemonOf(jobs, { store: store.as("a") })
      const wanted = new Set<string>()
      const second = store.as("b")
      const commit: typeof second.commit = (batch) => {
        for (const { state } of batch.claims) wanted.add(state.jobName)
        return second.commit(batch)
      }
      yield* Bench.daemonOf(jobs, { store: { ...second, commit } })
      yield* first.time.advance("10400 millis")
      assert.isAbove(wanted.size, 5)
      assert.isBelow(wanted.size, 35)
      const runs = yield* store.log
      assert.deepStrictEqual(new Set(runs.map((run) => run.startedAt - Bench.start)), new Set([10_000]))
      assert.strictEqual(new Set(runs.map((run) => run.jobName)).size, 40)
    }).pipe(Bench.run)
  )

  it.effect("one of two ticks takes over all work when the other is gone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("shared").pipe(Job.every("10 seconds")))
      const first = yield* Bench.open(jobs, { store: (yield* Bench.makeStore).as("a") })
      const holder = yield* Bench.daemon(first)
      yield* Bench.daemonOf(jobs, { store: first.store.as("b") })
      yield* first.time.advance("1 minute")
      yield* Bench.stop(holder)
      yield* first.time.advance("2 minutes")
      const instants = (yield* first.store.log).map((run) => run.scheduledAt - Bench.start)
      assert.deepStrictEqual(
        instants.slice(-8),
        Arr.makeBy(8, (n) => (n + 11) * 10_000)
      )
      assert.strictEqual(new Set(instants).size, instants.length)
    }).pipe(Bench.run)
  )

  it.effect("an orphan whose owner is gone is found at the start, recorded, and run again at once", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* claimedBy("gone")
      const heir = yield* Bench.open(jobs, { store: store.as("heir", ["gone"]) })
      yield* heir.time.advance("3 seconds")
      yield* heir.tick.once
      const [line] = yield* store.log
      assert.deepInclude(line, { status: "interrupted", scheduledAt: Bench.start, startedAt: Bench.start, attempt: 1 })
      assert.strictEqual(line?.error, "its process ended before it did")
      const again = { attempt: 2, trigger: "retry", scheduledAt: Bench.start, startedAt: Bench.start + 3000 } as const
      assert.deepInclude(work.begun[0], again)
      assert.deepNestedInclude(yield* store.state("orphan"), { totalRuns: 2, totalErrors: 1, "position.attempt": 1 })
    }).pipe(Bench.run)
  )

  it.effect("a run cut short repeatedly is tried at once, then by its policy, with one entry each time", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* killing(Job.retryUnexpected(Schedule.exponential("1 second")))
      const delays = yield* Effect.forEach(Arr.range(1, 5), (n) => diedAndCameBack(jobs, store, work, n))
      assert.deepStrictEqual(delays, [0, 1000, 2000, 4000, 8000])
      assert.deepStrictEqual(
        (yield* store.log).map(({ attempt, scheduledAt, status }) => [attempt, scheduledAt, status]),
        [1, 2, 3, 4, 5].map((attempt) => [attempt, Bench.start, "interrupted"])
      )
    }).pipe(Bench.run)
  )

  it.effect("a job that kills its process repeatedly backs off between attempts, and gives up", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* killing((job) => job)
      const delays = yield* Effect.forEach(Arr.range(1, 11), (n) => diedAndCameBack(jobs, store, work, n))
      assert.strictEqual(delays[0], 0)
      for (const [index, delay] of delays.slice(1).entries()) {
        assert.isAtLeast(delay, 800 * 2 ** index)
        assert.isAtMost(delay, 1200 * 2 ** index)
      }
      yield* diedAndCameBack(jobs, store, work, 12)
      assert.deepInclude(yield* store.state("orphan"), { failures: 1, lastStatus: "interrupted" })
      assert.strictEqual(work.begun.at(-1)?.scheduledAt, Bench.start + 2 * Bench.hour)
    }).pipe(Bench.run)
  )

  it.effect("a claim of an unknown owner is taken over after a full lease without renewal, not before", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* claimedBy("unknown")
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("heir"), lease: "20 seconds" })
      yield* time.advance(19_999)
      assert.deepStrictEqual(yield* store.log, [])
      yield* time.advance(1)
      const [line] = yield* store.log
      assert.deepInclude(line, { status: "interrupted", error: "its owner did not renew its claim" })
      assert.deepStrictEqual([work.starts("orphan"), work.begun[0]?.attempt], [[20_000], 2])
    }).pipe(Bench.run)
  )

  it.effect("a claim is not taken over while its renewals rise, however long that is", () =>
    Effect.gen(function* () {
      const { jobs, renew, store, work } = yield* claimedBy("busy")
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("heir"), lease: "20 seconds" })
      for (let n = 0; n < 30; n++) yield* Effect.zipRight(time.advance("19 seconds"), renew)
      assert.deepStrictEqual(yield* store.log, [])
      yield* time.advance("40 seconds")
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )
})
