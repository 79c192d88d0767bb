import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Either, FastCheck as fc, Schedule } from "effect"
import { Decision, Job, JobState, type JobStatus, Jobs, Limit } from "tickwork"
import * as Plan from "../../src/internal/plan/Plan.ts"
import * as Registry from "../../src/internal/plan/Registry.ts"
import { faultsOf, share, sharer } from "../support/places.ts"

const hourly = Job.every("1 hour")
const isDue = ({ decision }: JobStatus.JobStatus) =>
  decision._tag === "Run" || (decision.reason._tag === "NoFreeSlot" && decision._tag === "Wait")

const load = fc.record({
  jobs: fc.array(
    fc.record({
      sharer,
      takes: fc.constantFrom(0, 300, 1000, 7000, 25_000),
      apart: fc.constantFrom(0, 1, 2000, 20_000, 60_000)
    }),
    { minLength: 2, maxLength: 14 }
  ),
  concurrency: fc.integer({ min: 1, max: 4 })
})

describe("law 4, Order, in places of every kind", () => {
  it.effect.prop(
    "no job starts while a due one before it waits for the same slot; the plan says what starts",
    [load],
    ([{ concurrency, jobs }]) =>
      Effect.gen(function* () {
        const running = new Set<string>()
        const facts = new Map(jobs.map((one, n) => [`job ${String(n).padStart(2, "0")}`, one]))
        const found: Array<string> = []
        let bench: Bench.Bench | undefined
        const made = [...facts].map(([name, { apart, sharer, takes }]) => {
          const body = Effect.gen(function* () {
            running.add(name)
            if (bench !== undefined) found.push(...(yield* look(bench, name)))
            if (takes > 0) yield* Effect.sleep(takes)
            running.delete(name)
          })
          return Job.make(name, body).pipe(Job.schedule(Schedule.spaced(apart + 1000)), share(sharer))
        })
        const registry = Jobs.make(...made)
        const registered = new Map(Either.getOrThrow(Registry.validate(registry)).map((one) => [one.job.name, one]))
        const look = ({ store, tick, time }: Bench.Bench, started: string) =>
          Effect.gen(function* () {
            const now = yield* time.now
            const all = yield* tick.status
            const present = (name: string, since: number) => ({
              ...(facts.get(name) ?? assert.fail(name)).sharer,
              name,
              since
            })
            const due = all.filter((one) => isDue(one) && !running.has(one.jobName))
            const wrong = faultsOf({
              now,
              concurrency,
              started: present(
                started,
                all.find((one) => one.jobName === started)?.state.position.nextAt ?? Number.NaN
              ),
              running: [...running].map((name) => present(name, 0)),
              due: due.map(({ jobName, state }) => present(jobName, state.position.nextAt ?? Number.NaN))
            })
            const candidates = all.map((one): Plan.Candidate => {
              const isOurs = isDue(one) || one.jobName === started
              return {
                registered: registered.get(one.jobName) ?? assert.fail(one.jobName),
                state: isOurs ? JobState.released(one.state) : one.state,
                runningSince: running.has(one.jobName) && one.jobName !== started ? now : null
              }
            })
            const planned = Plan.decide(candidates, { serial: 1, parallel: concurrency }, now)
            const decision = planned.find(({ candidate }) => candidate.registered.job.name === started)?.decision
            assert.strictEqual(store.owner.id, all.find((one) => one.jobName === started)?.state.claim.owner)
            return decision?._tag === "Run"
              ? wrong
              : [...wrong, `${started}: ${decision === undefined ? "" : Decision.toText(decision)}`]
          })
        bench = yield* Bench.daemonOf(registry, { concurrency })
        let before: ReadonlyArray<string> = []
        for (let passed = 0; passed < 120; passed += 1) {
          yield* bench.time.advance("1 second")
          const idle = (yield* bench.tick.status).filter(({ decision }) => decision._tag === "Run")
          const now = idle.map(({ jobName, state }) => `${jobName} at ${state.position.nextAt}`)
          assert.deepStrictEqual(
            now.filter((one) => before.includes(one)),
            [],
            "what has its places begins within a second"
          )
          before = now
          assert.strictEqual(found.join(), "")
        }
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: 40 } }
  )
})

