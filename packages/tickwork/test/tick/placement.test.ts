/** Several processes on one store, each with its own partitions, which move while they run. */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Placements } from "@tickwork/test-support/Placements"
import { Effect, Option, Schedule, Schema } from "effect"
import { Decision, Explanation, Job, Jobs, Placement, type Run, type Tick } from "tickwork"

const { minute, second, start } = Bench

interface Begun extends Run.Run {
  readonly by: number
  endedAt: number | null
}

const keys = Array.from({ length: 24 }, (_, n) => `peer-${n}`)
const shareOf = (key: string) => Placement.partitionOf(key) % 2

/** Two keys of one process each. */
const [even, odd] = [0, 1].map((share) => keys.find((key) => shareOf(key) === share) ?? assert.fail())
const named = [even ?? "", odd ?? ""] as const

/** Processes over one store: bodies say where they run. */
class Cluster {
  readonly placements: Placements
  readonly begun: Array<Begun> = []
  readonly refused: Array<string> = []

  constructor(n = 2) {
    this.placements = new Placements(n)
  }

  body(by: number, takes: number) {
    return (run: Run.Run) =>
      Effect.suspend(() => {
        const one: Begun = { ...run, by, endedAt: null }
        this.begun.push(one)
        const ended = Effect.map(Effect.clock, (clock) => {
          one.endedAt = clock.unsafeCurrentTimeMillis()
        })
        return Effect.ensuring(Effect.sleep(takes), ended)
      })
  }

  /** A tick as one of the processes, which never hears of the placement's changes where it `isDeaf`. */
  open(by: number, store: Bench.Store, jobsOf: (by: number) => Jobs.Jobs<never>, options: Tick.Options = {}) {
    const own = store.as(`process-${by}`)
    const commit: Bench.Store["commit"] = (batch) =>
      Effect.tap(own.commit(batch), (refused) =>
        Effect.sync(() => {
          for (const { state } of [...refused.claims, ...refused.saves]) this.refused.push(`${by} ${state.key}`)
        })
      )
    return Bench.open(jobsOf(by), { ...options, store: { ...own, commit } }).pipe(
      Effect.provideService(Placement.Placement, this.placements.of(by))
    )
  }

  daemons(jobsOf: (by: number) => Jobs.Jobs<never>, n = 2, options: Tick.Options = {}) {
    return Effect.gen(this, function* () {
      const store = yield* Bench.makeStore
      const benches = yield* Effect.forEach(Array.from({ length: n }), (_, by) =>
        Effect.tap(this.open(by, store, jobsOf, options), Bench.daemon)
      )
      const [one = assert.fail(), other = one] = benches
      return { store, time: one.time, benches, one, other }
    })
  }

  of(key: string): ReadonlyArray<Begun> {
    return this.begun.filter((run) => run.key === key)
  }

  /** Of each key: no two bodies at once, and no planned instant twice. */
  check(): void {
    for (const key of new Set(this.begun.map(({ key }) => key))) {
      const runs = this.of(key)
      for (const [index, run] of runs.entries()) {
        const before = runs[index - 1]
        if (before !== undefined)
          assert.isTrue(before.endedAt !== null && before.endedAt <= run.startedAt, `${key} beside itself`)
      }
      const ids = runs.map(({ attempt, jobName, runKey }) => `${jobName} ${runKey} ${attempt}`)
      assert.strictEqual(new Set(ids).size, ids.length, `${key} twice`)
    }
  }
}

const sync =
  (cluster: Cluster, { every = minute, takes = 0 } = {}) =>
  (by: number) =>
    Jobs.make(
      Job.make("sync", { keys: Effect.succeed(keys) }, cluster.body(by, takes)).pipe(Job.every(every), Job.parallel)
    )

