import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { Array as Arr, Clock, Effect, FastCheck as fc, Schedule } from "effect"
import { Decision, Job, JobState, Jobs, Position, Tick } from "tickwork"
import * as Definition from "../../src/internal/Definition.ts"
import * as Plan from "../../src/internal/plan/Plan.ts"
import { register } from "../../src/internal/plan/Registered.ts"
import * as Cadence from "../../src/internal/schedule/Cadence.ts"
import type * as Missed from "../../src/internal/schedule/Missed.ts"

const { hour, minute, second, start } = Bench

/** A look that notes when it is asked, takes its time, and answers in turn; past the last answer it says yes. */
const looking = (answers: ReadonlyArray<boolean | "fails">, takes = 0) => {
  const looks: Array<number> = []
  const look = Effect.gen(function* () {
    const answer = answers[looks.length] ?? true
    looks.push((yield* Clock.currentTimeMillis) - start)
    if (takes > 0) yield* Effect.sleep(takes)
    return answer === "fails" ? yield* Effect.fail("no look") : answer
  })
  return { looks, look }
}

type Named = Job.Job<"job", void, never, never>
type Recurs = (job: Named) => Named

const no = (times: number) => Arr.replicate(false, times)
const reason = "prekeys are low"

const hourly = (answers: ReadonlyArray<boolean | "fails">, recheck: Job.ConditionOptions["recheck"], takes = 0) => {
  const work = Bench.makeWork()
  const { look, looks } = looking(answers, takes)
  const options = recheck === undefined ? {} : { recheck }
  return { work, looks, job: work.job("job").pipe(Job.every("1 hour"), Job.when(reason, look, options)) }
}

const decisionOf = ({ tick }: Bench.Bench) => Effect.map(tick.status, ([status]) => status?.decision)

const linesOf = ({ store }: Bench.Bench) =>
  Effect.map(store.log, (runs) =>
    runs.map(({ count, reason, scheduledAt, status }) => [status, reason, count, scheduledAt - start])
  )

