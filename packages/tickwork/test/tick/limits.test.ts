import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber, Schema } from "effect"
import { Job, Jobs, type TickEvent } from "tickwork"
import * as KeyList from "../../src/internal/engine/KeyList.ts"
import { ending } from "../support/attempts.ts"
import { makeLog } from "../support/log.ts"

const { minute, second, start } = Bench

const errorsOf = (events: ReadonlyArray<TickEvent.TickEvent>) =>
  events.flatMap((event) => (event._tag === "KeysFailed" ? [event.error] : []))

describe("a list of keys", () => {
  const endless = () => {
    const listed = { closed: 0 }
    function* keys() {
      try {
        for (let n = 0; ; n++) yield `peer ${n}`
      } finally {
        listed.closed += 1
      }
    }
    return { listed, keys: Effect.sync(keys) }
  }

  it.effect.each([
    ["its bound", { mostKeys: 2500 }, 2500],
    ["a million keys", {}, 1_000_000]
  ] as const)("without end fails at %s, is closed, and the other jobs run", ([, options, most]) =>
    Effect.gen(function* () {
      const { keys, listed } = endless()
      const work = Bench.makeWork()
      const ping = Job.make("ping", { keys, ...options }, () => Effect.void).pipe(Job.every("1 minute"))
      const bench = yield* Bench.daemonOf(Jobs.make(ping, work.job("beat").pipe(Job.every("1 minute"))))
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(work.starts("beat"), [0, minute])
      const error = `a list must have at most ${most} keys, got more. List fewer, or raise the job's mostKeys`
      assert.strictEqual(errorsOf(bench.events)[0], error)
      assert.isAbove(listed.closed, 0)
    }).pipe(Bench.run)
  )

  it.effect("that is too long leaves the last one as it is", () =>
    Effect.gen(function* () {
      let peers = ["ada", "grace"]
      const keys = Effect.sync(() => peers)
      const ran: Array<string> = []
      const ping = Job.make("ping", { keys, mostKeys: 2 }, (run) => Effect.sync(() => ran.push(run.key)))
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(Job.every("1 hour"))))
      assert.deepStrictEqual(ran, ["ada", "grace"])
      peers = ["eve", "mallory", "trent"]
      yield* bench.time.advance("61 minutes")
      assert.deepStrictEqual(ran, ["ada", "grace", "ada", "grace"])
      assert.include(errorsOf(bench.events)[0], "at most 2 keys")
    }).pipe(Bench.run)
  )

  it.live("that is long leaves timers their turns, and a failing one is an error", () =>
    Effect.gen(function* () {
      let beats = 0
      const beating = yield* Effect.fork(
        Effect.forever(
          Effect.zipRight(
            Effect.sleep(1),
            Effect.sync(() => ++beats)
          )
        )
      )
      const list = Array.from({ length: 100_000 }, (_, n) => `peer ${n}`)
      const keys = { refresh: "1 minute", atMost: 1_000_000 } as const
      const { error, keys: taken } = yield* KeyList.list({ ...keys, list: Effect.succeed(list) })
      yield* Fiber.interrupt(beating)
      assert.strictEqual(taken?.size, list.length)
      assert.isNull(error)
      assert.isAbove(beats, 20)
      const broken = {
        [Symbol.iterator]: (): Iterator<string> => ({
          next: () => {
            throw new Error("no more peers")
          }
        })
      }
      assert.deepStrictEqual(yield* KeyList.list({ ...keys, list: Effect.succeed(broken) }), {
        keys: null,
        error: "Error: no more peers"
      })
    })
  )

  it("has a bound of at least one key", () => {
    for (const mostKeys of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const ping = Job.make("ping", { keys: Effect.succeed(["ada"]), mostKeys }, () => Effect.void)
      const [fault] = Jobs.faults(Jobs.make(ping.pipe(Job.every("1 hour"))))
      assert.strictEqual(fault?._tag === "InvalidOption" ? fault.option : null, "mostKeys")
    }
  })
})

