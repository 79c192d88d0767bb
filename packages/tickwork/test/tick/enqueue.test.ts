import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, Either, FastCheck as fc, Option, Schedule, Schema } from "effect"
import { Decision, Job, Jobs, type Run, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

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
  (verb: typeof Tick.pause, job: Job.Any, key: string) =>
    Effect.provideService(verb(job, { key, by: "alice" }), Tick.Tick, tick)

describe("a run that is enqueued", () => {
  it.effect("is made at once, once, and told its payload and its key", () =>
    Effect.gen(function* () {
      const { job, sent, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      const answer = yield* enqueue(bench)(job, { to: "ada" }, { key: "greeting" })
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 1"])
      assert.deepStrictEqual(
        [sent[0]?.key, sent[0]?.scheduledAt, sent[0]?.trigger],
        ["greeting", start + minute, "schedule"]
      )
      assert.deepStrictEqual(answer, { key: "greeting", runKey: sent[0]?.runKey, outcome: "new" })
      const [line] = yield* bench.store.logOf("send_mail")
      assert.deepStrictEqual([line?.key, line?.status, line?.position.nextAt], ["greeting", "success", null])
    }).pipe(Bench.run)
  )

  it.effect("is stored with its request in one call, and nothing is read", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job), { watch: false })
      const callsOf = (at?: number) =>
        Effect.gen(function* () {
          const before = bench.store.calls.length
          yield* enqueue(bench)(job, { to: "ada" }, at === undefined ? {} : { at })
          yield* bench.time.advance("1 second")
          return bench.store.calls.slice(before)
        })
      assert.deepStrictEqual(yield* callsOf(start + hour), ["submit"])
      // its claim, and its end
      assert.deepStrictEqual(yield* callsOf(), ["submit", "commit", "commit"])
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(
        told(),
        ["ada 0", "ada 60"].map((at) => at.replace("ada 0", `ada ${1 / 60}`))
      )
    }).pipe(Bench.run)
  )

  it.effect("with thousands of others makes this process read them now and then", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job), { watch: false })
      const before = bench.store.calls.length
      for (let n = 0; n < 2500; n++) {
        yield* enqueue(bench)(job, { to: "ada" }, { at: start + hour })
        yield* bench.time.advance(1)
      }
      const reads = bench.store.calls.slice(before).filter((verb) => verb === "requestsSince")
      assert.lengthOf(reads, 2)
    }).pipe(Bench.run)
  )

  it.effect("with thousands of others leaves none to be read by the request that follows", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      // no tick runs
      const bench = yield* Bench.open(Jobs.make(job), { watch: false })
      const readBy = <A, E>(call: Effect.Effect<A, E, Tick.Tick>) =>
        Effect.gen(function* () {
          const before = bench.store.calls.length
          yield* Effect.provideService(call, Tick.Tick, bench.tick)
          return bench.store.calls.slice(before).filter((verb) => verb === "requestsSince").length
        })
      const enqueued = (count: number) =>
        Tick.enqueueAll(
          job,
          Array.from({ length: count }, () => ({ to: "ada" })),
          { at: start + hour }
        )
      assert.strictEqual(yield* readBy(enqueued(999)), 0)
      assert.strictEqual(yield* readBy(enqueued(1)), 1)
      assert.strictEqual(yield* readBy(enqueued(1)), 0)
      assert.strictEqual(yield* readBy(enqueued(5000)), 1)
    }).pipe(Bench.run)
  )

  it.effect("with others is made once, and the answers come in their order", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const all = (names: ReadonlyArray<string>, options?: Tick.EnqueueAllOptions<{ readonly to: string }>) =>
        Effect.provideService(
          Tick.enqueueAll(
            job,
            names.map((to) => ({ to })),
            options
          ),
          Tick.Tick,
          bench.tick
        )
      const answers = yield* all(["ada", "grace", "ada"], { key: ({ to }) => to, at: start + minute })
      assert.deepStrictEqual(
        answers.map(({ key, outcome }) => [key, outcome]),
        [
          ["ada", "new"],
          ["grace", "new"],
          ["ada", "duplicate"]
        ]
      )
      assert.strictEqual(answers[0]?.runKey, answers[2]?.runKey)
      assert.deepStrictEqual(
        (yield* all(["ada", "eve"], { key: ({ to }, index) => `${to} ${index}` })).map(({ key }) => key),
        ["ada 0", "eve 1"]
      )
      assert.strictEqual(new Set((yield* all(["x", "x", "x"])).map(({ key }) => key)).size, 3)
      assert.deepStrictEqual(yield* all([]), [])
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(told().sort(), ["ada 0", "ada 1", "eve 0", "grace 1", "x 0", "x 0", "x 0"])
    }).pipe(Bench.run)
  )

  it.effect("with others is made in the order in which they were given, however many there are", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const names = Array.from({ length: 300 }, (_, n) => `friend ${n}`)
      const payloads = names.map((to) => ({ to }))
      yield* Effect.provideService(Tick.enqueueAll(job, payloads), Tick.Tick, bench.tick)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        told(),
        names.map((name) => `${name} 0`)
      )
    }).pipe(Bench.run)
  )

  it.effect("with others is not stored where a payload, a key or the instant of one is invalid", () =>
    Effect.gen(function* () {
      const { job } = mailer()
      const bench = yield* Bench.open(Jobs.make(job))
      const refused = (...args: Parameters<typeof Tick.enqueueAll<{ readonly to: string }>>) =>
        Effect.flip(Effect.provideService(Tick.enqueueAll(...args), Tick.Tick, bench.tick))
      const good = { to: "ada" }
      assert.match((yield* refused(job, [good, { to: 7 } as never])).message, /"send_mail": payload must match/)
      assert.match((yield* refused(job, [good, good], { key: (_, n) => (n === 0 ? "a" : "") })).message, /: key must/)
      assert.match((yield* refused(job, [good], { at: "soon" })).message, /: at /)
      assert.deepStrictEqual(yield* bench.store.pending, [])
      assert.deepStrictEqual(yield* bench.tick.once, [])
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
      assert.deepStrictEqual(yield* bench.store.pending, [], "no request is left")
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
      assert.deepStrictEqual(yield* bench.store.pending, [], "what is over is not asked for for ever")
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

  it.effect("by another process is made by the one that hears of it, at once, and made once", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const rows = yield* Bench.makeStore
      const worker = yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("worker") })
      const web = yield* Bench.open(Jobs.make(job), { store: rows.as("web") })
      yield* worker.time.advance("1 minute")
      yield* enqueue(web)(job, { to: "ada" })
      yield* worker.time.settle
      assert.deepStrictEqual(told().length, 1)
      yield* enqueue(web)(job, { to: "grace" }, { at: start + hour })
      yield* worker.time.advance("1 day")
      assert.deepStrictEqual(told().slice(1), ["grace 60"])
    }).pipe(Bench.run)
  )

  it.effect("by a process that leaves the job to a newer release is planned by that one", () =>
    Effect.gen(function* () {
      const { job, told } = mailer()
      const rows = yield* Bench.makeStore
      const older = yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("older") })
      const newer = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.version(2))), { store: rows.as("newer") })
      yield* newer.time.advance("2 minutes")
      assert.lengthOf((yield* older.tick.health).left, 1)
      const before = newer.store.calls.length
      yield* enqueue(older)(job, { to: "ada" }, { at: start + hour })
      yield* newer.time.settle
      assert.include(newer.store.calls.slice(before), "admit")
      yield* newer.time.advance("1 day")
      assert.deepStrictEqual(told(), ["ada 60"])
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

