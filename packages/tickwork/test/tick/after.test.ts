import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc, Schedule } from "effect"
import { Decision, Job, Jobs, Tick } from "tickwork"
import * as Registry from "../../src/internal/plan/Registry.ts"

const { hour, minute, second, start } = Bench

const decisionOf = ({ tick }: Pick<Bench.Bench, "tick">, jobName: string, key = "") =>
  Effect.map(tick.status, (all) => all.find((status) => status.jobName === jobName && status.key === key)?.decision)

const awaits = (jobName: string, key = "") =>
  Decision.wait(Decision.Reason.Awaits({ on: [{ jobName, key }], count: 1 }))

describe("a job that comes after another", () => {
  it.effect("row `after`: waits at its instant until the other has succeeded, in one call of a host", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.every("1 minute"), Job.priority(10))
      const index = work.job("index").pipe(Job.every("1 minute"), Job.after([fetch]), Job.priority(1))
      const { tick, time } = yield* Bench.open(Jobs.make(index, fetch))
      for (let round = 0; round < 3; round++) {
        const runs = yield* tick.once
        assert.deepStrictEqual(
          runs.map(({ jobName }) => jobName),
          ["fetch", "index"],
          "whatever their priorities"
        )
        assert.deepStrictEqual(yield* tick.once, [])
        yield* time.advance("1 minute")
      }
    }).pipe(Bench.run)
  )

  it.effect("row `after`: runs at its own instant if the other has succeeded since its last occurrence", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const sync = work.job("sync").pipe(Job.every("5 minutes"))
      const purge = work.job("purge").pipe(Job.cron("0 13 * * *"), Job.after([sync]))
      const { time } = yield* Bench.daemonOf(Jobs.make(sync, purge))
      yield* time.advance("25 hours")
      assert.deepStrictEqual(work.starts("purge"), [hour, 25 * hour])
    }).pipe(Bench.run)
  )

  it.effect("row `after`: without a cadence, runs each time the other has succeeded, and only then", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch", "10 seconds").pipe(Job.every("1 minute"))
      const index = work.job("index", "1 second").pipe(Job.after([fetch]))
      const { time } = yield* Bench.daemonOf(Jobs.make(fetch, index))
      yield* time.advance("3 minutes")
      assert.deepStrictEqual(work.starts("index"), [10 * second, 70 * second, 130 * second])
    }).pipe(Bench.run)
  )

  it.effect("waits for all that it comes after, and its decision names them", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const a = work.job("a").pipe(Job.every("1 hour"))
      const b = work.job("b").pipe(Job.cron("30 * * * *"))
      const both = work.job("both").pipe(Job.after([a, b]))
      const bench = yield* Bench.daemonOf(Jobs.make(a, b, both))
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(yield* decisionOf(bench, "both"), awaits("b"))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(work.starts("both"), [30 * minute, 90 * minute])
    }).pipe(Bench.run)
  )

  it.effect("waits while the other fails; with on: `end` it is enough that it has given up", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = work.job("failing", 0, Effect.fail("offline"))
      const policy = Schedule.spaced("10 seconds").pipe(Schedule.intersect(Schedule.recurs(2)))
      const fetch = failing.pipe(Job.every("1 hour"), Job.retry(policy))
      const index = work.job("index").pipe(Job.after([fetch]))
      const clean = work.job("clean").pipe(Job.after([fetch], { on: "end" }))
      const bench = yield* Bench.daemonOf(Jobs.make(fetch, index, clean))
      yield* bench.time.advance("90 minutes")
      assert.deepStrictEqual(work.starts("index"), [])
      assert.deepStrictEqual(work.starts("clean"), [20 * second, hour + 20 * second])
      assert.deepStrictEqual(yield* decisionOf(bench, "index"), awaits("failing"))
    }).pipe(Bench.run)
  )

  it.effect("with sameTick waits for what ends at its own instant or after it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const sync = work.job("sync", "1 second").pipe(Job.every("40 minutes"))
      const report = work.job("report").pipe(Job.every("1 hour"), Job.after([sync], { sameTick: true }))
      const usual = work.job("usual").pipe(Job.every("1 hour"), Job.after([sync]))
      const { time } = yield* Bench.daemonOf(Jobs.make(sync, report, usual))
      yield* time.advance("100 minutes")
      assert.deepStrictEqual(work.starts("report"), [second, 80 * minute + second])
      assert.deepStrictEqual(work.starts("usual"), [second, hour])
    }).pipe(Bench.run)
  )

  it.effect("is asked once an occurrence: what is tried again does not wait anew", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.every("1 hour"))
      const index = work
        .job("index", 0, Effect.fail("no disk"))
        .pipe(Job.after([fetch]), Job.retry(Schedule.spaced("10 minutes").pipe(Schedule.intersect(Schedule.recurs(2)))))
      const { time } = yield* Bench.daemonOf(Jobs.make(fetch, index))
      yield* time.advance("50 minutes")
      assert.deepStrictEqual(work.starts("index"), [0, 10 * minute, 20 * minute])
    }).pipe(Bench.run)
  )

  it.effect("runs by hand without waiting", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.cron("0 0 * * *"))
      const index = work.job("index").pipe(Job.after([fetch]))
      const bench = yield* Bench.daemonOf(Jobs.make(fetch, index))
      yield* Effect.provideService(Tick.trigger(index), Tick.Tick, bench.tick)
      yield* bench.time.settle
      assert.deepStrictEqual(work.starts("index"), [0])
      assert.deepStrictEqual(yield* decisionOf(bench, "index"), awaits("fetch"))
    }).pipe(Bench.run)
  )

  it.effect("is late and not missed, however long it has waited; what it overtook is in the log", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.cron("0 16 * * *"))
      const index = work.job("index").pipe(Job.every("1 hour"), Job.after([fetch]), Job.missed("skip"))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(fetch, index))
      yield* time.advance("270 minutes")
      assert.deepStrictEqual(work.starts("index"), [4 * hour])
      const lines = yield* store.logOf("index")
      assert.deepStrictEqual(
        lines.map(({ count, reason, status }) => [status, reason, count]),
        [
          ["skipped", "missed: overtaken", 4],
          ["success", null, 1]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("waits on where it was after a restart, and neither forgets nor doubles what has ended", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.every("1 hour"))
      const index = work.job("index").pipe(Job.after([fetch]))
      const jobs = Jobs.make(fetch, index)
      const first = yield* Bench.open(jobs)
      yield* first.tick.once
      const second = yield* Bench.open(jobs, { store: yield* Bench.throughJson(first.store) })
      yield* second.time.advance("30 minutes")
      assert.deepStrictEqual(yield* second.tick.once, [])
      assert.deepStrictEqual(yield* decisionOf(second, "index"), awaits("fetch"))
      const third = yield* Bench.daemonOf(jobs, { store: yield* Bench.throughJson(second.store) })
      yield* third.time.advance("1 hour")
      assert.deepStrictEqual(work.starts("index"), [0, hour])
    }).pipe(Bench.run)
  )

  it.effect("after another process has run the other, runs when that is heard of", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work.job("fetch").pipe(Job.every("1 hour"))
      const index = work.job("index").pipe(Job.after([fetch]))
      const rows = yield* Bench.makeStore
      const here = yield* Bench.open(Jobs.make(fetch, index), { store: rows.as("here") })
      const there = yield* Bench.open(Jobs.make(fetch), { store: rows.as("there") })
      yield* there.tick.once
      yield* Bench.daemon(here)
      yield* here.time.advance("1 minute")
      assert.deepStrictEqual([work.starts("fetch"), work.starts("index")], [[0], [500]])
    }).pipe(Bench.run)
  )

  it.effect("stores which ends it knew, where they are few: a row does not grow with the keys of others", () =>
    Effect.gen(function* () {
      for (const [count, stored] of [
        [2, 2],
        [100, 0]
      ] as const) {
        const work = Bench.makeWork()
        const keys = Effect.succeed(Array.from({ length: count }, (_, n) => `peer ${n}`))
        const ping = Job.make("ping", { keys }, () => Effect.void).pipe(Job.every("1 minute"), Job.parallel)
        const sum = work.job("sum").pipe(Job.after([ping]))
        const { store, time } = yield* Bench.daemonOf(Jobs.make(ping, sum))
        yield* time.advance("150 seconds")
        assert.strictEqual(work.begun.length, 3)
        const [state] = yield* store.load(["sum"])
        assert.strictEqual(Object.keys(state?.position.cadence.after ?? {}).length, stored)
      }
    }).pipe(Bench.run)
  )
})

