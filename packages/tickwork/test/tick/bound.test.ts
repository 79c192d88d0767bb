import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, Either, FastCheck as fc, Schedule } from "effect"
import { Bound, Job, Jobs, Limit } from "tickwork"
import * as Missed from "../../src/internal/schedule/Missed.ts"
import { type Sharer, share, sharer } from "../support/places.ts"

type Named = Job.Job<string, void, unknown, never>

/** All of them are due again at once, or nearly. */
const cadences: Record<string, (job: Named) => Named> = {
  "every 1 ms": Job.every("1 millis"),
  "every 1 s": Job.every("1 second"),
  "every 20 s": Job.every("20 seconds"),
  "every 20 s, within 5": (job) => job.pipe(Job.every("20 seconds"), Job.window("5 seconds")),
  "every minute": Job.every("1 minute"),
  "cron, every second": Job.cron("* * * * * *"),
  "cron, every 30 s": Job.cron("*/30 * * * * *"),
  forever: Job.repeat(Schedule.forever),
  spaced: Job.repeat(Schedule.spaced("50 millis"))
}

const policies: Record<string, (job: Named) => Named> = {
  usual: (job) => job,
  none: (job) => job.pipe(Job.retry(Schedule.stop), Job.retryUnexpected(Schedule.stop)),
  "at once": (job) => job.pipe(Job.retry(Schedule.recurs(2)), Job.retryUnexpected(Schedule.recurs(2))),
  spaced: Job.retry(Schedule.intersect(Schedule.spaced("3 seconds"), Schedule.recurs(4)))
}

const fact = fc.record({
  cadence: fc.constantFrom(...Object.keys(cadences)),
  missed: fc.constantFrom<Array<Missed.Policy>>("latest", "latest", "earliest", "all", "skip"),
  retry: fc.constantFrom(...Object.keys(policies)),
  ends: fc.array(fc.constantFrom("succeeds", "succeeds", "fails", "dies", "hangs", "is looked at in vain"), {
    minLength: 1,
    maxLength: 4
  }),
  takes: fc.constantFrom(300, 1000, 4000),
  timeout: fc.constantFrom(4000, 9000),
  isLookedAt: fc.boolean(),
  sharer
})

type Fact = typeof fact extends fc.Arbitrary<infer A> ? A : never

const jobOf = (name: string, { cadence, ends, isLookedAt, missed, retry, sharer, takes, timeout }: Fact): Named => {
  let turn = 0
  const next = () => ends[turn++ % ends.length]
  const body = Effect.suspend((): Effect.Effect<void, string> => {
    const end = next()
    if (end === "hangs") return Effect.never
    const ended = end === "fails" ? Effect.fail("no luck") : end === "dies" ? Effect.die("broken") : Effect.void
    return Effect.zipRight(Effect.sleep(takes), ended)
  })
  const look = Effect.suspend(() => (next() === "is looked at in vain" ? Effect.never : Effect.succeed(true)))
  const made: Named = Job.make(name, body)
  const planned = (cadences[cadence] ?? Job.every("1 second"))(made)
  const tried = (policies[retry] ?? ((job: Named) => job))(planned)
  const job = tried.pipe(Job.timeout(timeout), Job.missed(missed, { atMost: 2 }), share(sharer))
  return isLookedAt ? Job.when(job, "it may", look) : job
}

/** Told from the events: how long each run waited after it was due, and its instance free; the last wait goes on. */
const waitsOf = (events: Bench.Bench["events"], jobName: string, windowMs: number, now: number) => {
  let dueAt: number | null = Bench.start + windowMs
  const waits = events.flatMap((event) => {
    if (event._tag !== "RunRecorded" || event.run.jobName !== jobName) return []
    const {
      attempt,
      durationMs,
      reason,
      scheduledAt,
      startedAt,
      trigger,
      position: { nextAt }
    } = event.run
    // what was missed, or superseded, began nothing
    if (reason !== null && reason !== "it may") return []
    const waited = startedAt - (dueAt ?? startedAt)
    const late = attempt === 1 ? startedAt - scheduledAt - windowMs : 0
    dueAt = nextAt === null ? null : Math.max(nextAt + windowMs, startedAt + durationMs)
    // what makes up for instants is spread, and begins when its turn has come
    return trigger === "missed" ? [] : [Math.max(waited, late)]
  })
  return { waits, still: dueAt === null ? 0 : now - dueAt }
}

const holds = (facts: ReadonlyArray<Fact>, concurrency: number, minutes: number) =>
  Effect.gen(function* () {
    const named = facts.map((one, n) => [`job ${n}`, one] as const)
    const jobs = Jobs.make(...named.map(([name, one]) => jobOf(name, one)))
    const bounds = Either.getOrThrow(Bound.worstWait(jobs, { concurrency }))
    const { events, tick, time } = yield* Bench.daemonOf(jobs, { concurrency })
    yield* time.advance(minutes * Bench.minute)
    const now = yield* time.now
    const states = new Map((yield* tick.status).map(({ jobName, state }) => [jobName, state]))
    return named.map(([name, { cadence }], n) => {
      const bound = bounds[n]?.bound
      if (bound?._tag !== "Bounded") return assert.fail(`${name} has no bound`)
      const { still, waits } = waitsOf(events, name, cadence.includes("within") ? 5000 : 0, now)
      const state = states.get(name)
      const isWaiting = state?.claim.owner === null && !Missed.isCatchingUp(state.position)
      return { name, ms: bound.ms, longest: Math.max(0, isWaiting ? still : 0, ...waits), runs: waits.length }
    })
  })

