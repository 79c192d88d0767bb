import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, Either, FastCheck as fc, Option, Schedule, Schema } from "effect"
import { Decision, Job, Jobs, type Run, Tick } from "tickwork"

const { hour, minute, start } = Bench

const Mail = Schema.Struct({ to: Schema.String, sentAt: Schema.optional(Schema.DateFromSelf) })

/** A job that sends mails, and those that it has sent. */
const mailer = () => {
  const sent: Array<Run.Run<void, { readonly to: string }>> = []
  const job = Job.make("send_mail", { payload: Schema.Struct({ to: Schema.String }) }, (run) =>
    Effect.suspend(() => {
      sent.push(run)
      return run.payload.to === "nobody" ? Effect.fail("no such address" as const) : Effect.void
    })
  )
  const told = () => sent.map((run) => `${run.payload.to} ${(run.startedAt - start) / minute}`)
  return { job, sent, told }
}

type Of = Pick<Bench.Bench, "tick">

const enqueue =
  ({ tick }: Of) =>
  (...args: Parameters<typeof Tick.enqueue<{ readonly to: string }>>) =>
    Effect.provideService(Tick.enqueue(...args), Tick.Tick, tick)

const ask =
  ({ tick }: Of) =>
  (verb: typeof Tick.cancel, job: Job.Any, key: string) =>
    Effect.provideService(verb(job, { key, by: "alice" }), Tick.Tick, tick)