describe("places", () => {
  it.effect("an exclusive job runs alone, and while it waits nothing of a lower order starts", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time, tick } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("running", "10 seconds").pipe(hourly, Job.parallel, Job.priority(1)),
          work.job("alone", "5 seconds").pipe(hourly, Job.exclusive, Job.priority(2)),
          work.job("parallel", "1 second").pipe(hourly, Job.parallel, Job.priority(3)),
          work.job("serial", "1 second").pipe(hourly, Job.priority(3)),
          work.job("urgent", "1 second").pipe(Job.cron("3 0 12 * * *"), Job.priority(1))
        )
      )
      const waits = (yield* tick.status).filter(isDue).map(({ decision, jobName }) => [jobName, decision])
      const exclusive = Decision.wait(Decision.Reason.NoFreeSlot({ place: "exclusive" }))
      assert.deepStrictEqual(
        waits,
        ["alone", "parallel", "serial"].map((name) => [name, exclusive])
      )
      yield* time.advance("1 minute")
      const starts = ["running", "urgent", "alone", "parallel", "serial"].map((name) => work.starts(name)[0])
      assert.deepStrictEqual(starts, [0, 3000, 10_000, 15_000, 15_000])
    }).pipe(Bench.run)
  )

  it.effect("a limit holds for all jobs that name it, serial and parallel ones alike", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const all = ["a", "b", "c", "d", "e", "f"].map((name, n) =>
        work
          .job(name, "10 seconds")
          .pipe(hourly, Job.limit(Limit.make("network", 2)), n % 2 === 0 ? Job.parallel : Job.serial)
      )
      const { time } = yield* Bench.daemonOf(Jobs.make(...all), { concurrency: 9 })
      yield* time.advance("5 minutes")
      assert.strictEqual(work.mostAtOnce(), 2)
      assert.deepStrictEqual(work.names(), ["a", "b", "c", "d", "e", "f"])
    }).pipe(Bench.run)
  )

  it.effect("what waits for a limit keeps one unit of each of its places, and no more", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const network = ["n1", "n2", "n3", "n4"].map((name) =>
        work.job(name, "10 seconds").pipe(hourly, Job.parallel, Job.limit(Limit.make("network", 1)), Job.priority(1))
      )
      const plain = ["p1", "p2", "p3"].map((name) => work.job(name, "10 seconds").pipe(hourly, Job.parallel))
      const { tick, time } = yield* Bench.daemonOf(Jobs.make(...network, ...plain), { concurrency: 4 })
      assert.deepStrictEqual(work.names(), ["n1", "p1", "p2"])
      const waits = (yield* tick.status).filter(isDue).map(({ decision }) => Decision.toText(decision))
      assert.deepStrictEqual(waits, [...Array(3).fill("waits for a slot: network"), "waits for a slot: parallel"])
      yield* time.advance("10 seconds")
      assert.sameMembers(work.names().slice(3), ["n2", "p3"])
    }).pipe(Bench.run)
  )

  it.effect("a job with several limits starts when all of them are free, and takes them together", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work
            .job("network", "4 seconds")
            .pipe(hourly, Job.parallel, Job.priority(1), Job.limit(Limit.make("network", 1))),
          work.job("disk", "9 seconds").pipe(hourly, Job.parallel, Job.priority(1), Job.limit(Limit.make("disk", 1))),
          work
            .job("both", "3 seconds")
            .pipe(
              hourly,
              Job.parallel,
              Job.priority(2),
              Job.limit(Limit.make("network", 1)),
              Job.limit(Limit.make("disk", 1))
            ),
          work.job("later", "1 second").pipe(hourly, Job.parallel, Job.priority(3), Job.limit(Limit.make("network", 1)))
        )
      )
      yield* time.advance("1 minute")
      const starts = ["network", "disk", "both", "later"].map((name) => work.starts(name)[0])
      assert.deepStrictEqual(starts, [0, 0, 9000, 12_000], "a free network is kept for what waits for the disk")
    }).pipe(Bench.run)
  )

  it.effect("several calls at the same time keep exclusive jobs alone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = ["a", "b", "c"].map((name) => work.job(name, "2 seconds").pipe(hourly, Job.exclusive))
      const { tick, time } = yield* Bench.open(Jobs.make(...jobs))
      yield* Bench.fork(tick.once)
      yield* Bench.fork(tick.once)
      yield* time.advance("1 minute")
      assert.strictEqual(work.mostAtOnce(), 1)
      assert.deepStrictEqual(work.names(), ["a", "b", "c"])
    }).pipe(Bench.run)
  )
})