describe("a placement", () => {
  it.effect("runs each instance in one process, and no claim is refused", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { benches, time } = yield* cluster.daemons(sync(cluster, { takes: second }))
      yield* time.advance("10 minutes")
      yield* time.advance("10 seconds")
      assert.strictEqual(cluster.begun.length, 11 * keys.length)
      for (const { by, key } of cluster.begun) assert.strictEqual(by, shareOf(key))
      assert.deepStrictEqual(cluster.refused, [])
      for (const { events } of benches) assert.isEmpty(events.filter(({ _tag }) => _tag === "ClaimLost"))
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("of one process is the same as none: every instance runs there", () =>
    Effect.gen(function* () {
      const cluster = new Cluster(1)
      const { time } = yield* cluster.daemons(sync(cluster), 1)
      yield* time.advance("2 minutes")
      assert.strictEqual(cluster.begun.length, 3 * keys.length)
    }).pipe(Bench.run)
  )

  it.effect("has what is linked to a job without keys where that job is", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const jobsOf = (by: number) => {
        const list = Job.make("list", {}, cluster.body(by, 0)).pipe(Job.every("1 minute"))
        const each = Job.make("each", { keys: Effect.succeed(keys) }, cluster.body(by, 0)).pipe(
          Job.after([list]),
          Job.parallel
        )
        const sum = Job.make("sum", {}, cluster.body(by, 0)).pipe(Job.after([each]))
        return Jobs.make(list, each, sum)
      }
      const { one, other, time } = yield* cluster.daemons(jobsOf)
      yield* time.advance("3 minutes")
      assert.strictEqual(cluster.begun.length, 4 * (keys.length + 2))
      assert.isTrue(cluster.begun.every(({ by }) => by === 0))
      const [each] = jobsOf(0).all.filter(({ name }) => name === "each")
      const text = (tick: Tick.Service) =>
        Effect.map(tick.explain(each ?? assert.fail(), { key: named[1] }), Explanation.toText)
      assert.match(
        yield* text(one.tick),
        /; it is in partition 0 with all of its job, which is linked to a job without keys\.$/
      )
      assert.match(
        yield* text(other.tick),
        /^"peer-.*" of "each" waits for "list"; .* linked to a job without keys, of another process\.$/
      )
    }).pipe(Bench.run)
  )
})