describe("a run that is enqueued", () => {
  it.effect("is made at once, once, and told its payload and its key", () =>
    Effect.gen(function* () {
      const { job, sent, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      assert.strictEqual(yield* enqueue(bench)(job, { to: "ada" }, { key: "greeting" }), "greeting")
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 1"])
      assert.deepStrictEqual(
        [sent[0]?.key, sent[0]?.scheduledAt, sent[0]?.trigger],
        ["greeting", start + minute, "schedule"]
      )
      const [line] = yield* bench.store.logOf("send_mail")
      assert.deepStrictEqual([line?.key, line?.status, line?.position.nextAt], ["greeting", "success", null])
    }).pipe(Bench.run)
  )

  it.effect("is made at its instant, over a restart, and by a host that calls once", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const first = yield* Bench.open(Jobs.make(job))
      yield* enqueue(first)(job, { to: "ada" }, { at: start + hour })
      yield* enqueue(first)(job, { to: "grace" }, { at: start + 2 * hour })
      assert.deepStrictEqual(
        Option.map(yield* first.tick.next, ({ at }) => at),
        Option.some(start + hour)
      )
      const bench = yield* Bench.open(Jobs.make(job), { store: yield* Bench.throughJson(first.store) })
      yield* bench.time.advance("59 minutes")
      assert.deepStrictEqual(yield* bench.tick.once, [])
      yield* bench.time.advance("1 minute")
      assert.strictEqual((yield* bench.tick.once).length, 1)
      const again = yield* Bench.daemonOf(Jobs.make(job), { store: yield* Bench.throughJson(bench.store) })
      yield* again.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 60", "grace 120"])
    }).pipe(Bench.run)
  )

  it.effect("twice under one key runs once, also after the first run; without a key, each runs", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const add = enqueue(bench)
      yield* add(job, { to: "ada" }, { key: "greeting" })
      yield* add(job, { to: "eve" }, { key: "greeting" })
      yield* bench.time.advance("1 minute")
      yield* add(job, { to: "mallory" }, { key: "greeting" })
      yield* add(job, { to: "grace" }, { at: start + hour, key: "later" })
      yield* add(job, { to: "trent" }, { at: start + 2 * hour, key: "later" })
      yield* add(job, { to: "bob" })
      yield* add(job, { to: "bob" })
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 0", "bob 1", "bob 1", "grace 60"])
      assert.deepStrictEqual(yield* bench.store.pending(), [], "no request is left")
    }).pipe(Bench.run)
  )

  it.effect("is tried again by the job's policy, with the same runKey, and over when that gives up", () =>
    Effect.gen(function* () {
      const { job, sent, told } = mailer()
      const policy = Schedule.spaced("10 minutes").pipe(Schedule.intersect(Schedule.recurs(2)))
      const stubborn = job.pipe(Job.retry(policy))
      const bench = yield* Bench.daemonOf(Jobs.make(stubborn))
      yield* enqueue(bench)(stubborn, { to: "nobody" }, { key: "one" })
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["nobody 0", "nobody 10", "nobody 20"])
      assert.strictEqual(new Set(sent.map(({ runKey }) => runKey)).size, 1)
    }).pipe(Bench.run)
  )

  it.effect("is called off by Tick.cancel before it is made, with who asked for that in its history", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* enqueue(bench)(job, { to: "ada" }, { at: start + hour, key: "one" })
      yield* ask(bench)(Tick.cancel, job, "one")
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), [])
      const log = yield* bench.store.logOf("send_mail")
      assert.deepStrictEqual(
        log.map(({ reason }) => reason),
        ["cancelled by alice"]
      )
      yield* ask(bench)(Tick.cancel, job, "one")
      assert.deepStrictEqual(yield* bench.store.pending(), [], "what is over is not asked for for ever")
    }).pipe(Bench.run)
  )

  it.effect("is held by a pause, and brought forward by Tick.trigger: it is made once all the same", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* enqueue(bench)(job, { to: "ada" }, { at: start + hour, key: "one" })
      yield* enqueue(bench)(job, { to: "grace" }, { at: start + hour, key: "two" })
      yield* ask(bench)(Tick.pause, job, "one")
      yield* bench.time.advance("30 minutes")
      yield* ask(bench)(Tick.trigger, job, "two")
      yield* bench.time.advance("90 minutes")
      yield* ask(bench)(Tick.resume, job, "one")
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["grace 30", "ada 120"])
    }).pipe(Bench.run)
  )

  it.effect("while the process was down obeys the job's missed policy", () =>
    Effect.gen(function* () {
      for (const [policy, expected] of [
        ["latest", ["ada 120"]],
        ["skip", []]
      ] as const) {
        const { job, told } = mailer()
        const obedient = job.pipe(Job.missed(policy))
        const first = yield* Bench.open(Jobs.make(obedient))
        const now = yield* first.time.now
        yield* enqueue(first)(obedient, { to: "ada" }, { at: now + hour })
        const store = yield* Bench.throughJson(first.store)
        yield* first.time.advance("2 hours")
        const bench = yield* Bench.daemonOf(Jobs.make(obedient), { store })
        yield* bench.time.advance("1 hour")
        assert.deepStrictEqual(told().length, expected.length)
        const verdicts = (yield* bench.store.logOf("send_mail")).filter(({ status }) => status === "skipped")
        assert.deepStrictEqual(
          verdicts.map(({ reason }) => reason),
          ["missed: down"]
        )
      }
    }).pipe(Bench.run)
  )

  it.effect("keeps its place when the job's version rises", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const first = yield* Bench.open(Jobs.make(job))
      yield* enqueue(first)(job, { to: "ada" }, { at: start + hour })
      const store = yield* Bench.throughJson(first.store)
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.version(2))), { store })
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 60"])
    }).pipe(Bench.run)
  )

  it.effect("by another process is made by the one that watches, and made once", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const rows = yield* Bench.makeStore
      const worker = yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("worker"), watch: "1 second" })
      const web = yield* Bench.open(Jobs.make(job), { store: rows.as("web") })
      yield* worker.time.advance("1 minute")
      yield* enqueue(web)(job, { to: "ada" })
      yield* worker.time.advance("1 second")
      assert.deepStrictEqual(told().length, 1)
      yield* enqueue(web)(job, { to: "grace" }, { at: start + hour })
      yield* worker.time.advance("1 day")
      assert.deepStrictEqual(told().slice(1), ["grace 60"])
    }).pipe(Bench.run)
  )

  it.effect("is held in memory until it is over, and no longer", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* enqueue(bench)(job, { to: "ada" }, { at: start + hour, key: "one" })
      const decisions = Effect.map(bench.tick.status, (all) => all.map(({ decision, key }) => [key, decision] as const))
      assert.deepStrictEqual(yield* decisions, [
        ["one", Decision.wait(Decision.Reason.NotDue({ until: start + hour }))]
      ])
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(yield* decisions, [])
    }).pipe(Bench.run)
  )

  it.effect("each that was accepted is made exactly once at its instant, over restarts", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d"), at: fc.nat(20), wait: fc.nat(3) }), {
            maxLength: 8
          }),
          fc.array(fc.nat(8), { maxLength: 3 }),
          (wishes, restarts) =>
            Effect.gen(function* () {
              const { job, sent } = mailer()
              const expected = new Map<string, number>()
              let bench = yield* Bench.open(Jobs.make(job))
              let fiber = yield* Bench.daemon(bench)
              for (const [index, { at, key, wait }] of wishes.entries()) {
                const now = yield* bench.time.now
                const dueAt = Math.max(now, start + at * minute)
                yield* enqueue(bench)(job, { to: `${index}` }, { key, at: start + at * minute })
                if (!expected.has(key)) expected.set(key, dueAt)
                yield* bench.time.advance(wait * minute)
                if (!restarts.includes(index)) continue
                yield* Bench.stop(fiber)
                bench = yield* Bench.open(Jobs.make(job), { store: yield* Bench.throughJson(bench.store) })
                fiber = yield* Bench.daemon(bench)
              }
              yield* bench.time.advance("1 hour")
              const made = sent.map(({ key }) => key).sort()
              assert.deepStrictEqual(made, [...expected.keys()].sort())
              for (const { key, startedAt } of sent) assert.isAtLeast(startedAt, expected.get(key) ?? 0)
            }).pipe(Bench.run, Effect.runPromise)
        ),
        { seed: 11, numRuns: Sets.pick({ fast: 20, full: 60 }) }
      )
    )
  )
})