describe("what is enqueued again under its key", () => {
  /** Bodies take a minute; those for `fails` fail. */
  const slow = () => {
    const runs: Array<Run.Run<void, string>> = []
    const job = Job.make("remind", { payload: Schema.String }, (run) => {
      runs.push(run)
      return Effect.zipRight(Effect.sleep("1 minute"), run.payload === "fails" ? Effect.fail("no") : Effect.void)
    }).pipe(Bench.withoutRetry, Job.parallel)
    const add =
      ({ tick }: Of) =>
      (payload: string, options: Tick.EnqueueOptions = {}) =>
        tick.enqueue(job, payload, { key: "order 7", ...options })
    return { job, runs, add, made: () => runs.map(({ payload }) => payload) }
  }
  type Standing = readonly [name: string, first: string, then: (bench: Bench.Bench, job: Job.Any) => unknown]
  const askOf = (verb: "cancel" | "forget" | "pause") => (bench: Bench.Bench, job: Job.Any) =>
    bench.tick.request(verb, job, { key: "order 7" })
  const pass = (time: "30 seconds" | "5 minutes") => (bench: Bench.Bench) => bench.time.advance(time)
  const both = (first: Standing[2], second: Standing[2]) => (bench: Bench.Bench, job: Job.Any) =>
    Effect.zipRight(first(bench, job) as Effect.Effect<void>, second(bench, job) as Effect.Effect<void>)
  const later = { at: start + hour }
  type Step = "stored" | "waiting" | "cancel" | "forget" | "restart"

  it.effect.each([
    ["waits", "later", () => Effect.void, "duplicate", ["later"]],
    ["waits, paused", "later", askOf("pause"), "duplicate", []],
    ["was cancelled before it began", "later", askOf("cancel"), "new", ["again"]],
    ["was forgotten before it began", "later", askOf("forget"), "new", ["again"]],
    ["is under way", "first", pass("30 seconds"), "duplicate", ["first"]],
    ["was cancelled while it ran", "first", both(pass("30 seconds"), askOf("cancel")), "duplicate", ["first"]],
    ["is to be forgotten when it ends", "first", both(pass("30 seconds"), askOf("forget")), "new", ["first", "again"]],
    ["has succeeded", "first", pass("5 minutes"), "duplicate", ["first"]],
    ["has failed for good", "fails", pass("5 minutes"), "duplicate", ["fails"]],
    ["was forgotten after it ran", "first", both(pass("5 minutes"), askOf("forget")), "new", ["first", "again"]]
  ] as const)("and %s: the answer is what happens", ([, first, then, outcome, made]) =>
    Effect.gen(function* () {
      const reminders = slow()
      const bench = yield* Bench.daemonOf(Jobs.make(reminders.job))
      const add = reminders.add(bench)
      const before = yield* add(first, first === "later" ? later : {})
      yield* then(bench, reminders.job) as Effect.Effect<void>
      const again = yield* add("again")
      assert.deepStrictEqual([again.key, again.outcome], ["order 7", outcome])
      if (outcome === "duplicate") assert.strictEqual(again.runKey, before.runKey)
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(reminders.made(), [...made])
      if (outcome === "new") assert.strictEqual(reminders.runs.at(-1)?.runKey, again.runKey)
      assert.deepStrictEqual(yield* bench.store.pending, [])
    }).pipe(Bench.run)
  )

  it.effect("keeps its history and its number of runs when it was called off", () =>
    Effect.gen(function* () {
      const reminders = slow()
      const bench = yield* Bench.daemonOf(Jobs.make(reminders.job))
      yield* reminders.add(bench)("first", later)
      yield* askOf("cancel")(bench, reminders.job)
      yield* reminders.add(bench)("again", later)
      yield* askOf("cancel")(bench, reminders.job)
      yield* reminders.add(bench)("at last", later)
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(reminders.made(), ["at last"])
      const log = yield* bench.store.logOf("remind")
      const told = ["cancelled", "enqueued", "cancelled", "enqueued", null]
      assert.deepStrictEqual(
        log.map(({ reason }) => reason),
        told
      )
      assert.strictEqual((yield* bench.store.state("remind")).totalRuns, 1)
    }).pipe(Bench.run)
  )

  it.effect("unique while it waits: one more run follows the one under way, with a name of its own", () =>
    Effect.gen(function* () {
      const reminders = slow()
      const bench = yield* Bench.daemonOf(Jobs.make(reminders.job))
      const add = (payload: string) =>
        Effect.map(reminders.add(bench)(payload, { unique: "waiting", at: start }), ({ outcome }) => outcome)
      assert.strictEqual(yield* add("first"), "new")
      yield* bench.time.advance("10 seconds")
      assert.deepStrictEqual(yield* Effect.all([add("second"), add("third")]), ["new", "duplicate"])
      yield* bench.time.advance("55 seconds")
      assert.deepStrictEqual(reminders.made(), ["first", "second"])
      assert.strictEqual(yield* add("fourth"), "new")
      yield* bench.time.advance("1 day")
      assert.strictEqual(yield* add("fifth"), "new")
      yield* bench.time.advance("1 day")
      assert.deepStrictEqual(reminders.made(), ["first", "second", "fourth", "fifth"])
      assert.strictEqual(new Set(reminders.runs.map(({ runKey }) => runKey)).size, 4)
      for (const [index, { startedAt }] of reminders.runs.entries()) {
        const next = reminders.runs[index + 1]
        if (next !== undefined) assert.isAtLeast(next.startedAt, startedAt + minute, "none beside another")
      }
    }).pipe(Bench.run)
  )

  it.effect("is answered by what happens, whichever processes ask, cancel, forget and restart", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              who: fc.nat(1),
              what: fc.oneof(
                { arbitrary: fc.constantFrom<Step>("stored", "waiting"), weight: 4 },
                { arbitrary: fc.constantFrom<Step>("cancel", "forget"), weight: 2 },
                { arbitrary: fc.constantFrom<Step>("restart"), weight: 1 }
              ),
              isLater: fc.boolean(),
              wait: fc.constantFrom(0, 10, 50, 90)
            }),
            { maxLength: 14 }
          ),
          (steps) =>
            Effect.gen(function* () {
              const reminders = slow()
              const rows = yield* Bench.makeStore
              const open = (who: number, n: number) =>
                Effect.gen(function* () {
                  const store = rows.as(`${who} ${n}`, [`${who} ${n - 1}`])
                  const bench = yield* Bench.open(Jobs.make(reminders.job), { store })
                  return { ...bench, fiber: yield* Bench.daemon(bench) }
                })
              const processes = [yield* open(0, 0), yield* open(1, 0)]
              const accepted: Array<string> = []
              const removed = new Set<string>()
              for (const [n, { isLater, wait, what, who }] of steps.entries()) {
                const bench = processes[who] ?? assert.fail()
                if (what === "restart") {
                  yield* Bench.stop(bench.fiber)
                  processes[who] = yield* open(who, n + 1)
                } else if (what === "cancel" || what === "forget") {
                  yield* bench.tick.request(what, reminders.job, { key: "order 7" })
                  // it may remove all that was accepted before
                  for (const payload of accepted) removed.add(payload)
                } else {
                  const now = yield* bench.time.now
                  const options = { unique: what, ...(isLater ? { at: now + 70 * 1000 } : {}) } as const
                  const { outcome } = yield* reminders.add(bench)(`${n}`, options)
                  if (outcome === "new") accepted.push(`${n}`)
                }
                yield* bench.time.advance(wait * 1000)
              }
              yield* (processes[0] ?? assert.fail()).time.advance("3 hours")
              const made = new Set(reminders.made())
              for (const payload of accepted) {
                assert.isTrue(made.has(payload) || removed.has(payload), `${payload} was accepted and runs`)
              }
              for (const payload of made) assert.include(accepted, payload, "no duplicate runs")
              assert.deepStrictEqual(yield* rows.pending, [])
            }).pipe(Bench.run, Effect.runPromise)
        ),
        { seed: 5, numRuns: Sets.pick({ fast: 25, full: 150 }) }
      )
    )
  )
})

