import { assert, describe, it } from "@effect/vitest"
import { hour, makeStore, minute, open, start } from "@tickwork/test-support/Bench"
import * as Entries from "@tickwork/test-support/Entries"
import { Chunk, Duration, Effect, FastCheck as fc, Schema, Stream } from "effect"
import { Job, JobLog, JobState, Jobs, type LogEntry, Position } from "tickwork"
import { ManualClock, TestTime, TickBench } from "tickwork/testing"

const at = ManualClock.layer(start)

const named = (name: string, effect: Effect.Effect<void, string> = Effect.void) =>
  Job.make(name, effect).pipe(Job.every("1 minute"))

/** A registry that has run for so many minutes, on a bench. */
const ranFor = <R>(minutes: number, jobs: Jobs.Jobs<R>) =>
  Effect.gen(function* () {
    const bench = yield* open(jobs)
    for (let minute = 0; minute < minutes; minute++) {
      yield* bench.tick.once
      yield* bench.time.advance("1 minute")
    }
    return bench
  })

const on = (log: JobLog.Service) => Effect.provideService(JobLog.JobLog, log)

/** Whether the state of each instance is the fold of its baseline and what is left of its log. */
const isFold = (store: JobLog.Service) =>
  Effect.gen(function* () {
    const states = yield* store.states({})
    const log = yield* TickBench.logOf(store)
    for (const state of states) {
      const [baseline = JobState.emptyState(state)] = yield* store.baselines([state])
      const own = log.filter(({ jobName, key }) => jobName === state.jobName && key === state.key)
      const {
        claim: { renewals: claimRenewals, token: claimToken }
      } = state
      assert.deepStrictEqual(
        {
          ...JobState.fold(baseline, own),
          claim: { ...JobState.fold(baseline, own).claim, renewals: claimRenewals, token: claimToken }
        },
        state
      )
    }
  })

describe("the history", () => {
  it.scoped("streams more lines than a page holds, newest first, and no more than are asked for", () =>
    Effect.gen(function* () {
      const store = yield* makeStore
      const state = JobState.initial("a", "", { state: never, nextAt: null }, 0)
      yield* store.add([state])
      const entries = Array.from({ length: 2_500 }, (_, index) => ({ ...run, seq: index + 1, startedAt: index }))
      const expected = { owner: null, token: 0, seq: 0 }
      yield* store.commit({ saves: [{ expected, state: { ...state, seq: 2_500 }, entries }], claims: [] })
      const seqs = (query: JobLog.LogQuery) =>
        Stream.runCollect(JobLog.stream(query)).pipe(
          Effect.map((lines) => Chunk.toReadonlyArray(lines).map(({ seq }) => seq)),
          on(store)
        )
      const newestFirst = entries.map(({ seq }) => seq).reverse()
      assert.deepStrictEqual(yield* seqs({ jobName: "a" }), newestFirst)
      assert.deepStrictEqual(yield* seqs({ limit: 1_001 }), newestFirst.slice(0, 1_001))
      assert.deepStrictEqual(yield* seqs({ limit: 1_000 }), newestFirst.slice(0, 1_000))
      assert.deepStrictEqual(yield* seqs({ limit: 0 }), [])
    }).pipe(Effect.provide(at))
  )

  it.scoped("has figures of each job over a window", () =>
    Effect.gen(function* () {
      const { store } = yield* ranFor(10, Jobs.make(named("well"), named("ill", Effect.fail("no"))))
      const window = { from: start + 4 * minute, to: start + 6 * minute }
      const stats = yield* on(store)(JobLog.stats(window))
      const wells = stats.filter(({ jobName }) => jobName === "well")
      assert.deepStrictEqual(
        wells.map(({ runs, verdicts }) => [runs, verdicts.ran]),
        [[2, 2]]
      )
      assert.strictEqual(stats.find(({ jobName }) => jobName === "ill")?.errorRate, 1)
      const [ill] = yield* on(store)(JobLog.stats({ ...window, jobName: "ill" }))
      assert.isTrue(ill !== undefined && ill.runs >= 2 && ill.errors === ill.runs)
    }).pipe(Effect.provide(at))
  )
})

const never = { definition: "once", anchor: 0, seed: 0, steps: 0, state: null }

const run: LogEntry.LogEntry = {
  ...Entries.of({ jobName: "a" }),
  position: Position.initial(never, null),
  memory: null,
  report: null,
  stack: null
}