describe("what cannot be enqueued", () => {
  it.effect("is refused with the job, the value and the cure, and nothing is stored", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const dated = Job.make("dated", { payload: Mail }, () => Effect.void)
      const bench = yield* Bench.open(Jobs.make(job, dated))
      const on = enqueue(bench)
      const refusals = [
        [on(job, { to: 5 as unknown as string }), "payload", "5"],
        [on(job, { to: "ada" }, { at: "tomorrow" }), "at", '"tomorrow"'],
        [on(job, { to: "ada" }, { at: Number.NaN }), "at", "NaN"],
        [on(job, { to: "ada" }, { key: "" }), "key", '""'],
        [on(job, { to: "ada" }, { key: "a\u0000b" }), "key", "control character"]
      ] as const
      for (const [effect, option, said] of refusals) {
        const refused = yield* Effect.either(effect)
        if (Either.isRight(refused) || refused.left._tag !== "EnqueueError")
          return assert.fail(`${option} was accepted`)
        assert.strictEqual(refused.left.option, option)
        assert.include(refused.left.message, said)
        assert.include(refused.left.message, '"send_mail"')
      }
      assert.deepStrictEqual(yield* bench.store.pending(), [])
    }).pipe(Bench.run)
  )

  it.effect("is a job that the registry does not name", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const bench = yield* Bench.open(Jobs.make(Bench.makeWork().job("sync").pipe(Job.every("1 hour"))))
      const refused = yield* Effect.flip(enqueue(bench)(job, { to: "ada" }))
      assert.strictEqual(refused._tag, "InstanceNotFoundError")
    }).pipe(Bench.run)
  )
})

describe("what is forgotten", () => {
  it.effect("an enqueued run: its key is free again, and its history is gone", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* enqueue(bench)(job, { to: "ada" }, { key: "one" })
      yield* bench.time.advance("1 minute")
      yield* ask(bench)(Tick.forget, job, "one")
      assert.deepStrictEqual(yield* bench.store.log, [])
      assert.deepStrictEqual(yield* bench.store.load(["send_mail"]), [])
      yield* enqueue(bench)(job, { to: "grace" }, { key: "one" })
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(told(), ["ada 0", "grace 1"])
    }).pipe(Bench.run)
  )

  it.effect("an instance whose key is gone leaves nothing; one that is still listed begins anew", () =>
    Effect.gen(function* () {
      const runs: Array<string> = []
      let peers = ["ada", "grace"]
      const job = Job.make("ping", { keys: Effect.sync(() => peers) }, (run) =>
        Effect.sync(() => runs.push(run.key))
      ).pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      peers = ["ada"]
      yield* bench.time.advance("2 minutes")
      yield* ask(bench)(Tick.forget, job, "grace")
      yield* ask(bench)(Tick.forget, job, "ada")
      yield* bench.time.settle
      assert.deepStrictEqual(runs, ["ada", "grace", "ada"])
      const stored = yield* bench.store.load(["ping"])
      assert.deepStrictEqual(
        stored.map(({ createdAt, key, totalRuns }) => [key, totalRuns, createdAt]),
        [["ada", 1, start + 2 * minute]]
      )
    }).pipe(Bench.run)
  )

  it.effect("a job that runs is forgotten when its run has ended; a plain one begins anew", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "10 minutes").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("5 minutes")
      yield* ask(bench)(Tick.forget, job, "")
      assert.strictEqual((yield* bench.store.load(["sync"])).length, 1)
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(work.starts("sync"), [0, 10 * minute])
      assert.deepStrictEqual((yield* bench.store.logOf("sync")).length, 0, "the first run is forgotten")
    }).pipe(Bench.run)
  )

  it.effect("is forgotten by the process that watches, too", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const rows = yield* Bench.makeStore
      const worker = yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("worker"), watch: "1 second" })
      const web = yield* Bench.open(Jobs.make(job), { store: rows.as("web") })
      yield* enqueue(web)(job, { to: "ada" }, { at: start + hour, key: "one" })
      yield* worker.time.advance("2 seconds")
      assert.strictEqual((yield* worker.tick.status).length, 1)
      yield* ask(web)(Tick.forget, job, "one")
      yield* worker.time.advance("2 seconds")
      assert.strictEqual((yield* worker.tick.status).length, 0)
    }).pipe(Bench.run)
  )
})