describe("a condition that says no", () => {
  it.effect("row `when`: with recheck, the same instant is checked again, and the cadence stays", () =>
    Effect.gen(function* () {
      const { job, looks, work } = hourly(no(3), "10 minutes")
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(looks, [0, 10 * minute, 20 * minute, 30 * minute, hour, 2 * hour])
      assert.deepStrictEqual(
        work.begun.map(({ attempt, scheduledAt, trigger }) => [attempt, scheduledAt - start, trigger]),
        [0, hour, 2 * hour].map((at) => [1, at, "schedule"])
      )
    }).pipe(Bench.run)
  )

  it.effect("row `when`: without recheck, the cadence goes on", () =>
    Effect.gen(function* () {
      const { job, looks } = hourly(no(2), undefined)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(looks, [0, hour, 2 * hour])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["before it comes", "59 minutes", [0, 59 * minute, hour]],
    ["when it comes", "1 hour", [0, hour, 2 * hour]],
    ["after it", "3 hours", [0, hour, 2 * hour]]
  ] as const)("row `when`: a recheck makes way for the next instant of a calendar: %s", ([, recheck, expected]) =>
    Effect.gen(function* () {
      const { job, looks } = hourly(no(9), recheck)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance((expected[2] ?? 0) + second)
      assert.deepStrictEqual(looks, [...expected])
      const {
        position: { scheduledAt }
      } = yield* bench.store.state("job")
      assert.strictEqual(scheduledAt, recheck === "59 minutes" ? start + hour : start + 3 * hour)
    }).pipe(Bench.run)
  )

  it.effect("row `when`: a check that fails, or times out, is repeated as well, counted from its end", () =>
    Effect.gen(function* () {
      const failing = hourly(["fails", "fails"], "10 minutes", second)
      yield* Bench.daemonOf(Jobs.make(failing.job))
      const hanging = hourly(no(2), "10 minutes", 20 * second)
      const bench = yield* Bench.daemonOf(Jobs.make(hanging.job))
      yield* bench.time.advance("30 minutes")
      assert.deepStrictEqual(failing.looks, [0, 601 * second, 1202 * second])
      assert.deepStrictEqual(hanging.looks, [0, 605 * second, 1210 * second])
      const { failures, lastError } = yield* bench.store.state("job")
      assert.deepStrictEqual([failures, lastError], [3, "condition failed: Error: no answer within 5 seconds"])
    }).pipe(Bench.run)
  )

  it.effect("row `when`: of several, each is asked at most once a look, and the first no decides", () =>
    Effect.gen(function* () {
      const first = looking([false, true, true, false])
      const second = looking([false, true, false])
      const third = looking([false])
      const job = Bench.makeWork()
        .job("job")
        .pipe(
          Job.every("1 hour"),
          Job.when("first", first.look, { recheck: "1 minute" }),
          Job.when("second", second.look, { recheck: "5 minutes" }),
          Job.when("third", third.look)
        )
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 hour")
      // no; yes, no; yes, yes, no: the hour is over; no; yes, no; and the rest at once
      assert.deepStrictEqual(
        first.looks,
        [0, 1, 6, 60].map((at) => at * minute)
      )
      assert.deepStrictEqual(second.looks, [minute, 6 * minute])
      assert.deepStrictEqual(third.looks, [6 * minute])
      assert.deepStrictEqual(yield* linesOf(bench), [
        ["skipped", "first", 1, 0],
        ["skipped", "second", 1, 0],
        ["skipped", "third", 1, 0],
        ["skipped", "first", 1, hour]
      ])
    }).pipe(Bench.run)
  )

  it.effect("row `when`: a schedule is not asked before the instant is over", () =>
    Effect.gen(function* () {
      const inputs: Array<unknown> = []
      const schedule = Schedule.spaced("10 minutes").pipe(
        Schedule.tapInput((input: unknown) => Effect.sync(() => inputs.push(input)))
      )
      const { look, looks } = looking(no(2))
      const job = Bench.makeWork()
        .job("job")
        .pipe(Job.repeat(schedule), Job.when(reason, look, { recheck: "15 minutes" }))
      const { time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance("29 minutes")
      assert.deepStrictEqual(inputs, [])
      yield* time.advance("11 minutes")
      assert.strictEqual(inputs.length, 2)
      assert.deepStrictEqual(
        looks,
        [0, 15, 30, 40].map((at) => at * minute)
      )
    }).pipe(Bench.run)
  )

  it.effect("row `when`: equal looks in a row are one line, and the last one says when", () =>
    Effect.gen(function* () {
      const { job } = hourly(no(5), "10 minutes")
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("50 minutes")
      const [line] = yield* bench.store.log
      assert.deepStrictEqual(yield* linesOf(bench), [
        ["skipped", reason, 5, 0],
        ["success", null, 1, 0]
      ])
      assert.deepStrictEqual([line?.startedAt, line?.lastAt], [start, start + 40 * minute])
    }).pipe(Bench.run)
  )

  it.effect("row `when`: is what the decision says, until the next look", () =>
    Effect.gen(function* () {
      const { job } = hourly([false, true], "10 minutes")
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const refused = Decision.wait(Decision.Reason.ConditionFalse({ reason, until: start + 10 * minute }))
      assert.deepStrictEqual(yield* decisionOf(bench), refused)
      assert.strictEqual(
        Decision.toText(refused),
        'not due until 2026-03-02T12:10:00.000Z: "prekeys are low" was false'
      )
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(yield* decisionOf(bench), Decision.wait(Decision.Reason.NotDue({ until: start + hour })))
    }).pipe(Bench.run)
  )

  it.effect("row `when`: without recheck the decision says so until the next instant or a change", () =>
    Effect.gen(function* () {
      const { job } = hourly(no(1), undefined)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const until = start + hour
      assert.deepStrictEqual(yield* decisionOf(bench), Decision.wait(Decision.Reason.ConditionFalse({ reason, until })))
      yield* Effect.provideService(Tick.trigger(job), Tick.Tick, bench.tick)
      yield* bench.time.advance("1 second")
      assert.deepStrictEqual(yield* decisionOf(bench), Decision.wait(Decision.Reason.NotDue({ until })))
    }).pipe(Bench.run)
  )

  it.effect("row `when`: that ran since, or said something else, is not what the decision says", () =>
    Effect.gen(function* () {
      const { job } = hourly([], undefined)
      const [registered] = register(Definition.of(job))
      if (registered === undefined) return assert.fail("the job is not registered")
      const begun = yield* Cadence.begin(registered.cadence, { now: start, seed: 1, input: undefined as never })
      const first = JobState.initial("job", "", begun, start)
      const fresh = { ...first, position: Position.initial(first.position.cadence, start + hour) }
      const tagOf = (last: Pick<JobState.JobState, "lastReason" | "lastStatus" | "lastVerdict">) => {
        const candidate = { registered, state: { ...fresh, ...last }, runningSince: null }
        const [decided] = Plan.decide([candidate], { serial: 1, parallel: 1 }, start)
        return decided?.decision._tag === "Wait" ? decided.decision.reason._tag : null
      }
      assert.strictEqual(
        tagOf({ lastStatus: "skipped", lastVerdict: "condition-false", lastReason: reason }),
        "ConditionFalse"
      )
      assert.strictEqual(tagOf({ lastStatus: "success", lastVerdict: "ran", lastReason: reason }), "NotDue")
      assert.strictEqual(tagOf({ lastStatus: "skipped", lastVerdict: "missed", lastReason: reason }), "NotDue")
    })
  )

  it.effect("row `when`: a retry that is not made keeps its number, and the policy what it has come to", () =>
    Effect.gen(function* () {
      const { look } = looking([true, false, false, true])
      const work = Bench.makeWork()
      const job = work
        .job(
          "job",
          0,
          Effect.suspend(() => (work.begun.length === 1 ? Effect.fail("offline") : Effect.void))
        )
        .pipe(
          Job.every("1 hour"),
          Job.when(reason, look, { recheck: "1 minute" }),
          Job.retry(Schedule.spaced("10 minutes"))
        )
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("11 minutes")
      const {
        position: { attempt, retry }
      } = yield* bench.store.state("job")
      assert.deepStrictEqual([attempt, retry === null], [2, false])
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(work.starts("job"), [0, 12 * minute])
      assert.deepStrictEqual(
        work.begun.map(({ attempt, runKey }) => [attempt, runKey]),
        [
          [1, work.begun[0]?.runKey],
          [2, work.begun[0]?.runKey]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("row `when`: a run by hand asks nobody, and the look comes when it would have come", () =>
    Effect.gen(function* () {
      const { job, looks, work } = hourly(no(2), "10 minutes")
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("5 minutes")
      yield* Effect.provideService(Tick.trigger(job), Tick.Tick, bench.tick)
      yield* bench.time.advance("15 minutes")
      assert.deepStrictEqual(looks, [0, 10 * minute, 20 * minute])
      assert.deepStrictEqual(
        work.begun.map(({ trigger }) => trigger),
        ["manual", "schedule"]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([0, 1, 99])(
    "row `when`: is asked once a call of `once`, however soon it may be asked again: %s",
    (ms) =>
      Effect.gen(function* () {
        const { job, looks } = hourly(no(1000), "1 millis")
        const { tick, time } = yield* Bench.open(Jobs.make(job))
        yield* tick.once
        yield* tick.once
        assert.strictEqual(looks.length, 1)
        yield* time.advance(ms)
        yield* tick.once
        assert.strictEqual(looks.length, ms === 0 ? 1 : 2)
      }).pipe(Bench.run)
  )

  it.effect("row `when`: is asked at most once a millisecond, and never while the clock stands still", () =>
    Effect.gen(function* () {
      const { job, looks } = hourly(no(1000), "1500 micros")
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* Effect.repeatN(time.settle, 50)
      assert.deepStrictEqual(looks, [0])
      assert.strictEqual((yield* store.state("job")).position.nextAt, start + 2)
      yield* time.advance(100)
      assert.deepStrictEqual(
        looks,
        Arr.makeBy(51, (n) => 2 * n)
      )
    }).pipe(Bench.run)
  )
})

/** The first instant of each comes when its tick is opened, or a second after it. */
const daily: Record<"every" | "cron" | "at" | "repeat", Recurs> = {
  every: Job.every("1 day"),
  cron: Job.cron("1 0 12 * * *"),
  at: Job.at(start),
  repeat: Job.repeat(Schedule.spaced("1 day"))
}

describe("an instant that is looked at again", () => {
  it.effect("row `when`: stands over a restart", () =>
    Effect.gen(function* () {
      const { job, looks } = hourly(no(2), "10 minutes")
      const { store, tick, time } = yield* Bench.open(Jobs.make(job))
      yield* tick.once
      const again = yield* Bench.throughJson(store)
      yield* Bench.daemonOf(Jobs.make(job), { store: again })
      yield* time.advance("20 minutes")
      assert.deepStrictEqual(looks, [0, 10 * minute, 20 * minute])
    }).pipe(Bench.run)
  )

  const seenInTime = (recurs: Recurs, policy: Missed.Policy, away: number) =>
    Effect.gen(function* () {
      const { look, looks } = looking(no(2))
      const work = Bench.makeWork()
      const asking = work.job("job").pipe(recurs, Job.when(reason, look, { recheck: "30 minutes" }))
      const jobs = Jobs.make(asking.pipe(Job.missed(policy, { within: "2 hours" })))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      const from = (yield* time.now) + (looks.length === 0 ? second : 0)
      yield* time.jumpTo(from)
      yield* tick.once
      yield* time.jumpTo(from + 30 * minute + away)
      const bench = yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("30 minutes")

      const at = from - start
      assert.deepStrictEqual(looks, [at, at + 30 * minute + away, at + hour + away], policy)
      assert.deepStrictEqual(
        work.begun.map(({ scheduledAt, trigger }) => [scheduledAt, trigger]),
        [[from, "schedule"]],
        policy
      )
      assert.deepStrictEqual(yield* linesOf(bench), [
        ["skipped", reason, 2, at],
        ["success", null, 1, at]
      ])
    }).pipe(Bench.run)

  it.effect.each(Object.keys(daily) as ReadonlyArray<keyof typeof daily>)(
    "row `when`: was seen in time, so it is late and never missed: %s",
    (cadence) =>
      Effect.gen(function* () {
        for (const policy of ["latest", "earliest", "all", "skip"] as const)
          for (const away of [0, 5 * hour]) yield* seenInTime(daily[cadence], policy, away)
      })
  )

  const policies: Record<Missed.Policy, Array<[string, string | null, number, number]>> = {
    latest: [
      ["skipped", reason, 1, 0],
      ["skipped", "missed: down", 2, hour],
      ["success", null, 1, 2 * hour]
    ],
    skip: [
      ["skipped", reason, 1, 0],
      ["skipped", "missed: down", 2, hour],
      ["success", null, 1, 3 * hour]
    ],
    earliest: [
      ["skipped", reason, 2, 0],
      ["skipped", "missed: down", 2, hour],
      ["success", null, 1, hour]
    ],
    all: [
      ["skipped", reason, 2, 0],
      ["skipped", "missed: down", 2, hour],
      ["success", null, 1, hour],
      ["success", null, 1, 2 * hour]
    ]
  }

  it.effect.each(Object.keys(policies) as ReadonlyArray<Missed.Policy>)(
    "row `when`: is told of once, and what is missed after it as ever: %s",
    (policy) =>
      Effect.gen(function* () {
        const answers = policy === "earliest" || policy === "all" ? no(2) : no(1)
        const { job, looks } = hourly(answers, "40 minutes")
        const jobs = Jobs.make(job.pipe(Job.missed(policy)))
        const { store, tick, time } = yield* Bench.open(jobs)
        yield* tick.once
        yield* time.jumpTo(start + 2.5 * hour)
        const bench = yield* Bench.daemonOf(jobs, { store })
        yield* time.advance(policy === "skip" ? "30 minutes" : "5 minutes")
        assert.deepStrictEqual(yield* linesOf(bench), policies[policy])
        assert.strictEqual(looks[0], 0)
      }).pipe(Bench.run)
  )

  it.effect.each(["latest", "earliest", "all", "skip"] as const)(
    "row `when`: may run until after the next one, which is late then and not missed: %s",
    (policy) =>
      Effect.gen(function* () {
        const { look } = looking(no(58))
        const asking = Bench.makeWork().job("job", "5 minutes").pipe(Job.every("1 hour"), Job.missed(policy))
        const bench = yield* Bench.daemonOf(Jobs.make(Job.when(asking, reason, look, { recheck: "1 minute" })))
        yield* bench.time.advance("70 minutes")
        assert.deepStrictEqual(yield* linesOf(bench), [
          ["skipped", reason, 58, 0],
          ["success", null, 1, 0],
          ["success", null, 1, hour]
        ])
      }).pipe(Bench.run)
  )

  it.effect("row `when`: is overtaken while it waits for its place, without a line of its own", () =>
    Effect.gen(function* () {
      const { job } = hourly(no(1), "50 minutes")
      const long = Bench.makeWork()
        .job("long", "140 minutes")
        .pipe(Job.at(start + 45 * minute), Job.priority(1))
      const bench = yield* Bench.daemonOf(Jobs.make(job, long))
      yield* bench.time.advance("190 minutes")
      const lines = (yield* linesOf(bench)).filter(([, , , at]) => at !== 45 * minute)
      assert.deepStrictEqual(lines.slice(0, 3), [
        ["skipped", reason, 1, 0],
        ["skipped", "missed: overtaken", 2, hour],
        ["success", null, 1, 3 * hour]
      ])
    }).pipe(Bench.run)
  )

  it.effect("row `when`: makes up for what was missed, as it would have at the first look", () =>
    Effect.gen(function* () {
      const { job, looks, work } = hourly([true, ...no(2)], "100 millis")
      const jobs = Jobs.make(job)
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      yield* time.jumpTo(start + 4.5 * hour)
      yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("1 minute")
      assert.deepStrictEqual(
        looks.slice(1),
        [0, 100, 200].map((ms) => 4.5 * hour + ms)
      )
      assert.deepStrictEqual(
        work.begun.map(({ scheduledAt, trigger }) => [scheduledAt - start, trigger]),
        [
          [0, "schedule"],
          [4 * hour, "missed"]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["while it runs", false],
    ["while nobody runs", true]
  ] as const)("row `when`: moves back with a clock that is set back %s, for the instant it stood for", ([, isDown]) =>
    Effect.gen(function* () {
      const { look, looks } = looking(no(2))
      const work = Bench.makeWork()
      const job = work.job("job").pipe(Job.cron("0 12 * * *"), Job.when(reason, look, { recheck: "10 minutes" }))
      const jobs = Jobs.make(job)
      const first = yield* Bench.open(jobs)
      yield* first.time.jumpTo(start - 2 * second)
      if (isDown) {
        const atItsInstant = Effect.tap(Bench.open(jobs), ({ tick, time }) =>
          Effect.zipRight(time.jumpTo(start), tick.once)
        )
        const { store, time } = yield* Effect.scoped(atItsInstant)
        yield* time.jumpTo(start - hour)
        yield* Bench.daemonOf(jobs, { store })
        yield* time.advance("20 minutes")
        assert.deepStrictEqual(looks, [0, -50 * minute, -40 * minute])
      } else {
        const { time } = yield* Bench.daemonOf(jobs)
        yield* time.advance("62 seconds")
        yield* time.jumpTo(start - hour + minute)
        yield* time.advance("20 minutes")
        assert.deepStrictEqual(looks, [0, -50 * minute, -40 * minute])
      }
      assert.deepStrictEqual(
        work.begun.map(({ scheduledAt }) => scheduledAt),
        [start]
      )
    }).pipe(Bench.run)
  )
})

interface Case {
  readonly cadence: "every" | "cron" | "repeat"
  /** Of the grid, or of the pauses, in ms. */
  readonly interval: number
  readonly recheck: number | null
  readonly lookTakes: number
  readonly runTakes: number
  readonly answers: ReadonlyArray<boolean | "fails">
}

const cases: fc.Arbitrary<Case> = fc.record({
  cadence: fc.constantFrom("every" as const, "cron" as const, "repeat" as const),
  interval: fc.constantFrom(5, 10, 20, 30).map((seconds) => seconds * second),
  recheck: fc.option(
    fc.oneof(fc.constantFrom(1 * second, 2500, 5 * second, 10 * second, minute), fc.integer({ min: 300, max: 40_000 }))
  ),
  lookTakes: fc.constantFrom(0, 0, 40, 1500),
  runTakes: fc.constantFrom(0, 700, 3000),
  answers: fc.array(fc.constantFrom(true, false, false, "fails" as const), { maxLength: 40 })
})

const horizon = 5 * minute

/** When the looks are, told anew: from the last look alone, on a grid that begins with the clock. */
const expected = ({ answers, cadence, interval, lookTakes, recheck, runTakes }: Case): ReadonlyArray<number> => {
  const looks: Array<number> = []
  const floor = (at: number) => Math.floor(at / interval) * interval
  let instant = cadence === "cron" ? interval : 0
  let at = instant
  while (at <= horizon) {
    if (cadence !== "repeat") instant = Math.max(instant, floor(at))
    const isYes = (answers[looks.length] ?? true) === true
    looks.push(at)
    const took = lookTakes + (isYes ? runTakes : 0)
    const end = at + took
    const next = cadence === "repeat" ? end + interval : floor(instant + took) + interval
    const isRechecked = !isYes && recheck !== null && (cadence === "repeat" || end + recheck < next)
    if (!isRechecked) instant = next
    at = isRechecked ? end + recheck : Math.max(next, end)
  }
  return looks
}

describe("the looks of a job", () => {
  it.effect.prop(
    "row `when`: come at the instants that cadence, rechecks and answers give",
    [cases],
    ([given]) =>
      Effect.gen(function* () {
        const { cadence, interval, lookTakes, recheck, runTakes } = given
        const { look, looks } = looking(given.answers, lookTakes)
        const recurs: Record<Case["cadence"], Recurs> = {
          every: Job.every(interval),
          cron: Job.cron(`*/${interval / second} * * * * *`),
          repeat: Job.repeat(Schedule.spaced(interval))
        }
        const job = Bench.makeWork().job("job", runTakes)
        const options = recheck === null ? {} : { recheck }
        const { time } = yield* Bench.daemonOf(Jobs.make(job.pipe(recurs[cadence], Job.when(reason, look, options))))
        yield* time.advance(horizon)
        assert.deepStrictEqual(looks, expected(given))
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: Sets.pick({ fast: 50, full: 150 }) } }
  )
})