describe("pruning", () => {
  it.scoped("drops what ended longer ago than it may, whichever job it is of", () =>
    Effect.gen(function* () {
      const { store } = yield* ranFor(60, Jobs.make(named("a"), named("b")))
      const pruned = yield* on(store)(JobLog.prune({ olderThan: "10 minutes" }))
      assert.deepStrictEqual(pruned, { entries: 2 * 50, instances: 0 })
      const left = yield* store.history({ limit: 1_000 })
      assert.deepStrictEqual([left.length, left.at(-1)?.startedAt], [20, start + 50 * minute])
      yield* isFold(store)
    }).pipe(Effect.provide(at))
  )

  it.scoped("leaves each instance as many lines as it may keep", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(
        named("a"),
        Job.make("b", { keys: Effect.succeed(["1", "2"]) }, () => Effect.void).pipe(Job.every("1 minute"))
      )
      const { store } = yield* ranFor(30, jobs)
      yield* on(store)(JobLog.prune({ keep: 7 }))
      const { jobs: sizes } = yield* store.size
      assert.deepStrictEqual(
        sizes.map(({ entries, jobName }) => [jobName, entries]),
        [
          ["a", 7],
          ["b", 14]
        ]
      )
      yield* isFold(store)
    }).pipe(Effect.provide(at))
  )

  it.scoped("drops what either of two rules drops, of the job that is named", () =>
    Effect.gen(function* () {
      const { store } = yield* ranFor(30, Jobs.make(named("a"), named("b")))
      const pruned = yield* on(store)(JobLog.prune({ jobName: "a", olderThan: "20 minutes", keep: 5 }))
      assert.strictEqual(pruned.entries, 25)
      assert.strictEqual(
        (yield* on(store)(JobLog.prune({ jobName: "b", olderThan: "20 minutes", keep: 25 }))).entries,
        10
      )
    }).pipe(Effect.provide(at))
  )

  it.scoped("keeps the last line of an instance, however old it is", () =>
    Effect.gen(function* () {
      const { store, time } = yield* ranFor(3, Jobs.make(named("a")))
      yield* time.advance("1000 days")
      yield* on(store)(JobLog.prune({ olderThan: 0 }))
      assert.strictEqual((yield* store.history({})).length, 1)
    }).pipe(Effect.provide(at))
  )

  it.scoped("drops more lines of an instance than a step does, and looks at more instances", () =>
    Effect.gen(function* () {
      const keys = Array.from({ length: 120 }, (_, index) => `k${index}`)
      const many = Job.make("many", { keys: Effect.succeed(keys) }, () => Effect.void).pipe(Job.every("1 hour"))
      const { store } = yield* ranFor(450, Jobs.make(named("a"), many))
      const pruned = yield* on(store)(JobLog.prune({ keep: 1 }))
      assert.strictEqual(pruned.entries, 449 + 120 * 7)
      yield* isFold(store)
    }).pipe(Effect.provide(at))
  )

  it.scoped("forgets enqueued runs that are over, and lets their keys be enqueued again", () =>
    Effect.gen(function* () {
      let runs = 0
      const mail = Job.make("mail", { payload: Schema.String }, () => Effect.sync(() => runs++))
      const { store, tick, time } = yield* open(Jobs.make(mail))
      const enqueue = (key: string) => tick.enqueue(mail, "hello", { key })
      yield* enqueue("1")
      yield* tick.once
      yield* time.advance("2 hours")
      yield* enqueue("2")
      yield* enqueue("1")
      yield* tick.once
      assert.strictEqual(runs, 2)
      assert.deepStrictEqual(yield* on(store)(JobLog.prune({ olderThan: "1 hour" })), { entries: 1, instances: 1 })
      assert.deepStrictEqual(
        (yield* store.states({})).map(({ key }) => key),
        ["2"]
      )
      yield* enqueue("1")
      yield* tick.once
      assert.strictEqual(runs, 3)
    }).pipe(Effect.provide(at))
  )

  it.scoped("changes nothing of what a job does next", () =>
    Effect.gen(function* () {
      const ill = named("ill", Effect.fail("no")).pipe(Job.alertAfter(2))
      const jobs = Jobs.make(named("well"), ill)
      const told = (prunes: boolean) =>
        Effect.gen(function* () {
          const { events, store, tick, time } = yield* open(jobs)
          for (let minute = 0; minute < 40; minute++) {
            yield* tick.once
            if (prunes) yield* on(store)(JobLog.prune({ keep: 1 + (minute % 3) }))
            yield* time.advance("1 minute")
          }
          return { events: [...events], states: yield* store.states({}) }
        }).pipe(Effect.scoped, Effect.provide(TestTime.layer({ start })))
      assert.deepStrictEqual(yield* told(true), yield* told(false))
    })
  )

  it.effect("Law 3, Record: the state is the fold of its baseline and its log, whatever was pruned when", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ keep: fc.integer({ min: 1, max: 6 }), ageMs: fc.integer({ min: 0, max: hour }) }), {
            minLength: 1,
            maxLength: 12
          }),
          fc.integer({ min: 1, max: 5 }),
          (steps, fails) =>
            Effect.gen(function* () {
              let runs = 0
              const flaky = Effect.suspend(() => (++runs % fails === 0 ? Effect.fail("no") : Effect.void))
              const notAlways = Job.when(
                "now and then",
                Effect.sync(() => runs % 4 !== 3)
              )
              const { store, tick, time } = yield* open(Jobs.make(named("a", flaky), named("b").pipe(notAlways)))
              for (const { ageMs, keep } of steps) {
                yield* tick.once
                yield* time.advance(Duration.millis(ageMs))
                yield* tick.once
                yield* on(store)(JobLog.prune({ keep, olderThan: ageMs }))
                yield* isFold(store)
              }
            }).pipe(Effect.scoped, Effect.provide(ManualClock.layer(start)), Effect.runPromise)
        ),
        { seed: 7, numRuns: 25 }
      )
    )
  )

  it.effect("is refused with the cure where it is not said what may go", () =>
    Effect.gen(function* () {
      const store = yield* makeStore
      const refused = (retention: JobLog.Retention) =>
        Effect.map(Effect.flip(on(store)(JobLog.prune(retention))), ({ message }) => message)
      assert.strictEqual(
        yield* refused({}),
        "olderThan or keep must be set, got undefined. Say how old entries may get, how many to keep, or both."
      )
      assert.include(yield* refused({ keep: 0 }), "keep must be a whole number from 1 upward, got 0.")
      assert.include(yield* refused({ keep: 1.5 }), "got 1.5")
      assert.include(
        yield* refused({ olderThan: "-1 days" as Duration.DurationInput }),
        "olderThan must be a finite duration, got"
      )
      assert.include(yield* refused({ olderThan: Number.POSITIVE_INFINITY }), "got Infinity")
    })
  )
})