describe("onAlert", () => {
  type Told = TickEvent.Alert | TickEvent.Recovered

  /** Fails and succeeds in turn, each minute. */
  const flapping = (name: string) =>
    ending(
      name,
      ...Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? ("fails" as const) : ("succeeds" as const)))
    ).job.pipe(Job.every("10 seconds"), Bench.withoutRetry, Job.alertAfter(1), Job.parallel)

  it.effect.each([
    ["30 seconds", {}, 30 * second],
    ["the time of its own", { alertTimeout: "2 minutes" }, 2 * minute]
  ] as const)("that hangs is interrupted after %s, and the log says so", ([, options, ms]) =>
    Effect.gen(function* () {
      const log = makeLog()
      const calls: Array<readonly [string, from: number, to: number]> = []
      const onAlert = ({ _tag }: Told) =>
        Effect.gen(function* () {
          const clock = yield* Effect.clock
          const from = clock.unsafeCurrentTimeMillis() - start
          return yield* Effect.onInterrupt(Effect.never, () =>
            Effect.sync(() => calls.push([_tag, from, clock.unsafeCurrentTimeMillis() - start]))
          )
        })
      const job = ending("bad", "fails").job.pipe(Job.every("1 hour"), Bench.withoutRetry, Job.alertAfter(1))
      const bench = yield* Bench.open(Jobs.make(job), { onAlert, ...options })
      yield* bench.tick.once.pipe(Effect.provide(log.layer))
      yield* bench.time.advance(ms - 1)
      assert.deepStrictEqual(calls, [])
      yield* bench.time.advance(1)
      assert.deepStrictEqual(calls, [["Alert", 0, ms]])
    }).pipe(Bench.run)
  )

  it.effect("is called once at a time for each job, and gets the newest of what came meanwhile", () =>
    Effect.gen(function* () {
      const running = { now: 0, most: 0 }
      const called: Array<string> = []
      const onAlert = (alert: Told) =>
        Effect.gen(function* () {
          called.push(`${alert._tag} ${alert.jobName}`)
          running.now += 1
          running.most = Math.max(running.most, running.now)
          yield* alert.jobName === "quick" ? Effect.void : Effect.sleep("25 seconds")
          running.now -= 1
        })
      const bench = yield* Bench.daemonOf(Jobs.make(flapping("slow"), flapping("quick")), { onAlert, drain: 0 })
      yield* bench.time.advance("59 seconds")
      const of = (name: string) => called.filter((call) => call.endsWith(name))
      assert.deepStrictEqual(of("quick"), ["Alert quick", "Recovered quick", "Alert quick", ...of("quick").slice(3)])
      assert.lengthOf(of("quick"), 6)
      // at 25 s the alert of 20 s is the newest, at 50 s the recovery of 50 s
      assert.deepStrictEqual(of("slow"), ["Alert slow", "Alert slow", "Recovered slow"])
      assert.isAtMost(running.most, 2)
    }).pipe(Bench.run)
  )

  it.effect("loses no instance of a job with keys while it is slow", () =>
    Effect.gen(function* () {
      const called: Array<string> = []
      const onAlert = ({ key }: Told) =>
        Effect.zipRight(
          Effect.sync(() => called.push(key)),
          Effect.sleep("5 seconds")
        )
      const keys = Effect.succeed(["a", "b", "c", "d"])
      const ping = Job.make("ping", { keys }, () => Effect.fail("no luck")).pipe(
        Job.every("1 hour"),
        Bench.withoutRetry,
        Job.alertAfter(1)
      )
      const bench = yield* Bench.daemonOf(Jobs.make(ping), { onAlert })
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(called, ["a", "b", "c", "d"])
    }).pipe(Bench.run)
  )
})

describe("a run that another process enqueues in the table", () => {
  it.effect.each([
    ["is empty", ""],
    ["holds an escape sequence", "a\u001b[2J"],
    ["is a megabyte long", "x".repeat(1_000_000)],
    ["holds half a character", "\ud800"]
  ] as ReadonlyArray<readonly [string, string]>)(
    "under a key that %s is refused, which an event says, and is done",
    ([, key]) =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        const mail = Job.make("mail", { payload: Schema.String }, (run) => Effect.sync(() => sent.push(run.payload)))
        const bench = yield* Bench.open(Jobs.make(mail))
        const request = { verb: "enqueue", jobName: "mail", at: start, by: "", why: "", dueAt: null } as const
        yield* bench.store.as("other").submit([
          { ...request, key, payload: { value: "no" } },
          { ...request, key: "fine", payload: { value: "yes" } }
        ])
        const daemon = yield* Bench.fork(bench.tick.run)
        yield* bench.time.advance("2 minutes")
        yield* Bench.stop(daemon)
        assert.deepStrictEqual(sent, ["yes"])
        assert.deepStrictEqual(yield* bench.store.pending, [])
        const [refused, ...more] = bench.events.filter(({ _tag }) => _tag === "RequestRefused")
        assert.deepStrictEqual(more, [])
        assert.deepInclude(refused, { jobName: "mail", verb: "enqueue", id: 1 })
        const shown = JSON.stringify([refused])
        assert.include(shown, "a key must be well-formed text of 1 to 200 characters")
        assert.isBelow(shown.length, 1000)
      }).pipe(Bench.run)
  )
})
