import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Either, Exit, Random, Ref, Schedule, Schema } from "effect"
import { Decision, Explanation, type InvalidJobs, Job } from "tickwork"
import { JobBench } from "tickwork/testing"

const noon = "2026-03-02T12:00:00Z"
const shown = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString().slice(11, 19))
const text = ({ decision }: JobBench.Any) => Decision.toText(decision)

const faultsOf = (made: Either.Either<unknown, { readonly _tag: string }>) =>
  Either.match(Either.flip(made), {
    onLeft: () => [],
    onRight: (error) => (error._tag === "InvalidJobs" ? (error as InvalidJobs.InvalidJobs).faults : [])
  })

/** The model job: once an hour, while prekeys are low, a minute and then two apart where it fails. */
const replenish = (prekeys: { held: number }, work: Effect.Effect<number, string> = Effect.succeed(5)) =>
  Job.make("replenish", work).pipe(
    Job.every("1 hour"),
    Job.when(
      "prekeys are low",
      Effect.sync(() => prekeys.held < 10)
    ),
    Job.retry(Schedule.exponential("1 minute"))
  )

class Server extends Context.Tag("test/Server")<Server, { readonly answer: Effect.Effect<string> }>() {}

describe("what is decided of a job", () => {
  it("is known without anything that the job needs", () => {
    const job = Job.make(
      "ask",
      Effect.flatMap(Server, ({ answer }) => answer)
    ).pipe(Job.cron("0 3 * * *"))
    const bench = Effect.runSync(JobBench.make(job, { now: noon }))
    assert.strictEqual(text(bench), "not due until 2026-03-03T03:00:00.000Z")
    assert.strictEqual(bench.explanation.nextCheckAt, Date.parse("2026-03-03T03:00:00Z"))
    assert.strictEqual(text(JobBench.at(bench, "2026-03-03T03:00:00Z")), "due")
    assert.strictEqual(text(JobBench.atNext(bench)), "due")
    assert.strictEqual(text(bench), "not due until 2026-03-03T03:00:00.000Z", "the bench itself has not changed")
  })

  it("is what a schedule of its own has answered, with the same dice for the same seed", () => {
    const job = Job.make("later", Effect.void).pipe(Job.schedule(Schedule.jittered(Schedule.spaced("1 hour"))))
    const nextOf = (seed: number) => Effect.runSync(JobBench.make(job, { now: noon, seed })).state.position.nextAt
    const [one, again, other] = [1, 1, 2].map(nextOf)
    assert.isNumber(one)
    assert.strictEqual(one, again)
    assert.notStrictEqual(one, other)
  })

  it("follows the ends of its past: it backs off, and says when it retries and what went wrong", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const fresh = yield* JobBench.make(replenish({ held: 50 }, Effect.die("no body runs")), { now: noon })
        const bench = yield* JobBench.past(fresh, [Exit.succeed(5), Exit.fail("offline"), Exit.fail("offline")])
        assert.strictEqual(shown(bench.now), "13:01:00")
        assert.deepNestedInclude(bench.state, {
          lastSuccessAt: Date.parse(noon),
          lastError: "offline",
          "position.attempt": 3,
          totalRuns: 3
        })
        assert.strictEqual(text(bench), "backing off until 2026-03-02T13:03:00.000Z")
        assert.strictEqual(text(bench.pipe(JobBench.at("2026-03-02T13:03:00Z"))), "due")

        const given = yield* fresh.pipe(JobBench.past([Exit.succeed(5), Exit.fail("offline"), Exit.fail("offline")]))
        assert.deepStrictEqual(given.state, bench.state)
      })
    ))

  it("is told of a state that a store has", () => {
    const { state } = Effect.runSync(JobBench.make(replenish({ held: 0 }), { now: noon }))
    const pause = { at: 0, by: "alice", why: "the server moves" }
    const paused = { ...state, position: { ...state.position, paused: pause } }
    const bench = Effect.runSync(JobBench.make(replenish({ held: 0 }), { now: noon, state: paused }))
    assert.strictEqual(text(bench), "paused by alice: the server moves")
  })

  it("waits for the jobs that it comes after, until each has succeeded", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const fetch = Job.make("fetch", Effect.fail("offline")).pipe(
          Job.every("1 hour"),
          Job.retry(Schedule.spaced("1 minute"))
        )
        const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
        const fetched = yield* JobBench.make(fetch, { now: noon })
        const on = (...others: ReadonlyArray<JobBench.Any>) => JobBench.make(index, { now: noon, others })

        assert.strictEqual(text(yield* on()), 'waits for "fetch"')
        assert.isNull((yield* JobBench.run(yield* on())).run)
        const failed = yield* on(yield* JobBench.past(fetched, [Exit.fail("offline")]))
        assert.strictEqual(
          Explanation.toText(failed.explanation),
          '"index" waits for "fetch"; "fetch" is backing off until 2026-03-02T12:01:00.000Z, after the error: offline.'
        )
        assert.isNull((yield* JobBench.run(failed)).run)
        const ready = yield* on({ ...fetched, state: { ...fetched.state, succeededAt: 0 } })
        assert.strictEqual(text(ready), "due")
        const { bench, run } = yield* JobBench.run(ready)
        assert.strictEqual(run?.status, "success")
        assert.strictEqual(text(bench), 'waits for "fetch"', "it has run since")
      })
    ))

  it("does not wait for a slot that another job would take, and explains a whole chain", () => {
    const on = <A, E, R>(job: Job.Job<string, A, E, R>, ...others: ReadonlyArray<JobBench.Any>) =>
      Effect.runSync(JobBench.make(job, { now: noon, others }))
    const fetch = Job.make("fetch", Effect.void).pipe(Job.every("1 hour"), Job.exclusive, Job.priority(1))
    const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
    const report = Job.make("report", Effect.void).pipe(Job.after([index]), Job.exclusive)
    const fetched = on(fetch)
    const succeeded = { ...fetched, state: { ...fetched.state, succeededAt: 0 } }
    assert.strictEqual(text(on(index, succeeded)), "due")
    assert.strictEqual(
      Explanation.toText(on(report, on(index, fetched)).explanation),
      '"report" waits for "index"; "index" waits for "fetch"; "fetch" is due.'
    )
  })

  it("has a past, too, where it comes after jobs that have none", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const fetch = Job.make("fetch", Effect.void).pipe(Job.every("1 hour"))
        const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
        const bench = yield* Effect.flatMap(JobBench.make(index, { now: noon }), JobBench.past([Exit.void]))
        assert.strictEqual(bench.state.lastSuccessAt, Date.parse(noon))
        assert.strictEqual(text(bench), 'waits for "fetch"')
      })
    ))

  it("waits for the same key where both jobs have keys, and for every key of the other else", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        let listings = 0
        const keys = Effect.sync(() => {
          listings += 1
          return ["ada", "grace"]
        })
        const fetch = Job.make("fetch", { keys }, () => Effect.void).pipe(Job.every("1 hour"))
        const each = Job.make("each", { keys }, () => Effect.void).pipe(Job.after([fetch]))
        const all = Job.make("all", Effect.void).pipe(Job.after([fetch]))
        const fetched = yield* Effect.flatMap(
          JobBench.make(fetch, { now: noon, key: "ada" }),
          JobBench.past([Exit.void])
        )
        const others = [fetched, yield* JobBench.make(fetch, { now: noon, key: "grace" })]
        const statusOf = (bench: JobBench.JobBench<void, never, never>) =>
          Effect.map(JobBench.run(bench), ({ run }) => run?.status ?? text(bench))

        assert.strictEqual(yield* statusOf(yield* JobBench.make(each, { now: noon, key: "ada", others })), "success")
        const grace = yield* JobBench.make(each, { now: noon, key: "grace", others })
        assert.strictEqual(yield* statusOf(grace), 'waits for "grace" of "fetch"')
        assert.strictEqual(
          yield* statusOf(yield* JobBench.make(all, { now: noon, others })),
          'waits for "grace" of "fetch"'
        )
        assert.strictEqual(yield* statusOf(yield* JobBench.make(all, { now: noon, others: [fetched] })), "success")
        assert.strictEqual(listings, 0, "whose keys are listed is a matter of the test")
      })
    ))
})