describe("a partition that moves", () => {
  it.effect("takes its idle instances to the other process, which runs their next instants in time", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { store, time } = yield* cluster.daemons(sync(cluster))
      yield* time.advance("90 seconds")
      cluster.placements.move([Placement.partitionOf(named[0])], [1])
      yield* time.advance("2 minutes")
      assert.deepStrictEqual(
        cluster.of(named[0]).map(({ by, startedAt }) => [by, (startedAt - start) / minute]),
        [
          [0, 0],
          [0, 1],
          [1, 2],
          [1, 3]
        ]
      )
      assert.deepStrictEqual(cluster.refused, [])
      const log = yield* store.log
      assert.isTrue(log.every(({ verdict }) => verdict === "ran"))
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("is handed over at the end of a run, and not a lease later", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { time } = yield* cluster.daemons(sync(cluster, { every: 10 * second, takes: 15 * second }), 2, {
        concurrency: 50
      })
      yield* time.advance("5 seconds")
      cluster.placements.move([Placement.partitionOf(named[0])], [1])
      yield* time.advance("30 seconds")
      assert.deepStrictEqual(
        cluster.of(named[0]).map(({ by, startedAt }) => [by, (startedAt - start) / second]),
        // the run that went on covers what it overtook
        [
          [0, 0],
          [1, 20]
        ]
      )
      assert.deepStrictEqual(cluster.refused, [])
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("is handed over at once, though the instance is due again when its run ends", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const jobsOf = (by: number) =>
        Jobs.make(
          Job.make("loop", { keys: Effect.succeed([...named]) }, cluster.body(by, 5 * second)).pipe(
            Job.repeat(Schedule.forever),
            Job.parallel
          )
        )
      const { time } = yield* cluster.daemons(jobsOf)
      yield* time.advance("2300 millis")
      cluster.placements.move([Placement.partitionOf(named[0])], [1])
      yield* time.advance("10 seconds")
      assert.deepStrictEqual(
        cluster.of(named[0]).map(({ by, startedAt }) => [by, startedAt - start]),
        [
          [0, 0],
          [1, 5000],
          [1, 10_000]
        ]
      )
      assert.deepStrictEqual(cluster.refused, [])
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("is left by calls of `once` alone, too, and a call takes what is due there", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const store = yield* Bench.makeStore
      const one = yield* cluster.open(0, store, sync(cluster))
      const other = yield* cluster.open(1, store, sync(cluster))
      const partition = Placement.partitionOf(named[0])
      assert.strictEqual((yield* one.tick.once).length + (yield* other.tick.once).length, keys.length)
      yield* one.time.advance("1 minute")
      cluster.placements.move([partition], [1])
      yield* one.time.settle
      const [first, second] = [yield* one.tick.once, yield* other.tick.once]
      assert.isFalse(first.some(({ key }) => key === named[0]))
      assert.isTrue(second.some(({ key }) => key === named[0]))
      assert.strictEqual(first.length + second.length, keys.length)
      assert.isFalse((yield* one.tick.status).some(({ decision, key }) => key === named[0] && decision._tag === "Run"))
    }).pipe(Bench.run)
  )

  it.effect("is left by a call of `once` that makes up for what was missed, after the run under way", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const store = yield* Bench.makeStore
      const jobsOf = (by: number) =>
        Jobs.make(
          Job.make("sync", { keys: Effect.succeed([named[0]]) }, cluster.body(by, 5 * second)).pipe(
            Job.every("1 minute"),
            Job.missed("all")
          )
        )
      const one = yield* cluster.open(0, store, jobsOf)
      const other = yield* cluster.open(1, store, jobsOf)
      yield* Bench.fork(one.tick.once)
      yield* one.time.advance("6 minutes")
      yield* Bench.fork(one.tick.once)
      yield* one.time.advance("2 seconds")
      cluster.placements.move([Placement.partitionOf(named[0])], [1])
      yield* one.time.advance("20 seconds")
      assert.deepStrictEqual(
        cluster.begun.map(({ by }) => by),
        [0, 0]
      )
      yield* Bench.fork(other.tick.once)
      yield* one.time.advance("1 minute")
      assert.deepStrictEqual(new Set(cluster.begun.slice(2).map(({ by }) => by)), new Set([1]))
      assert.isAtLeast(cluster.begun.length, 6)
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("is handed over to one that hears nothing within a second", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const jobsOf = (by: number) =>
        Jobs.make(
          Job.make("sync", { keys: Effect.succeed(keys) }, cluster.body(by, 12_345)).pipe(
            Job.every("1 second"),
            Job.parallel
          )
        )
      const { time } = yield* cluster.daemons(jobsOf, 2, { concurrency: 50, watch: false })
      yield* time.advance("5 seconds")
      cluster.placements.move([Placement.partitionOf(named[0])], [1])
      yield* time.advance("10 seconds")
      const [first, second] = cluster.of(named[0])
      assert.deepInclude(first, { by: 0, endedAt: start + 12_345 })
      assert.strictEqual(second?.by, 1)
      assert.isAtMost((second?.startedAt ?? 0) - start, 13_500)
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("leaves nothing behind: what was claimed and has not begun is released", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const jobsOf = (by: number) =>
        Jobs.make(Job.make("sync", { keys: Effect.succeed(keys) }, cluster.body(by, minute)).pipe(Job.every("1 hour")))
      const { one, store, time } = yield* cluster.daemons(jobsOf)
      yield* time.advance("2 seconds")
      // a serial job: one runs, and others of this process wait for their turn
      const isOne = ({ by }: Begun) => by === 0
      assert.strictEqual(cluster.begun.filter(isOne).length, 1)
      cluster.placements.move(
        Array.from({ length: Placement.partitions }, (_, n) => n),
        [1]
      )
      yield* time.advance("1 second")
      const claims = (yield* store.load(["sync"])).filter(({ claim }) => claim.owner === "process-0")
      assert.deepStrictEqual(
        claims.map(({ key }) => key),
        cluster.begun.filter(isOne).map(({ key }) => key)
      )
      yield* time.advance("1 hour")
      assert.strictEqual(cluster.begun.filter(isOne).length, 1)
      assert.strictEqual(new Set(cluster.begun.map(({ key }) => key)).size, keys.length)
      assert.isTrue((yield* one.tick.status).every(({ state }) => state.claim.owner !== "process-0"))
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("back before a run has ended stays where it was", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { time } = yield* cluster.daemons(sync(cluster, { takes: 10 * second }), 2, { concurrency: 50 })
      yield* time.advance("2 seconds")
      const partition = Placement.partitionOf(named[0])
      cluster.placements.move([partition], [1])
      yield* time.advance("2 seconds")
      cluster.placements.move([partition], [0])
      yield* time.advance("3 minutes")
      assert.deepStrictEqual(
        cluster.of(named[0]).map(({ by }) => by),
        [0, 0, 0, 0]
      )
      cluster.check()
    }).pipe(Bench.run)
  )

  it.effect("that two believe to have never runs an instance beside itself, nor an instant twice", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { store, time } = yield* cluster.daemons(sync(cluster, { every: 10 * second, takes: 4 * second }), 2, {
        concurrency: 50
      })
      const all = Array.from({ length: Placement.partitions }, (_, n) => n)
      for (const owners of [[0, 1], [1], [0, 1], [0]]) {
        cluster.placements.move(all, owners)
        yield* time.advance("30 seconds")
      }
      yield* time.advance("5 seconds")
      cluster.check()
      for (const key of keys) assert.isAtLeast(cluster.of(key).length, 12)
      const log = yield* store.log
      assert.isTrue(log.every(({ status }) => status === "success"))
    }).pipe(Bench.run)
  )

  it.effect("that no process has waits, and its instants are missed by policy with a verdict", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { store, time } = yield* cluster.daemons(sync(cluster))
      yield* time.advance("30 seconds")
      const partition = Placement.partitionOf(named[0])
      cluster.placements.move([partition], [])
      yield* time.advance("5 minutes")
      assert.strictEqual(cluster.of(named[0]).length, 1)
      cluster.placements.move([partition], [1])
      yield* time.advance("1 minute")
      const log = (yield* store.log).filter(({ key }) => key === named[0])
      assert.deepStrictEqual(
        log.map(({ count, scheduledAt, verdict }) => [verdict, (scheduledAt - start) / minute, count]),
        [
          ["ran", 0, 1],
          ["missed", 1, 4],
          ["late", 5, 1],
          ["ran", 6, 1]
        ]
      )
      assert.deepStrictEqual(
        cluster.of(named[0]).map(({ by }) => by),
        [0, 1, 1]
      )
    }).pipe(Bench.run)
  )
})

