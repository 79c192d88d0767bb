import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Deferred, Effect, Fiber } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"

const hourly = Job.every("1 hour")
const namesOf = (runs: ReadonlyArray<{ readonly jobName: string }>) => runs.map((run) => run.jobName)

/** A store that has written long before it answers, as one behind a network does. */
const lateStore = Effect.map(Bench.makeStore, (store): Bench.Store => {
  const commit: Bench.Store["commit"] = (batch) => Effect.zipLeft(store.commit(batch), Effect.sleep("200 millis"))
  return { ...store, commit }
})

/** A store that gives no answer any more once it is silenced, and ignores an interruption. */
const makeSilent = Effect.gen(function* () {
  const store = yield* Bench.makeStore
  const isAsked = yield* Deferred.make<void>()
  let isSilent = false
  const hang = Effect.zipRight(Deferred.succeed(isAsked, undefined), Effect.uninterruptible(Effect.never))
  const call = <A, E>(answer: Effect.Effect<A, E>) => Effect.suspend(() => (isSilent ? hang : answer))
  const silence = Effect.sync(() => {
    isSilent = true
  })
  return {
    store: { ...store, commit: (batch) => call(store.commit(batch)), leave: (ids) => call(store.leave(ids)) },
    silence,
    isAsked: Deferred.await(isAsked)
  } satisfies { readonly store: Bench.Store; readonly [rest: string]: unknown }
})

describe("a tick on a store that gives no answer any more", () => {
  // a stop limits the store in real time
  it.live("is closed all the same, and so ends a call of once that is interrupted", () =>
    Effect.gen(function* () {
      const { isAsked, silence, store } = yield* makeSilent
      const jobs = Jobs.make(Job.make("a", silence).pipe(hourly))
      yield* Effect.gen(function* () {
        const call = yield* Effect.fork(Tick.once)
        yield* isAsked
        yield* Fiber.interrupt(call)
      }).pipe(Effect.provide(Tick.layer(jobs)), Effect.provideService(JobStore.JobStore, store))
    })
  )
})

describe("a tick that is interrupted while its store is slow or failing", () => {
  it.effect("leaves no body running behind it, and records it, though the store fails meanwhile", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let cut = 0
      const nap = Effect.onInterrupt(Effect.sleep("20 minutes"), () => Effect.sync(() => (cut += 1)))
      const quick = work.job("quick", "1 second").pipe(hourly)
      const bench = yield* Bench.open(Jobs.make(quick, work.job("nap", 0, nap).pipe(hourly, Job.parallel)))
      const fiber = yield* Bench.daemon(bench)
      bench.store.fail(1)
      yield* Bench.stop(fiber)
      assert.strictEqual(cut, 1, "it was interrupted")
      assert.deepStrictEqual(namesOf(yield* bench.store.log), ["quick", "nap"])
      assert.strictEqual((yield* bench.store.state("nap")).claim.owner, null)
    }).pipe(Bench.run)
  )

  it.effect("ends in time though the store never comes back; the next start finds what was unwritten", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("long", "5 seconds").pipe(hourly))
      const bench = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(bench)
      bench.store.fail(Number.POSITIVE_INFINITY)
      assert.isAtMost(yield* Bench.stop(fiber), 11_000)
      assert.deepStrictEqual(yield* bench.store.log, [])

      yield* Bench.daemonOf(jobs, { store: bench.store.as("heir", [bench.store.owner.id]) })
      yield* bench.time.advance("5 seconds")
      assert.deepStrictEqual(
        (yield* bench.store.log).map((run) => [run.status, run.attempt]),
        [
          ["interrupted", 1],
          ["success", 2]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("leaves no row claimed, though it was stopped in the middle of claiming", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("a").pipe(hourly)), { store: yield* lateStore })
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("100 millis")
      assert.notStrictEqual((yield* bench.store.state("a")).claim.owner, null, "the claim is written, and not answered")
      yield* Bench.stop(fiber)
      assert.strictEqual((yield* bench.store.state("a")).claim.owner, null)
      assert.deepStrictEqual(namesOf(yield* bench.store.log), namesOf(work.begun))
    }).pipe(Bench.run)
  )

  it.effect("records a run once, and reports no lost claim, though it stops in the middle of recording", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("a").pipe(hourly)), { store: yield* lateStore })
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("300 millis")
      assert.deepStrictEqual(namesOf(yield* bench.store.log), ["a"], "the record is written, and not answered")
      yield* Bench.stop(fiber)
      yield* bench.time.settle
      assert.deepStrictEqual(namesOf(yield* bench.store.log), ["a"])
      const told = bench.events.map((event) => event._tag)
      assert.deepStrictEqual(told, ["RunStarted", "RunRecorded"])
    }).pipe(Bench.run)
  )
})
