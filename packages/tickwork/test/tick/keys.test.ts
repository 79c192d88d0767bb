import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schedule } from "effect"
import { Decision, type InvalidJobs, Job, Jobs, type Run, Tick } from "tickwork"
import * as Registry from "../../src/internal/plan/Registry.ts"

const { hour, minute, second, start } = Bench

/** Peers that come and go, and the job that pings each of them. */
const peersOf = (...first: ReadonlyArray<string>) => {
  const peers = {
    now: first as Iterable<string>,
    lists: 0,
    runs: [] as Array<Run.Run>,
    /** What the next lists do in place of answering. */
    instead: null as Effect.Effect<ReadonlyArray<string>, unknown> | null
  }
  const keys = Effect.suspend(() => {
    peers.lists += 1
    return peers.instead ?? Effect.succeed(peers.now)
  })
  const ping = Job.make("ping", { keys }, (run) =>
    Effect.suspend(() => {
      peers.runs.push(run)
      return run.key === "down" ? Effect.fail("offline" as const) : Effect.void
    })
  )
  const pinged = () => peers.runs.map(({ key, startedAt }) => `${key} ${(startedAt - start) / minute}`)
  return { peers, keys, ping, pinged }
}

const hourly = Job.every("1 hour")

const statusOf = ({ tick }: Pick<Bench.Bench, "tick">, key: string) =>
  Effect.map(tick.status, (all) => all.find((status) => status.key === key))

const refresh = ({ tick }: Pick<Bench.Bench, "tick">) => Effect.orDie(tick.refreshKeys())

describe("a job with keys", () => {
  it.effect("has an instance for each key, which is told its key, and a history of its own", () =>
    Effect.gen(function* () {
      const { ping, pinged } = peersOf("ada", "grace")
      const { store, tick } = yield* Bench.open(Jobs.make(ping.pipe(hourly)))
      assert.deepStrictEqual(
        (yield* tick.once).map(({ key, seq }) => [key, seq]),
        [
          ["ada", 1],
          ["grace", 1]
        ]
      )
      assert.deepStrictEqual(pinged(), ["ada 0", "grace 0"])
      const log = yield* store.entries({ jobName: "ping", key: "grace" })
      assert.deepStrictEqual(
        log.map(({ status }) => status),
        ["success"]
      )
    }).pipe(Bench.run)
  )

  it.effect("retries, pauses and runs by hand what concerns one key alone", () =>
    Effect.gen(function* () {
      const { ping, pinged } = peersOf("down", "up")
      const job = ping.pipe(hourly, Job.retry(Schedule.spaced("10 minutes")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("25 minutes")
      assert.deepStrictEqual(pinged(), ["down 0", "up 0", "down 10", "down 20"])
      const decision = (yield* statusOf(bench, "down"))?.decision
      assert.deepStrictEqual(decision, Decision.wait(Decision.Reason.BackingOff({ until: start + 30 * minute })))

      yield* Effect.provideService(Tick.pause(job, { key: "down" }), Tick.Tick, bench.tick)
      yield* Effect.provideService(Tick.trigger(job, { key: "up" }), Tick.Tick, bench.tick)
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(pinged().slice(4), ["up 25", "up 60"])
    }).pipe(Bench.run)
  )

  it.effect("refuses a request for a key that it does not have, and names it", () =>
    Effect.gen(function* () {
      const { ping } = peersOf("ada")
      const job = ping.pipe(hourly)
      const { tick } = yield* Bench.open(Jobs.make(job))
      const refused = yield* Effect.flip(Effect.provideService(Tick.trigger(job, { key: "eve" }), Tick.Tick, tick))
      assert.include(refused.message, '"eve"')
    }).pipe(Bench.run)
  )

  it.effect("row `keys`: they are listed at start, and every minute, at a wake-up that comes anyway", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf()
      const { time } = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      assert.strictEqual(peers.lists, 1)
      peers.now = ["ada"]
      yield* time.advance("59 seconds")
      assert.strictEqual(peers.lists, 1)
      yield* time.advance("1 second")
      assert.deepStrictEqual([peers.lists, pinged()], [2, ["ada 1"]])
    }).pipe(Bench.run)
  )

  it.effect("row `keys`: a host that calls once has them listed when they are a minute old", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const { tick, time } = yield* Bench.open(Jobs.make(ping.pipe(hourly)))
      yield* tick.once
      peers.now = ["ada", "grace"]
      yield* time.advance("59 seconds")
      yield* tick.once
      assert.strictEqual(peers.lists, 1)
      yield* time.advance("1 second")
      yield* tick.once
      assert.deepStrictEqual(pinged(), ["ada 0", "grace 1"], "what is new runs in the same call")
    }).pipe(Bench.run)
  )

  it.effect("row `keys`: with a longer refresh they are listed then, and when an instance is due", () =>
    Effect.gen(function* () {
      const { keys, peers } = peersOf("ada")
      const job = Job.make("slow", { keys, refresh: "2 hours" }, () => Effect.void).pipe(Job.every("50 minutes"))
      const { time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance("49 minutes")
      assert.strictEqual(peers.lists, 1)
      yield* time.advance("1 minute")
      assert.strictEqual(peers.lists, 2, "an instance is due")
      peers.now = []
      yield* time.advance("50 minutes")
      assert.strictEqual(peers.lists, 3, "and another time")
      yield* time.advance("50 minutes")
      assert.strictEqual(peers.lists, 4, "and once more: it rests")
      yield* time.advance("119 minutes")
      assert.strictEqual(peers.lists, 4)
      yield* time.advance("1 minute")
      assert.strictEqual(peers.lists, 5, "two hours have passed")
    }).pipe(Bench.run)
  )

  it.effect("lists at once where Tick.refreshKeys says so, also beside a daemon", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      yield* bench.time.advance("10 seconds")
      peers.now = ["ada", "grace"]
      yield* refresh(bench)
      yield* bench.time.settle
      assert.deepStrictEqual([peers.lists, pinged().length], [2, 2])
    }).pipe(Bench.run)
  )
})