describe("a job that runs on its bench", () => {
  it.effect("says with what it ended, and goes on to the next instant, however long it sleeps", () =>
    Effect.gen(function* () {
      const slow = Effect.as(Effect.sleep("20 minutes"), 7)
      const { bench, exit, run } = yield* JobBench.run(
        yield* JobBench.make(replenish({ held: 0 }, slow), { now: noon })
      )
      assert.deepStrictEqual(exit, Exit.succeed(7))
      assert.deepInclude(run, { status: "success", durationMs: 1_200_000, trigger: "schedule" })
      assert.strictEqual(shown(bench.now), "12:20:00")
      assert.strictEqual(text(bench), "not due until 2026-03-02T13:00:00.000Z")
    })
  )

  it.effect("is tried again when its policy says, and its body is told which attempt it makes", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const job = Job.make("flaky", {}, ({ attempt, trigger }) => {
        told.push([attempt, trigger])
        return Effect.fail("no")
      }).pipe(Job.every("1 hour"), Job.retry(Schedule.recurs(1).pipe(Schedule.addDelay(() => "5 minutes"))))
      const first = yield* JobBench.run(yield* JobBench.make(job, { now: noon }))
      assert.deepStrictEqual(first.exit, Exit.fail("no"))
      assert.deepInclude(first.run, { status: "error", error: "no" })
      assert.strictEqual(text(first.bench), "backing off until 2026-03-02T12:05:00.000Z")
      assert.isNull((yield* JobBench.run(first.bench)).run, "it waits")
      const second = yield* JobBench.run(JobBench.atNext(first.bench))
      assert.strictEqual(text(second.bench), "not due until 2026-03-02T13:00:00.000Z", "it has given up")
      assert.deepStrictEqual(told, [
        [1, "schedule"],
        [2, "retry"]
      ])
    })
  )

  it.effect("has its timeout", () =>
    Effect.gen(function* () {
      const job = Job.make("hangs", Effect.never).pipe(Job.every("1 hour"), Job.timeout("20 seconds"))
      const { bench, exit, run } = yield* JobBench.run(yield* JobBench.make(job, { now: noon }))
      assert.isTrue(exit !== null && Exit.isInterrupted(exit))
      assert.deepInclude(run, { status: "timeout", durationMs: 20_000 })
      assert.strictEqual(shown(bench.now), "12:00:20")
    })
  )

  it.effect("asks its conditions at that instant, and is skipped for the first that says no", () =>
    Effect.gen(function* () {
      const isDay = Effect.map(Clock.currentTimeMillis, (now) => new Date(now).getUTCHours() >= 13)
      const job = replenish({ held: 50 }).pipe(
        Job.when("it is day", isDay),
        Job.when("it answers", Effect.fail("lost"))
      )
      const bench = yield* JobBench.make(job, { now: noon })
      assert.deepStrictEqual(yield* JobBench.check(bench), [
        { reason: "prekeys are low", holds: false, error: null },
        { reason: "it is day", holds: false, error: null },
        { reason: "it answers", holds: false, error: "condition failed: lost" }
      ])
      assert.strictEqual((yield* JobBench.check(JobBench.at(bench, "2026-03-02T13:00:00Z")))[1]?.holds, true)
      const { bench: after, exit, run } = yield* JobBench.run(bench)
      assert.deepStrictEqual([run?.status, run?.reason, exit], ["skipped", "prekeys are low", null])
      assert.strictEqual(text(after), 'not due until 2026-03-02T13:00:00.000Z: "prekeys are low" was false')
    })
  )

  it.effect("has what it needs from the test", () =>
    Effect.gen(function* () {
      const job = Job.make(
        "ask",
        Effect.flatMap(Server, ({ answer }) => answer)
      ).pipe(Job.every("1 hour"))
      const { exit } = yield* JobBench.run(yield* JobBench.make(job, { now: noon }))
      assert.deepStrictEqual(exit, Exit.succeed("yes"))
    }).pipe(Effect.provideService(Server, { answer: Effect.succeed("yes") }))
  )

  it.effect("remembers what a success leaves, and forgets what a failure does", () =>
    Effect.gen(function* () {
      const Cursor = Schema.Struct({ cursor: Schema.Number, at: Schema.Date })
      const initial = { cursor: 0, at: new Date(0) }
      const poll = (end: Effect.Effect<void, string>) =>
        Job.make("poll", { memory: { schema: Cursor, initial } }, ({ memory, scheduledAt }) =>
          Effect.zipRight(
            Ref.update(memory, ({ cursor }) => ({ cursor: cursor + 10, at: new Date(scheduledAt) })),
            end
          )
        ).pipe(Job.every("1 hour"))
      const fresh = yield* JobBench.make(poll(Effect.void), { now: noon })
      assert.deepStrictEqual(fresh.memory, Either.right(initial))
      const memory = { cursor: 5, at: new Date(0) }
      const left = { cursor: 15, at: new Date(noon) }
      const once = yield* JobBench.run(yield* JobBench.make(poll(Effect.void), { now: noon, memory }))
      assert.deepStrictEqual(once.bench.memory, Either.right(left))
      const twice = yield* JobBench.run(JobBench.atNext(once.bench))
      assert.strictEqual((yield* twice.bench.memory).cursor, 25)
      const failed = yield* JobBench.run(yield* JobBench.make(poll(Effect.fail("no")), { now: noon, memory }))
      assert.deepStrictEqual(failed.bench.memory, Either.right(memory))
    })
  )

  it.effect("is handed its payload, once", () =>
    Effect.gen(function* () {
      const job = Job.make("mail", { payload: Schema.Struct({ to: Schema.String }) }, ({ key, payload }) =>
        Effect.succeed([key, payload.to])
      )
      const { bench, exit } = yield* JobBench.run(yield* JobBench.make(job, { now: noon, payload: { to: "ada" } }))
      assert.deepStrictEqual(exit, Exit.succeed(["bench", "ada"]))
      assert.strictEqual(text(bench), "finished")
      const again = yield* JobBench.make(job, {
        now: noon,
        state: { ...bench.state, position: { ...bench.state.position, nextAt: 0, scheduledAt: 0 } }
      })
      assert.strictEqual(text(again), "due")
    })
  )

  it.effect("rolls the dice of its seed, and of no other", () =>
    Effect.gen(function* () {
      const job = Job.make("rolls", Random.next).pipe(Job.repeat(Schedule.jittered(Schedule.spaced("1 hour"))))
      const rolled = (seed: number) =>
        Effect.flatMap(JobBench.make(job, { now: noon, seed }), JobBench.run).pipe(
          Effect.map(({ bench, exit }) => ({ bench, exit, nextAt: bench.state.position.nextAt }))
        )
      const first = yield* rolled(1)
      assert.deepStrictEqual(first.bench.state, (yield* rolled(1)).bench.state)
      assert.deepStrictEqual(first.exit, (yield* rolled(1)).exit)
      const other = yield* rolled(2)
      assert.notDeepEqual(first.exit, other.exit)
      const again = yield* JobBench.run(JobBench.atNext(first.bench))
      assert.notDeepEqual(first.exit, again.exit, "nor twice the same")
      assert.notStrictEqual(first.nextAt, other.nextAt)
    })
  )

  it.effect("makes up for what was missed as its policy says, and the log has it", () =>
    Effect.gen(function* () {
      const past = yield* Effect.flatMap(
        JobBench.make(replenish({ held: 0 }), { now: noon }),
        JobBench.past([Exit.succeed(1)])
      )
      const { log, run } = yield* JobBench.run(JobBench.at(past, "2026-03-02T15:30:00Z"))
      assert.deepStrictEqual(
        log.slice(-2).map(({ count, reason, status }) => [status, reason, count]),
        [
          ["skipped", "missed: down", 3],
          ["success", null, 1]
        ]
      )
      assert.deepStrictEqual([run?.trigger, shown(run?.scheduledAt ?? 0)], ["missed", "15:00:00"])
    })
  )

  it.effect("asks a schedule that needs services for its first answer", () =>
    Effect.gen(function* () {
      const paced = Schedule.mapEffect(Schedule.spaced("2 hours"), () => Effect.flatMap(Server, ({ answer }) => answer))
      const bench = yield* JobBench.make(Job.make("paced", Effect.void).pipe(Job.schedule(paced)), { now: noon })
      const asked = yield* JobBench.run(bench)
      assert.isNull(asked.exit, "it has not run")
      assert.strictEqual(text(asked.bench), "not due until 2026-03-02T14:00:00.000Z")
    }).pipe(Effect.provideService(Server, { answer: Effect.succeed("yes") }))
  )

  it.effect("needs no transaction where it is transactional", () =>
    Effect.gen(function* () {
      const job = Job.make("moves", Effect.succeed("moved")).pipe(Job.every("1 hour"), Job.transactional)
      const { exit } = yield* JobBench.run(yield* JobBench.make(job, { now: noon }))
      assert.deepStrictEqual(exit, Exit.succeed("moved"))
    })
  )
})