describe("an instance of another process", () => {
  const jobsOf = (cluster: Cluster) => (by: number) => {
    const sync = Job.make("sync", { keys: Effect.succeed(keys) }, cluster.body(by, 5 * second)).pipe(
      Job.every("1 hour"),
      Job.parallel
    )
    const purge = Job.make("purge", {}, cluster.body(by, 5 * second)).pipe(Job.every("1 hour"))
    const mail = Job.make("mail", { payload: Schema.String }, cluster.body(by, 0)).pipe(Job.parallel)
    return { sync, purge, mail, jobs: Jobs.make(sync, purge, mail) }
  }
  /** The second process, and a key of the first one. */
  const opened = (cluster: Cluster) =>
    Effect.map(
      cluster.daemons((by) => jobsOf(cluster)(by).jobs, 2, { concurrency: 50 }),
      ({ one, other, store, time }) => ({ ...jobsOf(cluster)(1), first: one.tick, tick: other.tick, store, time })
    )
  const key = named[0]

  it.effect("is triggered, paused and resumed from every process, and runs in its own", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { jobs: _, purge, store, sync, tick, time } = yield* opened(cluster)
      yield* time.advance("10 minutes")
      cluster.begun.length = 0
      yield* tick.request("trigger", sync, { key, by: "alice" })
      yield* tick.request("trigger", purge, { by: "alice" })
      yield* time.advance("10 seconds")
      assert.deepStrictEqual(
        cluster.begun.map(({ by, jobName, key, trigger }) => [by, jobName, key, trigger]),
        [
          [0, "purge", "", "manual"],
          [0, "sync", key, "manual"]
        ]
      )
      yield* tick.request("pause", sync, { key, by: "alice" })
      yield* time.advance("1 second")
      const paused = Effect.map(store.get([{ jobName: "sync", key }]), ([state]) => state?.position.paused?.by)
      assert.strictEqual(yield* paused, "alice")
      yield* tick.request("resume", sync, { key })
      yield* time.advance("1 second")
      assert.strictEqual(yield* paused, undefined)
      assert.deepStrictEqual(yield* tick.pending, [])
      const nowhere = yield* Effect.flip(tick.request("trigger", sync, { key: "nowhere" }))
      assert.strictEqual(nowhere._tag, "InstanceNotFoundError")
      const all = yield* tick.requestAll("pause", () => true)
      assert.strictEqual(all.length, keys.length + 1)
      yield* time.advance("1 second")
      assert.isTrue((yield* store.load(["sync"])).every(({ position }) => position.paused !== null))
    }).pipe(Bench.run)
  )

  it.effect("is cancelled while it runs, also where its partition has just moved away from there", () =>
    Effect.gen(function* () {
      for (const moves of [false, true]) {
        const cluster = new Cluster()
        const { store, sync, tick, time } = yield* opened(cluster)
        yield* time.advance("1 second")
        if (moves) cluster.placements.move([Placement.partitionOf(key)], [1])
        yield* tick.request("cancel", sync, { key, by: "alice" })
        yield* time.advance("1 second")
        const log = (yield* store.log).filter((entry) => entry.key === key)
        assert.deepStrictEqual(
          log.map(({ status }) => status),
          ["control", "interrupted"]
        )
        assert.deepStrictEqual(yield* tick.pending, [])
        assert.isBelow((cluster.of(key)[0]?.endedAt ?? 0) - start, 20 * minute)
        yield* time.advance("1 minute")
        assert.isTrue((yield* store.load(["sync"])).every(({ claim }) => claim.owner === null))
        cluster.check()
      }
    }).pipe(Bench.run)
  )

  it.effect("is enqueued from every process, once, and runs in its own", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { first, mail, tick, time } = yield* opened(cluster)
      yield* time.advance("1 minute")
      cluster.begun.length = 0
      const answers = yield* tick.enqueueAll(mail, keys, { key: (to) => to })
      assert.isTrue(answers.every(({ outcome }) => outcome === "new"))
      const again = yield* first.enqueueAll(mail, keys, { key: (to) => to })
      assert.isTrue(again.every(({ outcome }) => outcome === "duplicate"))
      yield* time.advance("1 second")
      yield* first.enqueue(mail, "later", { key: named[1], unique: "waiting" })
      yield* time.advance("10 seconds")
      assert.strictEqual(cluster.begun.length, keys.length + 1)
      for (const { by, key } of cluster.begun) assert.strictEqual(by, shareOf(key))
      assert.deepStrictEqual(cluster.refused, [])
      for (const one of [first, tick])
        assert.isEmpty(
          (yield* one.status).filter(({ jobName }) => jobName === "mail"),
          "what has ended is not listed"
        )
    }).pipe(Bench.run)
  )

  it.effect("is told by `status` and `explain` of every process, as it is stored", () =>
    Effect.gen(function* () {
      const cluster = new Cluster()
      const { first, purge, sync, tick, time } = yield* opened(cluster)
      yield* time.advance("2 seconds")
      for (const one of [first, tick]) {
        const all = yield* one.status
        const ids = all.map(({ jobName, key }) => `${jobName} ${key}`)
        assert.deepStrictEqual([...ids].sort(), ["purge ", ...keys.map((key) => `sync ${key}`)].sort())
      }
      const statusOf = (one: Tick.Service) =>
        Effect.map(one.status, (all) => all.find((status) => status.jobName === "sync" && status.key === key))
      assert.match(Decision.toText((yield* statusOf(tick))?.decision ?? assert.fail()), /process-0/)
      assert.match(Decision.toText((yield* statusOf(first))?.decision ?? assert.fail()), /^running/)
      yield* time.advance("10 seconds")
      const text = Effect.map(tick.explain(sync, { key }), Explanation.toText)
      const partition = Placement.partitionOf(key)
      assert.strictEqual(
        yield* text,
        `"${key}" of "sync" is not due until 2026-03-02T13:00:00.000Z; it is in partition ${partition}, of another process.`
      )
      assert.match(Explanation.toText(yield* tick.explain(purge)), /it is in partition 0, of another process\.$/)
      assert.match(Explanation.toText(yield* first.explain(purge)), /it is in partition 0\.$/)
      const nowhere = yield* Effect.flip(tick.explain(sync, { key: "nowhere" }))
      assert.strictEqual(nowhere._tag, "InstanceNotFoundError")
      const next = Option.getOrThrow(yield* tick.next)
      assert.strictEqual(shareOf(next.key), 1)
    }).pipe(Bench.run)
  )
})