describe("a key that is listed no more", () => {
  it.effect("row `keys`: rests after two listings without it, and its decision says so", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada", "grace")
      const bench = yield* Bench.open(Jobs.make(ping.pipe(hourly)))
      yield* bench.tick.once
      peers.now = ["ada"]
      yield* refresh(bench)
      yield* bench.time.advance("1 minute")
      assert.strictEqual((yield* statusOf(bench, "grace"))?.decision._tag, "Wait")
      assert.deepStrictEqual(
        (yield* statusOf(bench, "grace"))?.decision,
        Decision.wait(Decision.Reason.NotDue({ until: start + hour })),
        "one list may lack it by mistake"
      )
      yield* refresh(bench)
      const resting = Decision.wait(Decision.Reason.KeyRemoved({ since: start + minute }))
      assert.deepStrictEqual((yield* statusOf(bench, "grace"))?.decision, resting)
      yield* bench.time.advance("2 hours")
      yield* bench.tick.once
      assert.deepStrictEqual(pinged(), ["ada 0", "grace 0", "ada 121"])
    }).pipe(Bench.run)
  )

  it.effect("goes on where it was when it is back, and what it missed is in the log", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      peers.now = []
      yield* bench.time.advance("150 minutes")
      peers.now = ["ada"]
      yield* bench.time.advance("60 minutes")
      assert.deepStrictEqual(pinged(), ["ada 0", "ada 151", "ada 180"])
      const verdicts = (yield* bench.store.log).filter(({ status }) => status === "skipped")
      assert.deepStrictEqual(
        verdicts.map(({ count, reason }) => [count, reason]),
        [[2, "missed: not listed"]]
      )
    }).pipe(Bench.run)
  )

  it.effect("does not rest while it flickers", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      for (let round = 0; round < 65; round++) {
        peers.now = round % 2 === 0 ? [] : ["ada"]
        yield* bench.time.advance("1 minute")
      }
      assert.deepStrictEqual(pinged(), ["ada 0", "ada 60"])
    }).pipe(Bench.run)
  )

  it.effect("ends what it is at, is retried no more, and can be run by hand", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("down")
      const job = ping.pipe(hourly, Job.retry(Schedule.spaced("10 minutes")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      peers.now = []
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(pinged(), ["down 0"])
      yield* Effect.provideService(Tick.trigger(job, { key: "down" }), Tick.Tick, bench.tick)
      yield* bench.time.settle
      assert.deepStrictEqual(pinged(), ["down 0", "down 60"])
    }).pipe(Bench.run)
  )

  it.effect("rests after a restart, once a second list has not named it either", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada", "grace")
      const jobs = Jobs.make(ping.pipe(hourly))
      const first = yield* Bench.open(jobs)
      yield* first.tick.once
      peers.now = ["ada"]
      const store = yield* Bench.throughJson(first.store)
      const bench = yield* Bench.open(jobs, { store })
      assert.strictEqual(peers.lists, 3)
      yield* bench.time.advance("1 hour")
      yield* bench.tick.once
      assert.deepStrictEqual(pinged(), ["ada 0", "grace 0", "ada 60"])
    }).pipe(Bench.run)
  )
})