describe("wrong use of a bench", () => {
  const job = Job.make("hourly", Effect.void).pipe(Job.every("1 hour"))
  const keyed = Job.make("keyed", { keys: Effect.succeed([]) }, () => Effect.void).pipe(Job.every("1 hour"))

  it("is a fault that names the job, the value and the cure", () => {
    assert.deepStrictEqual(faultsOf(JobBench.make(job, { now: "noon" })), [
      {
        _tag: "InvalidOption",
        job: "hourly",
        option: "now",
        value: "noon",
        reason: "must be ISO 8601 with its offset from UTC",
        cure: 'Use one such as "2027-01-01T09:00:00+01:00".'
      }
    ])
    assert.deepStrictEqual(faultsOf(JobBench.make(job, { now: noon, key: "ada" })), [
      {
        _tag: "InvalidOption",
        job: "hourly",
        option: "key",
        value: "ada",
        reason: "must not be set for a job without keys",
        cure: "Drop key, or make the job with keys."
      }
    ])
    assert.deepStrictEqual(faultsOf(JobBench.make(keyed, { now: noon })), [
      {
        _tag: "InvalidOption",
        job: "keyed",
        option: "key",
        value: undefined,
        reason: 'must be well-formed text of 1 to 200 characters without control characters and without "@backfill-"',
        cure: 'Use a key such as "ada".'
      }
    ])
    assert.deepStrictEqual(
      faultsOf(JobBench.make(Job.priority(Job.make("", Effect.void), 11), { now: noon })).map(({ _tag }) => _tag),
      ["InvalidOption", "InvalidOption", "NoCadence"]
    )
    assert.throws(() => JobBench.at(Effect.runSync(JobBench.make(job, { now: noon })), "noon"), /hourly/)
  })

  it("is told where a memory or a payload cannot be kept", () => {
    const memory = { schema: Schema.Int, initial: 0 }
    const counts = Job.make("counts", { memory }, () => Effect.void).pipe(Job.every("1 hour"))
    const mail = Job.make("mail", { payload: Schema.Int }, () => Effect.void)
    const tagOf = (made: Either.Either<unknown, { readonly _tag: string }>) =>
      Either.isLeft(made) ? made.left._tag : null
    const tags = [
      tagOf(JobBench.make(counts, { now: noon, memory: 0.5 })),
      tagOf(JobBench.make(mail, { now: noon, payload: 0.5 }))
    ]
    assert.deepStrictEqual(tags, ["MemoryDecodeError", "EnqueueError"])
  })

  it("dies where the past can have no attempt, and says why", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const once = yield* JobBench.make(Job.make("once", Effect.void).pipe(Job.at(noon)), { now: noon })
        const died = yield* Effect.exit(JobBench.past(once, [Exit.void, Exit.void]))
        assert.include(String(died), 'JobBench.past makes no attempt: \\"once\\" is finished.')
      })
    ))
})
