import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, FastCheck as fc, Schedule } from "effect"
import { Explanation, Job, Jobs, Tick } from "tickwork"
import * as Plan from "../../src/internal/plan/Plan.ts"
import { candidates } from "../support/candidates.ts"

const { hour, minute, second, start } = Bench

const explain = ({ tick }: Pick<Bench.Bench, "tick">, job: Job.Any, key = "") =>
  Effect.provideService(Tick.explain(job, { key }), Tick.Tick, tick)

const said = (bench: Pick<Bench.Bench, "tick">, job: Job.Any, key = "") =>
  Effect.map(explain(bench, job, key), Explanation.toText)

describe("an explanation", () => {
  it.effect("of a job that waits for another says why that waits, its error, and its next check", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const fetch = work
        .job("fetch", 0, Effect.fail("offline"))
        .pipe(Job.every("1 hour"), Job.retry(Schedule.spaced("10 minutes")))
      const index = work.job("index").pipe(Job.after([fetch]))
      const report = work.job("report").pipe(Job.after([index]))
      const bench = yield* Bench.daemonOf(Jobs.make(fetch, index, report))
      yield* bench.time.advance("1 minute")
      const { because, nextCheckAt } = yield* explain(bench, report)
      assert.strictEqual(nextCheckAt, start + 10 * minute)
      assert.deepStrictEqual(because[0]?.because[0]?.jobName, "fetch")
      assert.strictEqual(
        yield* said(bench, report),
        '"report" waits for "index"; "index" waits for "fetch"; "fetch" is backing off until 2026-03-02T12:10:00.000Z, after the error: offline.'
      )
    }).pipe(Bench.run)
  )

  it.effect("of a job that waits for a slot names the job that has it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const long = work.job("long", "10 minutes").pipe(Job.every("1 hour"), Job.priority(1))
      const short = work.job("short").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(long, short))
      yield* bench.time.advance("1 minute")
      assert.strictEqual(
        yield* said(bench, short),
        '"short" waits for a slot: serial; "long" is running since 2026-03-02T12:00:00.000Z.'
      )
      assert.isNull((yield* explain(bench, short)).nextCheckAt)
    }).pipe(Bench.run)
  )

  it.effect("of a condition tells which one was false, and when it is asked again", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("1 hour"), Job.when("there is a network", Effect.succeed(false)))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      assert.strictEqual(
        yield* said(bench, job),
        '"sync" is not due until 2026-03-02T13:00:00.000Z: "there is a network" was false.'
      )
      assert.strictEqual((yield* explain(bench, job)).nextCheckAt, start + hour)
    }).pipe(Bench.run)
  )

  it.effect("of an instance names its key; of what is due says so; of what is not there is refused", () =>
    Effect.gen(function* () {
      const job = Job.make("ping", { keys: Effect.succeed(["ada"]) }, () => Effect.void).pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      assert.strictEqual(yield* said(bench, job, "ada"), '"ada" of "ping" is due.')
      assert.strictEqual((yield* explain(bench, job, "ada")).nextCheckAt, start)
      const refused = yield* Effect.flip(explain(bench, job, "eve"))
      assert.include(refused.message, '"eve" of job "ping"')
    }).pipe(Bench.run)
  )

  it.effect("of a job that waits for many names ten of them, and how many more there are", () =>
    Effect.gen(function* () {
      const keys = Effect.succeed(Array.from({ length: 25 }, (_, n) => `peer ${n}`))
      const ping = Job.make("ping", { keys }, () => Effect.void).pipe(Job.cron("0 0 * * *"))
      const end = Job.make("end", Effect.void).pipe(Job.after([ping]))
      const bench = yield* Bench.daemonOf(Jobs.make(ping, end))
      yield* bench.time.advance(second)
      const text = yield* said(bench, end)
      assert.include(text, '"peer 9" of "ping", and 15 more;')
      assert.strictEqual((yield* explain(bench, end)).because.length, 10)
    }).pipe(Bench.run)
  )

  it.effect("of a graph has each job once, however many ways lead to it", () =>
    Effect.gen(function* () {
      const [depth, width] = [40, 10]
      const layers: Array<ReadonlyArray<Job.Any>> = []
      for (let layer = 0; layer < depth; layer++) {
        const before = layers.at(-1)
        layers.push(
          Arr.makeBy(width, (n) => {
            const job = Job.make(`${layer} ${n}`, Effect.void)
            return before === undefined ? Job.cron(job, "0 0 * * *") : Job.after(job, before)
          })
        )
      }
      const bench = yield* Bench.open(Jobs.make(...layers.flat()))
      const last = layers.at(-1)?.[0] as Job.Any
      const explanation = yield* explain(bench, last)
      assert.strictEqual(explanation.because[0]?.because[0], explanation.because[1]?.because[0])
      const text = Explanation.toText(explanation)
      assert.strictEqual(text.split("; ").length, 1 + (depth - 1) * width)
    }).pipe(Bench.run)
  )

  it.effect("of a chain of thousands of jobs names the one at its beginning", () =>
    Effect.gen(function* () {
      const first: Job.Any = Job.cron(Job.make("job 0", Effect.void), "0 0 * * *")
      const chain = [first]
      for (let n = 1; n < 3000; n++) chain.push(Job.after(Job.make(`job ${n}`, Effect.void), [chain[n - 1] ?? first]))
      const bench = yield* Bench.open(Jobs.make(...chain))
      const text = yield* said(bench, chain.at(-1) ?? first)
      assert.match(text, /^"job 2999" waits for "job 2998"; .*; "job 0" is not due until 2026-03-03T00:00:00.000Z\.$/)
    }).pipe(Bench.run)
  )
})

describe("law 9, Purity", () => {
  it("equal candidates, places and instants give equal plans and explanations, to the byte", () => {
    fc.assert(
      fc.property(
        fc.nat(200_000).chain((now) => fc.tuple(candidates(now), fc.constant(now))),
        ([all, now]) => {
          const places = { serial: 1, parallel: 4 }
          const told = () =>
            JSON.stringify([
              Plan.decide(all, places, now).map(({ candidate, decision }) => [
                candidate.state.jobName,
                candidate.state.key,
                decision
              ]),
              all.map(({ state }) => Plan.explain(all, places, now, state))
            ])
          assert.strictEqual(told(), told())
          assert.notInclude(told(), "undefined")
        }
      ),
      { seed: 9, numRuns: 100 }
    )
  })
})