describe("keys that cannot be listed", () => {
  it.effect.each([
    ["fail", Effect.fail("no such table"), "no such table"],
    ["die", Effect.die(new Error("broken")), "Error: broken"],
    ["are not answered", Effect.never, "Error: no answer within 5 seconds"]
  ] as const)("row `keys`: that %s leave the last ones as they are, and are told of", ([, instead, error]) =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      peers.instead = instead
      yield* bench.time.advance("61 minutes")
      assert.deepStrictEqual(pinged(), ["ada 0", "ada 60"])
      const failed = bench.events.filter(({ _tag }) => _tag === "KeysFailed")
      assert.deepStrictEqual(failed[0], { _tag: "KeysFailed", jobName: "ping", error })
    }).pipe(Bench.run)
  )

  it.effect("at start leave those that are stored, and do not keep the tick from opening", () =>
    Effect.gen(function* () {
      const { peers, ping, pinged } = peersOf("ada")
      const jobs = Jobs.make(ping.pipe(hourly))
      const first = yield* Bench.open(jobs)
      yield* first.tick.once
      peers.instead = Effect.fail("no such table")
      const bench = yield* Bench.daemonOf(jobs, { store: yield* Bench.throughJson(first.store) })
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(pinged(), ["ada 0", "ada 60"])
    }).pipe(Bench.run)
  )

  it.effect("since they are no keys are passed over and told of, and the others are used", () =>
    Effect.gen(function* () {
      const { ping, pinged } = peersOf("", "ada", "a\u0000b", "x".repeat(201), "ada")
      const bench = yield* Bench.daemonOf(Jobs.make(ping.pipe(hourly)))
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(pinged(), ["ada 0"])
      const [failed] = bench.events.filter(({ _tag }) => _tag === "KeysFailed")
      assert.deepStrictEqual(failed, {
        _tag: "KeysFailed",
        jobName: "ping",
        error:
          'a key must be well-formed text of 1 to 200 characters without control characters and without "@backfill-", got "", which is left out'
      })
    }).pipe(Bench.run)
  )

  it.effect("hold up no other job, and no stop", () =>
    Effect.gen(function* () {
      const { peers, ping } = peersOf("ada")
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(ping.pipe(hourly), work.job("sync").pipe(Job.every("1 second"))))
      const fiber = yield* Bench.fork(bench.tick.run)
      peers.instead = Effect.never
      yield* bench.time.advance("63 seconds")
      assert.strictEqual(work.starts("sync").length, 64)
      assert.isBelow(yield* Bench.stop(fiber), second)
    }).pipe(Bench.run)
  )
})

describe("many keys", () => {
  it.effect("law 7, Idle: ten due ones of 20,000 cost the store what ten of ten cost", () =>
    Effect.gen(function* () {
      const callsWith = (many: number) =>
        Effect.gen(function* () {
          const keys = Effect.succeed(Array.from({ length: many }, (_, n) => `peer ${n}`))
          const job = Job.make("ping", { keys, refresh: "1 day" }, () => Effect.void).pipe(
            Job.every("1 day"),
            Job.parallel
          )
          const bench = yield* Bench.open(Jobs.make(job))
          yield* bench.tick.once
          yield* bench.time.advance("1 hour")
          for (let n = 0; n < 10; n++) {
            yield* Effect.provideService(Tick.trigger(job, { key: `peer ${n}` }), Tick.Tick, bench.tick)
          }
          bench.store.calls.length = 0
          assert.strictEqual((yield* bench.tick.once).length, 10)
          return bench.store.calls.length
        })
      assert.strictEqual(yield* callsWith(20_000), yield* callsWith(10))
    }).pipe(Bench.run)
  )
})

describe("keys in a registry", () => {
  it.effect.each([
    ["a refresh that is too short", { refresh: "10 millis" }, "refresh"],
    ["a refresh that never comes", { refresh: Number.POSITIVE_INFINITY }, "refresh"]
  ] as const)("%s is refused, with the cure", ([, options, named]) =>
    Effect.gen(function* () {
      const job = Job.make("ping", { keys: Effect.succeed([]), ...options }, () => Effect.void).pipe(hourly)
      const refused: InvalidJobs.InvalidJobs = yield* Effect.flip(Registry.validate(Jobs.make(job)))
      assert.deepStrictEqual(
        refused.faults.map(({ _tag }) => _tag),
        ["InvalidOption"]
      )
      assert.include(refused.message, named)
    })
  )
})