describe("keys that come after keys", () => {
  const keyed = (work: ReturnType<typeof Bench.makeWork>, name: string, failing: ReadonlySet<string> = new Set()) =>
    Job.make(name, { keys: Effect.succeed(["ada", "grace"]) }, (run) => {
      work.begun.push(run)
      return failing.has(run.key) ? Effect.fail("offline") : Effect.void
    })
  const keysOf = (work: ReturnType<typeof Bench.makeWork>, name: string) =>
    work.begun.flatMap(({ jobName, key }) => (jobName === name ? [key] : []))

  it.effect("row `after`: each comes after the one of the same key", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = new Set(["grace"])
      const fetch = keyed(work, "fetch", failing).pipe(Job.every("1 hour"), Job.retry(Schedule.stop))
      const index = keyed(work, "index").pipe(Job.after([fetch]))
      const bench = yield* Bench.daemonOf(Jobs.make(fetch, index))
      yield* bench.time.advance("30 minutes")
      assert.deepStrictEqual(keysOf(work, "index"), ["ada"])
      assert.deepStrictEqual(yield* decisionOf(bench, "index", "grace"), awaits("fetch", "grace"))
      failing.clear()
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(keysOf(work, "index").sort(), ["ada", "ada", "grace"])
    }).pipe(Bench.run)
  )

  it.effect("row `after`: a plain job comes after all keys that are listed; keys come after a plain job", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = new Set(["grace"])
      const begin = work.job("begin").pipe(Job.every("1 hour"))
      const fetch = keyed(work, "fetch", failing).pipe(Job.after([begin]), Job.retry(Schedule.stop))
      const end = work.job("end").pipe(Job.after([fetch]))
      const bench = yield* Bench.daemonOf(Jobs.make(begin, fetch, end))
      yield* bench.time.advance("30 minutes")
      assert.deepStrictEqual(keysOf(work, "fetch"), ["ada", "grace"])
      assert.deepStrictEqual(work.starts("end"), [])
      assert.deepStrictEqual(yield* decisionOf(bench, "end"), awaits("fetch", "grace"))
      failing.clear()
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(work.starts("end"), [hour])
    }).pipe(Bench.run)
  )

  it.effect("a key that rests is not waited for; where no key is listed, the job waits", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let peers = ["ada", "down"]
      const fetch = Job.make("fetch", { keys: Effect.sync(() => peers) }, (run) =>
        run.key === "down" ? Effect.fail("offline") : Effect.void
      ).pipe(Job.every("1 hour"), Job.retry(Schedule.stop))
      const end = work.job("end").pipe(Job.after([fetch]))
      const bench = yield* Bench.daemonOf(Jobs.make(fetch, end))
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(work.starts("end"), [])
      peers = ["ada"]
      yield* bench.time.advance("2 minutes")
      assert.deepStrictEqual(work.starts("end"), [12 * minute])
      peers = []
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(work.starts("end"), [12 * minute])
      assert.deepStrictEqual(yield* decisionOf(bench, "end"), awaits("fetch"))
    }).pipe(Bench.run)
  )
})