const assertBounded = (
  found: ReadonlyArray<{ readonly name: string; readonly ms: number; readonly longest: number }>
) => {
  const over = found.filter(({ longest, ms }) => longest > ms)
  assert.deepStrictEqual(over, [])
}

const plainSharer = (mode: Job.ConcurrencyMode): fc.Arbitrary<Sharer> =>
  fc.record({ mode: fc.constant(mode), limits: fc.constant([]), priority: fc.integer({ min: 1, max: 10 }) })

describe("law 4, Order: under endless load every due job starts within the computed bound", () => {
  const simple = fc.constantFrom("serial" as const, "parallel" as const).chain((place) =>
    fc.array(
      plainSharer(place).chain((sharer) => fact.map((one) => ({ ...one, sharer }))),
      { minLength: 2, maxLength: 8 }
    )
  )
  it.effect.prop(
    "where all of them need one place",
    [simple, fc.integer({ min: 1, max: 3 })],
    ([facts, concurrency]) => Effect.map(holds(facts, concurrency, 8), assertBounded).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: Sets.pick({ fast: 6, full: 20 }) }, timeout: 900_000 }
  )

  it.effect.prop(
    "where they share places, limits and exclusive ones among them",
    [fc.array(fact, { minLength: 2, maxLength: 8 }), fc.integer({ min: 1, max: 3 })],
    ([facts, concurrency]) => Effect.map(holds(facts, concurrency, 8), assertBounded).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: Sets.pick({ fast: 6, full: 20 }) }, timeout: 900_000 }
  )

  it.effect("and where they share places, one longest run for each that goes ahead would not do", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = (name: string, ...limits: ReadonlyArray<string>) =>
        limits.reduce<Named>(
          (job, limit) => Job.limit(job, Limit.make(limit, 1)),
          work.job(name, "16 seconds").pipe(Job.parallel, Job.timeout("17 seconds"), Job.priority(1))
        )
      const at = (seconds: number) => Job.at(Bench.start + seconds * 1000)
      // each gains on the patient one when what it needs has just been taken by somebody who comes after both
      const gaining = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((priority) =>
        job(`gaining ${priority}`, "network", priority % 2 === 0 ? "even" : "odd").pipe(at(0), Job.priority(priority))
      )
      const jobs = Jobs.make(
        job("patient", "network").pipe(at(20)),
        job("before", "network").pipe(at(0)),
        job("under way", "network").pipe(at(1)),
        ...gaining,
        job("evens", "even").pipe(Job.cron("29 * * * * *")),
        job("odds", "odd").pipe(Job.cron("59 * * * * *"))
      )
      // nine gain on it, two came before, and two have two runs each
      const ahead = 9 + 2 + 2 * 2
      const { time } = yield* Bench.daemonOf(jobs, { concurrency: 20 })
      yield* time.advance("10 minutes")
      const waited = (work.starts("patient")[0] ?? Number.NaN) - 20_000
      assert.strictEqual(waited, 281_000)
      assert.isAbove(waited, 17_000 * (ahead + 1))
      const [patient] = Either.getOrThrow(Bound.worstWait(jobs, { concurrency: 20 }))
      assert.deepStrictEqual(patient?.bound, Bound.Bound.Bounded({ ms: 17_000 * (ahead + 9 + 2) }))
    }).pipe(Bench.run)
  )

  it.effect("where one place is shared by all, that bound is reached", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = (name: string, takes: number) =>
        work.job(name, takes).pipe(Job.at(Bench.start), Job.timeout(takes), Job.priority(1), Bench.withoutRetry)
      const jobs = Jobs.make(job("a", 5000), job("b", 20_000), job("z", 1000))
      const { time } = yield* Bench.daemonOf(jobs)
      yield* time.advance("1 minute")
      const bound = Either.getOrThrow(Bound.worstWait(jobs))[2]?.bound
      assert.deepStrictEqual(bound, Bound.Bound.Bounded({ ms: 25_000 }))
      assert.deepStrictEqual(work.starts("z"), [25_000])
    }).pipe(Bench.run)
  )

  it.effect("a job that needs two places is not starved by those that need one of them", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const endless = ["network", "disk"].flatMap((limit, late) =>
        ["a", "b"].map((name) =>
          work
            .job(`${limit} ${name}`, "4 seconds")
            .pipe(
              late === 0 ? Job.repeat(Schedule.forever) : Job.schedule(Schedule.spaced("1500 millis")),
              Job.parallel,
              Job.timeout("5 seconds"),
              Job.priority(1),
              Job.limit(Limit.make(limit, 1))
            )
        )
      )
      const both = work
        .job("both")
        .pipe(
          Job.every("1 hour"),
          Job.parallel,
          Job.timeout("5 seconds"),
          Job.limit(Limit.make("network", 1)),
          Job.limit(Limit.make("disk", 1))
        )
      const jobs = Jobs.make(both, ...endless)
      const { time } = yield* Bench.daemonOf(jobs, { concurrency: 9 })
      yield* time.advance("30 minutes")
      const [waits] = Either.getOrThrow(Bound.worstWait(jobs, { concurrency: 9 }))
      const bound = waits?.bound._tag === "Bounded" ? waits.bound.ms : assert.fail("it has no bound")
      assert.isAtMost(work.starts("both")[0] ?? Number.POSITIVE_INFINITY, bound)
    }).pipe(Bench.run)
  )
})
