import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc, Logger } from "effect"
import { Backfill, Job, JobLog, JobStore, Jobs, type LogEntry, type Run, Tick, TickClient } from "tickwork"

const { hour, minute, start } = Bench
const day = 24 * hour
const midnight = Date.parse("2026-03-02T00:00:00Z")

/** What a body does, and the runs that it has begun. */
const noted = (body: (run: Run.Run) => Effect.Effect<void, string> = () => Effect.void) => {
  const begun: Array<Run.Run> = []
  const report = Job.make("report", (run) =>
    Effect.suspend(() => {
      begun.push(run)
      return body(run)
    })
  ).pipe(Job.cron("0 9 * * *"), Bench.withoutRetry)
  return { begun, report }
}

const verbs = <A, E>({ store, tick }: Bench.Bench, effect: Effect.Effect<A, E, Tick.Tick | JobLog.JobLog>) =>
  effect.pipe(Effect.provideService(Tick.Tick, tick), Effect.provideService(JobLog.JobLog, store))

const range = (days: number, to = start) => ({ from: to - days * day, to })

const backfilled = (log: ReadonlyArray<LogEntry.LogEntry>) =>
  log.filter(({ status, verdict }) => verdict === "backfilled" && status === "success")

const daysOf = (runs: ReadonlyArray<{ readonly scheduledAt: number }>) =>
  runs.map(({ scheduledAt }) => (scheduledAt - midnight - 9 * hour) / day)