describe("dependencies in a registry", () => {
  const job = (name: string) => Job.make(name, Effect.void).pipe(Job.every("1 hour"))

  it.effect.each([
    ["on itself", [job("a").pipe(Job.after([job("a")]))], '"a" after "a"'],
    [
      "in a ring",
      [
        job("a").pipe(Job.after([job("b")])),
        job("b").pipe(Job.after([job("c")])),
        job("c").pipe(Job.after([job("b")])),
        job("d")
      ],
      '"b" after "c" after "b"'
    ],
    [
      "on a job that it does not name",
      [job("a").pipe(Job.after([job("z")]))],
      'after must name a job of the registry, got "z"'
    ]
  ] as const)("%s are refused, with the way", ([, jobs, way]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(Registry.validate(Jobs.make(...(jobs as ReadonlyArray<Job.Any>))))
      assert.strictEqual(refused.faults.length, 1)
      assert.include(refused.message, way)
    })
  )
})

describe("law 1, Repeat", () => {
  it.effect("in random graphs no job begins before its dependencies have succeeded", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              everyMs: fc.constantFrom(null, 1, 2, 5).map((minutes) => (minutes === null ? null : minutes * minute)),
              takesMs: fc.nat(90).map((seconds) => seconds * second),
              after: fc.array(fc.nat(5), { maxLength: 2 }),
              fails: fc.integer({ min: 0, max: 3 })
            }),
            { minLength: 2, maxLength: 6 }
          ),
          (shapes) =>
            Effect.gen(function* () {
              const work = Bench.makeWork()
              const made: Array<Job.Job<string, unknown, unknown, never>> = []
              for (const [n, { after, everyMs, fails, takesMs }] of shapes.entries()) {
                let times = 0
                const end = Effect.suspend(() => (++times % 4 < fails ? Effect.fail("no") : Effect.void))
                const earlier = after.flatMap((m) => (m < n ? [made[m] as Job.Any] : []))
                const plain = work.job(`job ${n}`, takesMs, end).pipe(Job.parallel, Job.retry(Schedule.stop))
                const dependent = plain.pipe(Job.after(earlier))
                made.push(
                  everyMs === null && earlier.length > 0 ? dependent : dependent.pipe(Job.every(everyMs ?? minute))
                )
              }
              const bench = yield* Bench.daemonOf(Jobs.make(...made), { concurrency: 10 })
              yield* bench.time.advance("30 minutes")
              const log = yield* bench.store.log
              const ended = (jobName: string) =>
                log.flatMap((run) =>
                  run.jobName === jobName && run.status === "success" ? [run.startedAt + run.durationMs] : []
                )
              for (const { after, name } of made.map(Job.inspect)) {
                const starts = work.starts(name).map((at) => at + start)
                for (const [index, at] of starts.entries()) {
                  const since = index === 0 ? Number.NEGATIVE_INFINITY : (starts[index - 1] as number)
                  for (const { jobName } of after) {
                    assert.isTrue(
                      ended(jobName).some((end) => end > since && end <= at),
                      `${name} at ${at - start} after ${jobName}`
                    )
                  }
                }
                if (after.length === 0) assert.isAbove(starts.length, 5)
              }
            }).pipe(Bench.run, Effect.runPromise)
        ),
        { seed: 5, numRuns: 30 }
      )
    )
  )
})
