import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Layer, Schema } from "effect"
import { Job, JobStore, Jobs, Limit, Tick, TickClient } from "tickwork"

const wrongTexts = ["\ud800", "order \ud83d", "a\u001b[2Jb", "a\u202eb", "a\u2028b", "a\u0000b", "a\u200fb"]

const within = <A, E>({ tick }: Pick<Bench.Bench, "tick">, effect: Effect.Effect<A, E, Tick.Tick>) =>
  Effect.provideService(effect, Tick.Tick, tick)

describe("text that no store keeps exactly", () => {
  it("is refused as the name of a job, of a limit and of a former job", () => {
    for (const text of wrongTexts) {
      const hourly = Job.every("1 hour")
      const jobs = [
        Job.make(text as string, Effect.void).pipe(hourly),
        Job.make("limited" as string, Effect.void).pipe(hourly, Job.limit(Limit.make(text, 1))),
        Job.make("renamed" as string, Effect.void).pipe(hourly, Job.renamedFrom(text))
      ]
      const faults = Jobs.faults(Jobs.make(...jobs))
      assert.deepStrictEqual(
        faults.map((fault) => fault._tag === "InvalidOption" && fault.option),
        ["name", "limit", "renamedFrom"]
      )
    }
  })

  it.effect("is refused as the key of an enqueued run, so that none is lost", () =>
    Effect.gen(function* () {
      const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
      const bench = yield* Bench.open(Jobs.make(mail))
      for (const key of wrongTexts) {
        for (const refused of [
          Effect.asVoid(Tick.enqueue(mail, 1, { key })),
          Effect.asVoid(Tick.enqueueAll(mail, [1, 2], { key: (n) => (n === 1 ? "one" : key) }))
        ]) {
          const error = yield* Effect.flip(within(bench, refused))
          assert.strictEqual(error._tag === "EnqueueError" && error.option, "key")
          assert.notMatch(error.message, /[\p{Cc}\p{Cs}\u202e\u2028\u200f]/u)
        }
      }
      assert.deepStrictEqual(yield* bench.store.pending, [])
    }).pipe(Bench.run)
  )

  it.effect("is passed over as a listed key, which an event names, and the others run", () =>
    Effect.gen(function* () {
      for (const key of wrongTexts) {
        const ran: Array<string> = []
        const ping = Job.make("ping", { keys: Effect.succeed(["ada", key]) }, (run) =>
          Effect.sync(() => ran.push(run.key))
        )
        const beat = Job.make("beat", (run) => Effect.sync(() => ran.push(run.jobName)))
        const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(Job.every("1 hour")), beat.pipe(Job.every("1 hour"))))
        yield* bench.time.advance("61 minutes")
        assert.deepStrictEqual([...ran].sort(), ["ada", "ada", "beat", "beat"])
        const errors = bench.events.flatMap((event) => (event._tag === "KeysFailed" ? [event.error] : []))
        assert.include(errors[0], "which is left out")
        assert.notMatch(errors.join(), /[\p{Cc}\p{Cs}\u202e\u2028\u200f]/u)
      }
    }).pipe(Bench.run)
  )

  it.effect("names no instance that a request could be about", () =>
    Effect.gen(function* () {
      const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
      const purge = Job.make("purge", Effect.void).pipe(Job.every("1 hour"))
      const jobs = Jobs.make(mail, purge)
      const requests = (
        job: Job.Any,
        key: string
      ): ReadonlyArray<Effect.Effect<void, { readonly _tag: string }, Tick.Tick | TickClient.TickClient>> => [
        ...[Tick.cancel, Tick.trigger, Tick.forget].map((verb) => verb(job, { key })),
        ...[TickClient.cancel, TickClient.trigger, TickClient.forget].map((verb) => verb(job, { key }))
      ]
      const both = Layer.merge(Tick.layer(jobs), TickClient.layer(jobs)).pipe(Layer.provideMerge(JobStore.layerMemory))
      yield* Effect.gen(function* () {
        const store = yield* JobStore.JobStore
        for (const key of wrongTexts)
          for (const job of [mail, purge] as ReadonlyArray<Job.Any>)
            for (const refused of requests(job, key))
              assert.strictEqual((yield* Effect.flip(refused))._tag, "InstanceNotFoundError")
        assert.deepStrictEqual(yield* store.pending, [])
      }).pipe(Effect.provide(both))
    })
  )

  it.effect("is shown by number in who sends a request and why, and the request is done", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* within(bench, Tick.pause(job, { by: "al\u0000ice \ud83d", why: "the server\r\nmoves \u001b[2J\u202e" }))
      const [entry] = (yield* bench.store.logOf("sync")).filter(({ status }) => status === "control")
      assert.strictEqual(entry?.reason, "paused by al\\u{0}ice \\u{d83d}: the server moves \\u{1b}[2J\\u{202e}")
      const { position } = yield* bench.store.state("sync")
      assert.deepStrictEqual(
        [position.paused?.by, position.paused?.why],
        ["al\\u{0}ice \\u{d83d}", "the server moves \\u{1b}[2J\\u{202e}"]
      )
    }).pipe(Bench.run)
  )

  it.effect("is shown by number where another process stores it in a request", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* bench.tick.once
      const by = { by: "eve\u001b[2J", why: "\ud800" }
      const request = { jobName: "sync", key: "", at: Bench.start, dueAt: null, payload: null }
      yield* bench.store.as("other").submit([
        { verb: "pause", ...request, ...by },
        { verb: "trigger", ...request, ...by }
      ])
      const daemon = yield* Bench.fork(bench.tick.run)
      yield* bench.time.advance("2 minutes")
      yield* Bench.stop(daemon)
      const reasons = (yield* bench.store.logOf("sync")).flatMap(({ reason }) => (reason === null ? [] : [reason]))
      assert.deepStrictEqual(reasons, ["paused by eve\\u{1b}[2J: \\u{d800}", "triggered by eve\\u{1b}[2J: \\u{d800}"])
    }).pipe(Bench.run)
  )

  it.effect("is shown by number in the reason of a condition", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync")
      const low = job.pipe(Job.every("1 hour"), Job.when("keys\nare \u001b[2Jlow", Effect.succeed(false)))
      const bench = yield* Bench.open(Jobs.make(low))
      const [run] = yield* bench.tick.once
      assert.strictEqual(run?.reason, "keys are \\u{1b}[2Jlow")
      const [status] = yield* bench.tick.status
      assert.strictEqual(status?.decision._tag, "Wait")
    }).pipe(Bench.run)
  )
})