describe("a backfill", () => {
  it.effect("runs each planned time once, in order, and says so in its log, its run and its explanation", () =>
    Effect.gen(function* () {
      const { begun, report } = noted(() => Effect.sleep("1 minute"))
      const bench = yield* Bench.daemonOf(Jobs.make(report))
      const preview = yield* verbs(bench, Tick.previewBackfill(report, range(3)))
      assert.deepStrictEqual(daysOf(preview.times.map(({ at }) => ({ scheduledAt: at }))), [-2, -1, 0])
      assert.deepStrictEqual(Backfill.toRun(preview).length, 3)
      assert.isEmpty(yield* bench.store.log, "a preview changes nothing")
      const { keys } = yield* verbs(
        bench,
        Tick.backfill(report, { ...range(3), by: "alice", why: "the file was empty" })
      )
      const [key = ""] = keys
      assert.lengthOf(keys, 1)
      yield* bench.time.advance("90 seconds")
      const explained = yield* verbs(bench, Tick.explain(report, { key }))
      assert.strictEqual(explained.decision._tag === "Wait" && explained.decision.reason._tag, "Running")
      const later = yield* verbs(bench, Tick.previewBackfill(report, range(3)))
      assert.deepStrictEqual(
        later.times.map(({ standing }) => standing),
        ["succeeded", "under-way", "under-way"]
      )
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(daysOf(begun), [-2, -1, 0])
      assert.deepStrictEqual(
        begun.map(({ attempt, key, runKey, trigger }) => [attempt, key, runKey, trigger]),
        begun.map(({ scheduledAt }) => [1, "", `report//${scheduledAt}/manual`, "manual"])
      )
      const log = yield* bench.store.log
      assert.deepStrictEqual(daysOf(backfilled(log)), [-2, -1, 0])
      assert.include(
        log.map(({ reason }) => reason),
        "enqueued by alice: the file was empty"
      )
      const again = yield* verbs(bench, Tick.backfill(report, range(3)))
      assert.isEmpty(again.keys, "what has succeeded is not run again")
      const [figures] = yield* verbs(bench, JobLog.stats({ jobName: "report" }))
      assert.deepInclude(figures?.verdicts, { backfilled: 3, late: 0, ran: 0 })
      assert.isNull(figures?.lateness)
    }).pipe(Bench.run)
  )

  it.effect("leaves the plan, its dependents and what is missed as they are", () =>
    Effect.gen(function* () {
      const { begun, report } = noted()
      const after = Job.make("after", Effect.void).pipe(Job.after([report]))
      const bench = yield* Bench.daemonOf(Jobs.make(report, after))
      const before = yield* bench.store.state("report")
      yield* verbs(bench, Tick.backfill(report, range(5)))
      yield* bench.time.advance("1 hour")
      assert.lengthOf(begun, 5)
      const state = yield* bench.store.state("report")
      assert.deepStrictEqual(state, before)
      assert.isEmpty((yield* bench.store.logOf("after")).filter(({ status }) => status === "success"))
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(daysOf(begun).slice(5), [1])
      assert.lengthOf(yield* bench.store.logOf("after"), 1)
    }).pipe(Bench.run)
  )

  it.effect("runs as many at once as it is told, each key under its own name", () =>
    Effect.gen(function* () {
      const begun: Array<Run.RunInfo> = []
      let [atWork, most] = [0, 0]
      const ping = Job.make("ping", { keys: Effect.succeed(["ada", "eve"]) }, (run) =>
        Effect.gen(function* () {
          begun.push(run)
          atWork += 1
          most = Math.max(most, atWork)
          yield* Effect.sleep("1 minute")
          atWork -= 1
        })
      ).pipe(Job.cron("0 * * * *"), Job.parallel)
      const bench = yield* Bench.daemonOf(Jobs.make(ping))
      const { keys } = yield* verbs(bench, Tick.backfill(ping, { ...range(1), key: "eve", atOnce: 3 }))
      assert.lengthOf(keys, 3)
      yield* bench.time.advance("30 minutes")
      assert.isTrue(begun.every(({ key }) => key === "eve"))
      assert.strictEqual(most, 3)
      assert.strictEqual(new Set(begun.map(({ scheduledAt }) => scheduledAt)).size, 24)
      assert.lengthOf(begun, 24)
      yield* bench.time.advance("1 hour")
      assert.lengthOf(begun, 26, "and its keys go on as they did")
    }).pipe(Bench.run)
  )

  it.effect("holds up no job that comes after all keys of its own", () =>
    Effect.gen(function* () {
      const ping = Job.make("ping", { keys: Effect.succeed(["ada", "eve"]) }, ({ trigger }) =>
        trigger === "manual" ? Effect.sleep("3 hours") : Effect.void
      ).pipe(Job.cron("0 * * * *"), Job.parallel)
      const sum = Job.make("sum", Effect.void).pipe(Job.after([ping]), Job.parallel)
      const bench = yield* Bench.daemonOf(Jobs.make(ping, sum))
      yield* verbs(bench, Tick.backfill(ping, { ...range(1), key: "eve" }))
      yield* bench.time.advance("61 minutes")
      assert.lengthOf(yield* bench.store.logOf("sum"), 1)
    }).pipe(Bench.run)
  )

  it.effect("is run to its end by one call of Tick.once", () =>
    Effect.gen(function* () {
      const { begun, report } = noted()
      const bench = yield* Bench.open(Jobs.make(report))
      yield* verbs(bench, Tick.backfill(report, range(31)))
      assert.lengthOf(yield* bench.tick.once, 31)
      assert.isEmpty(yield* bench.tick.once)
      assert.lengthOf(begun, 31)
    }).pipe(Bench.run)
  )

  it.effect("is asked for by a process that runs nothing, also of a key with a cadence of its own", () =>
    Effect.gen(function* () {
      const { begun, report } = noted()
      const keys = Effect.succeed([{ key: "ada", cadence: { cron: "0 9 * * *", zone: "UTC" } }])
      const tenant = Job.make("tenant", { keys }, (run) => Effect.sync(() => void begun.push(run)))
      const jobs = Jobs.make(report, tenant)
      const bench = yield* Bench.daemonOf(jobs)
      const asked = Effect.all([
        TickClient.backfill(report, range(2)),
        TickClient.backfill(tenant, { ...range(2), key: "ada", why: "a move" })
      ]).pipe(
        Effect.provide(TickClient.layer(jobs)),
        Effect.provideService(JobStore.JobStore, bench.store.as("another")),
        Effect.provideService(JobLog.JobLog, bench.store)
      )
      const answers = yield* asked
      assert.deepStrictEqual(
        answers.map(({ keys }) => keys.length),
        [1, 1]
      )
      yield* bench.time.advance("1 minute")
      assert.sameMembers(
        begun.map(({ jobName, key }) => `${jobName} ${key}`),
        ["report ", "report ", "tenant ada", "tenant ada"]
      )
      assert.include(
        (yield* bench.store.log).map(({ reason }) => reason),
        "enqueued: a move"
      )
    }).pipe(Bench.run)
  )

  it.effect("takes back what has not begun once it is cancelled", () =>
    Effect.gen(function* () {
      const { begun, report } = noted(() => Effect.sleep("10 minutes"))
      const bench = yield* Bench.daemonOf(Jobs.make(report))
      const { keys } = yield* verbs(bench, Tick.backfill(report, range(5)))
      yield* bench.time.advance("15 minutes")
      yield* verbs(bench, Tick.cancel(report, { key: keys[0] ?? "" }))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(daysOf(begun), [-4, -3])
      assert.deepStrictEqual(
        (yield* bench.store.log).filter(({ status }) => status !== "control").map(({ status }) => status),
        ["success", "interrupted"]
      )
      const { times } = yield* verbs(bench, Tick.previewBackfill(report, range(5)))
      assert.deepStrictEqual(
        times.map(({ standing }) => standing),
        ["succeeded", "runs", "runs", "runs", "runs"]
      )
    }).pipe(Bench.run)
  )

  it.effect("goes on where it was after a stop and a restart, and gives up a time that fails", () =>
    Effect.gen(function* () {
      const { begun, report } = noted(({ scheduledAt }) =>
        Effect.zipRight(Effect.sleep("10 minutes"), scheduledAt < midnight - day ? Effect.fail("no data") : Effect.void)
      )
      const jobs = Jobs.make(report)
      const { store } = yield* Effect.scoped(
        Effect.gen(function* () {
          const bench = yield* Bench.daemonOf(jobs)
          yield* verbs(bench, Tick.backfill(report, range(4)))
          yield* bench.time.advance("15 minutes")
          return bench
        })
      )
      const bench = yield* Bench.daemonOf(jobs, { store })
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual([...new Set(daysOf(begun))], [-3, -2, -1, 0])
      assert.deepStrictEqual(daysOf(backfilled(yield* store.log)).slice(-1), [0])
      const { times } = yield* verbs(bench, Tick.previewBackfill(report, range(4)))
      assert.deepStrictEqual(
        times.map(({ standing }) => standing),
        ["runs", "runs", "succeeded", "succeeded"]
      )
    }).pipe(Bench.run)
  )

  it.effect("does not run what may have succeeded before the log was pruned", () =>
    Effect.gen(function* () {
      const { report } = noted()
      const bench = yield* Bench.daemonOf(Jobs.make(report))
      yield* bench.time.advance("5 days")
      yield* Effect.provideService(JobLog.prune({ keep: 2 }), JobLog.JobLog, bench.store)
      const now = start + 5 * day
      const { times } = yield* verbs(bench, Tick.previewBackfill(report, range(5, now)))
      assert.deepStrictEqual(
        times.map(({ standing }) => standing),
        ["pruned", "pruned", "pruned", "succeeded", "succeeded"]
      )
    }).pipe(Bench.run)
  )

  it.effect("is refused with what is wrong where it has no calendar, no such range or no such key", () =>
    Effect.gen(function* () {
      const { report } = noted()
      const chat = Job.make("chat", Effect.void).pipe(Job.after([report]))
      const bench = yield* Bench.open(Jobs.make(report, chat))
      const refused = (job: Job.Job<string, unknown, unknown, never>, options: Backfill.Options) =>
        Effect.map(Effect.flip(verbs(bench, Tick.backfill(job, options))), ({ message }) => message)
      assert.strictEqual(
        yield* refused(chat, range(2)),
        'Job "chat": cadence must be Job.every, Job.cron or Job.at, got "after others". Trigger the job, or call Tick.backfill where its code is.'
      )
      assert.match(yield* refused(report, { from: start, to: start }), /^Job "report": to must be later than from, got/)
      assert.match(yield* refused(report, { from: "March", to: start }), /^Job "report": from must be ISO 8601/)
      assert.match(yield* refused(report, { ...range(2), atOnce: 0 }), /atOnce must be an integer from 1 to 100, got 0/)
      assert.match(yield* refused(report, range(20_000)), /must leave at most 10000 planned times/)
      assert.match(yield* refused(report, { ...range(2), key: "ada" }), /^There is no/)
    }).pipe(Bench.run)
  )

  it.effect("runs what has not succeeded and nothing else, whatever fails, whenever it is stopped", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.integer({ min: -30, max: 0 }), { maxLength: 12 }),
          fc.integer({ min: 0, max: 12 }),
          fc.constantFrom(1, 3),
          fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 4 }),
          (failing, back, atOnce, lives) =>
            Effect.runPromise(
              Effect.gen(function* () {
                let hasData = false
                const dayOf = (at: number) => Math.floor((at - midnight) / day)
                const { begun, report } = noted(({ scheduledAt }) =>
                  !hasData && failing.includes(dayOf(scheduledAt)) ? Effect.fail("no data") : Effect.sleep("5 minutes")
                )
                const jobs = Jobs.make(report.pipe(Job.missed("all"), Job.parallel))
                const store = yield* Bench.makeStore
                const live = (minutes: number, use: (bench: Bench.Bench) => Effect.Effect<unknown, unknown>) =>
                  Effect.gen(function* () {
                    const bench = yield* Bench.daemonOf(jobs, { store, clockCheck: "1 hour" })
                    yield* use(bench)
                    yield* bench.time.advance(minutes * minute)
                  }).pipe(Effect.scoped)
                yield* live(back * 24 * 60, () => Effect.void)
                hasData = true
                const known = new Set(
                  (yield* store.log).flatMap((entry) => (entry.status === "success" ? [entry.scheduledAt] : []))
                )
                const before = begun.length
                const now = start + back * day
                const options = { from: now - 30 * day, to: now + day, atOnce }
                yield* live(3, (bench) => verbs(bench, Tick.backfill(report, options)))
                for (const minutes of lives) yield* live(minutes, () => Effect.void)
                yield* live(12 * 60, () => Effect.void)
                const runs = begun.slice(before).filter(({ trigger }) => trigger === "manual")
                const times = runs.map(({ scheduledAt }) => scheduledAt)
                assert.isFalse(times.some((at) => known.has(at)))
                const all = new Set([...known, ...times])
                for (let at = midnight + 9 * hour + (back - 29) * day; at <= now; at += day) assert.isTrue(all.has(at))
                if (atOnce === 1)
                  assert.deepStrictEqual(
                    times,
                    [...times].sort((one, other) => one - other)
                  )
              }).pipe(Bench.run, Effect.orDie, Effect.provide(Logger.remove(Logger.defaultLogger)))
            )
        ),
        { numRuns: 8 }
      )
    )
  )
})