describe("hosts whose clocks differ", () => {
  const off = [-hour, -2 * minute, 2 * minute, hour]

  it.effect.each(off)(
    "by %i ms: what one enqueues or triggers begins in the other at once, and is not missed",
    (byMs) =>
      Effect.gen(function* () {
        const { job, sent } = mailer()
        const daily = Bench.makeWork().job("daily").pipe(Job.cron("0 3 * * *"), Job.missed("skip"))
        const skipping = job.pipe(Job.missed("skip"))
        const rows = yield* Bench.makeStore
        const worker = yield* Bench.daemonOf(Jobs.make(skipping, daily), { store: rows.as("worker") })
        const elsewhere = ManualClock.make(start + byMs)
        const other = yield* Effect.withClock(
          Bench.open(Jobs.make(skipping, daily), { store: rows.as("other") }),
          elsewhere.clock
        )
        yield* Effect.withClock(enqueue(other)(skipping, { to: "ada" }), elsewhere.clock)
        yield* Effect.withClock(other.tick.request("trigger", daily), elsewhere.clock)
        yield* worker.time.settle
        assert.deepStrictEqual(
          sent.map(({ startedAt }) => startedAt),
          [start]
        )
        const ran = (yield* rows.log).filter(({ status }) => status !== "control")
        assert.deepStrictEqual(ran.map(({ jobName, status, verdict }) => [jobName, status, verdict]).sort(), [
          ["daily", "success", null],
          ["send_mail", "success", "ran"]
        ])
      }).pipe(Bench.run)
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
        [on(job, { to: 5 as unknown as string }), "payload", "Expected string at to"],
        [on(job, { to: "ada" }, { at: "tomorrow" }), "at", '"tomorrow"'],
        [on(job, { to: "ada" }, { at: "01-02-2027" }), "at", "must be ISO 8601 with its offset from UTC"],
        [on(job, { to: "ada" }, { at: "foo 12 Z" }), "at", "must be ISO 8601"],
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
      assert.deepStrictEqual(yield* bench.store.pending, [])
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
