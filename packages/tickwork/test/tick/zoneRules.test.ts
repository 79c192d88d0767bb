import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, type JobState, Jobs } from "tickwork"

const { hour } = Bench

/** The day's run in Berlin, in winter: 02:00 in UTC, 14 hours after the start. */
const daily = Job.cron("0 3 * * *", "Europe/Berlin")
const due = Bench.start + 14 * hour

/** What another runtime has planned: all instants of the position an hour off. */
const planned = (store: Bench.Store, byMs: number, rest: Partial<JobState.JobState["position"]> = {}) =>
  Effect.gen(function* () {
    const state = yield* store.state("daily")
    const { scheduledAt } = state.position
    const at = (scheduledAt ?? 0) + byMs
    const position = { ...state.position, nextAt: at, scheduledAt: at, ...rest }
    const { owner, token } = state.claim
    const save = { expected: { owner, token, seq: state.seq }, state: { ...state, position }, entries: [] }
    yield* store.commit({ saves: [save], claims: [] })
  })

const opened = (jobs: Jobs.Jobs<never>, byMs: number, rest?: Partial<JobState.JobState["position"]>) =>
  Effect.gen(function* () {
    const store = yield* Bench.makeStore
    yield* Bench.open(jobs, { store })
    yield* planned(store, byMs, rest)
    return store
  })

describe("the rules of a time zone that changed between two starts", () => {
  it.effect.each([hour, -hour])("are found at opening, by %i ms: one run that day, and a control entry", (byMs) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("daily").pipe(daily))
      const store = yield* opened(jobs, byMs)
      const { time } = yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("3 days")
      assert.deepStrictEqual(
        work.starts("daily"),
        [14, 38, 62].map((hours) => hours * hour)
      )
      const [control, ...runs] = yield* store.log
      const [was, is] = [due + byMs, due].map((at) => new Date(at).toISOString())
      assert.strictEqual(control?.reason, `the rules of Europe/Berlin have changed: ${was} became ${is}`)
      assert.isTrue(runs.every(({ status, verdict }) => status === "success" && verdict === "ran"))
    }).pipe(Bench.run)
  )

  it.effect("let a run be missed that was due by the new rules while the process was down", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("daily").pipe(daily, Job.missed("skip")))
      const store = yield* opened(jobs, hour)
      const { time } = yield* Bench.open(jobs, { store: yield* Bench.makeStore })
      yield* time.jumpTo(due + hour / 2)
      yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("1 day")
      assert.deepStrictEqual(
        (yield* store.log).map(({ scheduledAt, verdict }) => [verdict, scheduledAt]),
        [
          ["control", due + hour],
          ["missed", due],
          ["ran", due + 24 * hour]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("leave a pause and its day as they are", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("daily").pipe(daily)
      const jobs = Jobs.make(job)
      const paused = { at: Bench.start, by: "ada", why: "" }
      const store = yield* opened(jobs, hour, { paused })
      const { tick, time } = yield* Bench.daemonOf(jobs, { store })
      assert.deepStrictEqual((yield* store.state("daily")).position.paused, paused)
      yield* time.advance("10 hours")
      yield* tick.request("resume", job)
      yield* time.advance("1 day")
      assert.deepStrictEqual(work.starts("daily"), [14 * hour])
    }).pipe(Bench.run)
  )

  it.effect("leave a retry its run key, and its day runs no second time", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("daily").pipe(daily))
      // planned for 02:00 as the old rules had it, failed then, and due again before the new 03:00
      const store = yield* opened(jobs, -hour, { attempt: 2, nextAt: due - hour / 2 })
      const { time } = yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("2 days")
      assert.deepStrictEqual(
        work.begun.map(({ attempt, scheduledAt, startedAt }) => [attempt, scheduledAt - due, startedAt - due]),
        [
          [2, -hour, -hour / 2],
          [1, 24 * hour, 24 * hour]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("change nothing of an interval, of an instant, and of a calendar in UTC", () =>
    Effect.gen(function* () {
      for (const cadence of [Job.every("1 day"), Job.at(due), Job.cron("0 3 * * *")]) {
        const jobs = Jobs.make(Bench.makeWork().job("daily").pipe(cadence))
        const store = yield* opened(jobs, hour)
        yield* Bench.open(jobs, { store })
        assert.deepStrictEqual(yield* store.log, [])
      }
    }).pipe(Bench.run)
  )

  it.effect("are no reason to plan an instant again that a deploy has kept", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const at = (expression: string) => Jobs.make(work.job("daily").pipe(Job.cron(expression, "Europe/Berlin")))
      // 15:00 in Berlin, which the newer release has moved to a reading of before it opens
      const { store, time } = yield* Effect.scoped(Bench.open(at("0 15 * * *")))
      yield* time.advance("1 hour")
      yield* Effect.scoped(Bench.open(at("30 13 * * *"), { store }))
      yield* time.advance("30 minutes")
      yield* Bench.daemonOf(at("30 13 * * *"), { store })
      yield* time.advance("2 days")
      assert.deepStrictEqual(
        work.starts("daily"),
        [2, 24.5, 48.5].map((hours) => hours * hour)
      )
      assert.lengthOf(
        (yield* store.log).filter(({ status }) => status === "control"),
        1
      )
    }).pipe(Bench.run)
  )
})
