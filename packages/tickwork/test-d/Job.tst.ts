import { Array as Arr, type Cause, Context, Effect, Exit, type Layer, Ref, Schedule, Schema } from "effect"
import { type InvalidJobs, Job, JobStore, Jobs, Limit, type RequestError, type Run, Tick, TickClient } from "tickwork"
import { describe, expect, test } from "tstyche"
import * as Payload from "../src/internal/engine/Payload.ts"

class Peers extends Context.Tag("Peers")<Peers, ReadonlyArray<string>>() {}
class Keys extends Context.Tag("Keys")<Keys, number>() {}
class Pace extends Context.Tag("Pace")<Pace, number>() {}

const countPeers = Effect.map(Peers, (peers) => peers.length)
const keysAreLow = Effect.map(Keys, (keys) => keys < 10)
const paced = Schedule.tapOutput(Schedule.spaced("1 minute"), () => Pace)

const sync = Job.make("sync", countPeers)
const fallible = Job.make("fallible", Effect.fail("no luck" as const))

describe("a job", () => {
  test("has its literal name, its result, its error and its needs in its type", () => {
    expect(sync).type.toBe<Job.Job<"sync", number, never, Peers>>()
    expect(fallible).type.toBe<Job.Job<"fallible", never, "no luck", never>>()
    expect(Job.make("told", {}, (run) => Effect.succeed(run.attempt))).type.toBe<
      Job.Job<"told", number, never, never>
    >()
    expect(sync.pipe(Job.every("1 hour"), Job.priority(1), Job.parallel).name).type.toBe<"sync">()
  })

  test("is the same whichever way its combinators are called", () => {
    expect(Job.every(sync, "1 hour")).type.toBe(sync)
    expect(sync.pipe(Job.every("1 hour"))).type.toBe(sync)
    expect(Job.cron(sync, "@daily", "Europe/Berlin")).type.toBe(sync)
    expect(sync.pipe(Job.cron("@daily", "Europe/Berlin"))).type.toBe(sync)
    expect(Job.priority(sync, 1)).type.toBe(sync)
    expect(sync.pipe(Job.priority(1))).type.toBe(sync)
    expect(Job.describe(sync, "text")).type.toBe(sync)
    expect(sync.pipe(Job.describe("text"))).type.toBe(sync)
    expect(sync.pipe(Job.parallel, Job.serial)).type.toBe(sync)
    expect(sync.pipe(Job.exclusive)).type.toBe(sync)
    expect(Job.limit(sync, Limit.make("network", 2))).type.toBe(sync)
    expect(sync.pipe(Job.limit(Limit.make("network", 2)))).type.toBe(sync)
    expect(Job.limit(sync, Limit.make("network", 2, { scope: "database" }))).type.toBe(sync)
    expect(sync.pipe(Job.limit(Limit.make("network", 2, { scope: "process" })))).type.toBe(sync)
    expect(Job.repeat(sync, Schedule.forever)).type.toBe(sync)
    expect(sync.pipe(Job.repeat(Schedule.forever))).type.toBe(sync)
    expect(Job.schedule(sync, Schedule.forever)).type.toBe(sync)
    expect(sync.pipe(Job.schedule(Schedule.forever))).type.toBe(sync)
    expect(Job.repeat(sync, Schedule.forever, { state: "memory only" })).type.toBe(sync)
    expect(sync.pipe(Job.schedule(Schedule.forever, { state: Schema.Number }))).type.toBe(sync)
    expect(Job.cron(sync, "@daily", { zone: "Europe/Berlin", gap: "skip" })).type.toBe(sync)
    expect(sync.pipe(Job.cron("@daily", { fold: "both" }))).type.toBe(sync)
    expect(Job.at(sync, "2027-01-01T00:00:00Z")).type.toBe(sync)
    expect(sync.pipe(Job.at(new Date(0)))).type.toBe(sync)
    expect(Job.every(sync, "1 hour", { from: 0 })).type.toBe(sync)
    expect(sync.pipe(Job.every("1 hour", { until: "2027-01-01T00:00Z" }))).type.toBe(sync)
    expect(sync.pipe(Job.cron("@daily", { zone: "Europe/Berlin", from: new Date(0) }))).type.toBe(sync)
    expect(Job.spread(sync, "1 hour")).type.toBe(sync)
    expect(sync.pipe(Job.spread("1 hour", { by: "host" }))).type.toBe(sync)
    expect(Job.except(sync, ({ weekday }) => weekday === 0)).type.toBe(sync)
    expect(sync.pipe(Job.except(({ date }) => date === "2027-01-01", "Asia/Tokyo"))).type.toBe(sync)
    expect(Job.missed(sync, "all", { within: "1 day", atMost: 3 })).type.toBe(sync)
    expect(sync.pipe(Job.missed("skip"))).type.toBe(sync)
    expect(Job.pauseAfter(sync, 3)).type.toBe(sync)
    expect(sync.pipe(Job.pauseAfter(3))).type.toBe(sync)
    expect(Job.window(sync, "1 minute")).type.toBe(sync)
    expect(sync.pipe(Job.window("1 minute"))).type.toBe(sync)
    expect(Job.timeout(fallible, "1 minute")).type.toBe(fallible)
    expect(fallible.pipe(Job.timeout("1 minute"))).type.toBe(fallible)
    expect(Job.version(sync, 2)).type.toBe(sync)
    expect(sync.pipe(Job.version(2))).type.toBe(sync)
    expect(Job.renamedFrom(sync, "before")).type.toBe(sync)
    expect(sync.pipe(Job.renamedFrom("before"))).type.toBe(sync)
  })
})

describe("a choice", () => {
  test("that there is not does not compile", () => {
    const body = () => Effect.void
    const listing = <const Keys extends ReadonlyArray<unknown>>(...keys: Keys) => ({ keys: Effect.succeed(keys) })
    expect(Job.make).type.toBeCallableWith("a", listing("ada", { key: "grace", cadence: { every: "1 hour" } }), body)
    expect(Job.make).type.toBeCallableWith("a", { ...listing("ada"), forgetAfter: "90 days" }, body)
    expect(Job.make).type.not.toBeCallableWith("a", { ...listing("ada"), forgetAfter: "long" }, body)
    expect(Job.make).type.not.toBeCallableWith("a", listing({ key: "ada", cadence: "0 9 * * *" }), body)
    expect(Job.make).type.not.toBeCallableWith("a", listing({ key: "ada", cadence: { cron: 9 } }), body)
    expect(Job.make).type.not.toBeCallableWith("a", listing({ cadence: { every: "1 hour" } }), body)
    expect(Job.missed).type.not.toBeCallableWith(sync, "last")
    expect(Job.limit).type.not.toBeCallableWith(sync, "network")
    expect(Job.limit).type.not.toBeCallableWith(sync, 2, "network")
    expect(Job.limit).type.not.toBeCallableWith(sync, "network", 2, { scope: "host" })
    expect(Limit.make).type.toBeCallableWith("api", 100, { per: "1 minute", by: "key", scope: "database" })
    expect(Limit.make).type.not.toBeCallableWith("api", 100, { by: "key" })
    expect(Limit.make).type.not.toBeCallableWith("api", 100, { per: "1 minute", by: "job" })
    expect(Job.cron).type.not.toBeCallableWith(sync, "@daily", { gap: "jump" })
    expect(Job.cron).type.not.toBeCallableWith(sync, "@daily", { fold: "last" })
    expect(Job.repeat).type.not.toBeCallableWith(sync, Schedule.forever, { state: "memory" })
    expect(Job.except).type.not.toBeCallableWith(sync, ({ date }: Job.Day) => date)
    expect(Job.every).type.not.toBeCallableWith(sync, "1 hour", { to: 0 })
  })
})

describe("what a job needs", () => {
  test("grows by what its conditions and its schedule need", () => {
    expect(Job.when(sync, "keys are low", keysAreLow)).type.toBe<Job.Job<"sync", number, never, Peers | Keys>>()
    expect(sync.pipe(Job.when("keys are low", keysAreLow))).type.toBe<Job.Job<"sync", number, never, Peers | Keys>>()
    expect(Job.repeat(sync, paced)).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
    expect(sync.pipe(Job.repeat(paced))).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
    expect(Job.schedule(sync, paced)).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
    expect(sync.pipe(Job.schedule(paced))).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
  })

  test("is needed by the registry and by the tick", () => {
    const both = [sync.pipe(Job.when("keys are low", keysAreLow)), fallible.pipe(Job.repeat(paced))] as const
    const jobs = Jobs.make(...both)
    expect(jobs).type.toBe<Jobs.Jobs<Peers | Keys | Pace, (typeof both)[number]>>()
    expect(Tick.layer(jobs)).type.toBe<
      Layer.Layer<Tick.Tick, InvalidJobs.InvalidJobs | JobStore.StoreError, Peers | Keys | Pace | JobStore.JobStore>
    >()
    expect(Tick.layerDaemon(jobs)).type.toBe<ReturnType<typeof Tick.layer<Peers | Keys | Pace>>>()
  })

  test("does not run while it is not met", () => {
    const ticking = Tick.once.pipe(Effect.provide(Tick.layer(Jobs.make(sync))), Effect.provide(JobStore.layerMemory))
    expect(Effect.runPromise).type.not.toBeCallableWith(ticking)
    expect(Effect.runPromise).type.toBeCallableWith(Effect.provideService(ticking, Peers, []))
    expect(Effect.runPromise(ticking)).type.toRaiseError(/'Peers' is not assignable to type 'never'/)
  })
})

describe("a job with options", () => {
  const Count = Schema.Struct({ runs: Schema.Number })
  const memory = { schema: Count, initial: { runs: 0 } }
  const Letter = Schema.Struct({ to: Schema.String })

  test("is told its memory as a Ref of the schema's type, and puts no other into it", () => {
    const counter = Job.make("counter", { memory }, (run) => {
      expect(run.memory).type.toBe<Ref.Ref<{ readonly runs: number }>>()
      expect(run).type.not.toHaveProperty("payload")
      expect(Ref.set(run.memory, "one")).type.toRaiseError(/'string' is not assignable/)
      return Ref.update(run.memory, ({ runs }) => ({ runs: runs + 1 }))
    })
    expect(counter).type.toBe<Job.Job<"counter", void, never, never, { readonly runs: number }>>()
    expect(counter.pipe(Job.every("1 hour"), Job.parallel)).type.toBe(counter)
    expect(Jobs.make(counter)).type.toBe<Jobs.Jobs<never, typeof counter>>()
  })

  test("has an initial memory, and a migration, of the schema's type", () => {
    const body = () => Effect.void
    expect(Job.make).type.toBeCallableWith("counter", { memory }, body)
    expect(Job.make).type.not.toBeCallableWith("counter", { memory: { schema: Count, initial: 0 } }, body)
    expect(Job.make).type.not.toBeCallableWith("counter", { memory: { schema: Count } }, body)
    expect(Job.make).type.not.toBeCallableWith("counter", { memory: { ...memory, migrate: () => "none" } }, body)
  })

  test("is enqueued for a payload of its schema's type; one that is made without a payload is not, and the message says so", () => {
    const send = Job.make("send", { payload: Letter }, (run) => Effect.log(run.payload.to))
    expect(Tick.enqueue).type.toBeCallableWith(send, { to: "ada" }, { key: "one", at: 0 })
    expect(Tick.enqueue).type.not.toBeCallableWith(send, { to: 7 })
    expect(Tick.enqueue).type.not.toBeCallableWith(send)
    expect(Tick.enqueue(sync, undefined)).type.toRaiseError(/make it with one/)
    expect(Tick.enqueueAll(send, [{ to: "ada" }], { key: ({ to }) => to })).type.not.toRaiseError()
    expect(Tick.enqueueAll).type.not.toBeCallableWith(send, [{ to: 7 }])
    expect(Tick.enqueueAll(sync, [])).type.toRaiseError(/make it with one/)
    expect(TickClient.enqueue).type.not.toBeCallableWith(send, { to: 7 })
    expect(TickClient.pause("send")).type.toRaiseError(/pass the job itself/)
  })

  test("has no planned times to make up for where it has a payload, and the message says so", () => {
    const send = Job.make("send", { payload: Letter }, (run) => Effect.log(run.payload.to))
    const march = { from: "2026-03-01T00:00Z", to: "2026-04-01T00:00Z" }
    expect(Tick.backfill).type.toBeCallableWith(sync, { ...march, atOnce: 4 })
    expect(Tick.backfill(send, march)).type.toRaiseError(/no planned times to make up for: enqueue its runs/)
    expect(TickClient.previewBackfill(send, march)).type.toRaiseError(/enqueue its runs/)
  })

  test("may come after jobs, and not after their names", () => {
    expect(Job.after(sync, [fallible])).type.toBe(sync)
    expect(sync.pipe(Job.after([fallible], { on: "end", sameTick: true }))).type.toBe(sync)
    expect(Job.after).type.not.toBeCallableWith(sync, ["fallible"])
  })

  test("reports a value of its schema's type, and nothing where it declares none", () => {
    Job.make("move", { report: Letter }, (run) => {
      expect(run.report).type.toBe<(value: { readonly to: string }) => Effect.Effect<void>>()
      expect(run.report).type.not.toBeCallableWith({ to: 1 })
      expect(run.progress).type.toBeCallableWith(1, 10)
      return run.progress(1)
    })
    Job.make("move", (run) => {
      expect(run).type.not.toHaveProperty("report")
      expect(run.progress).type.not.toBeCallableWith("1")
      return Effect.void
    })
  })

  test("is told neither memory nor payload where it declares none", () => {
    Job.make("told", {}, (run) => {
      expect(run).type.toBe<Run.Run>()
      expect(run).type.not.toHaveProperty("memory")
      expect(run).type.not.toHaveProperty("payload")
      return Effect.void
    })
  })

  test("is told its payload, and is handed nothing else", () => {
    const send = Job.make("send", { payload: Letter }, (run) => {
      expect(run.payload).type.toBe<{ readonly to: string }>()
      expect(run).type.not.toHaveProperty("memory")
      return Effect.void
    })
    expect(send).type.toBe<Job.Job<"send", void, never, never, void, { readonly to: string }>>()
    expect(Payload.encode).type.toBeCallableWith(send, { to: "ada" })
    expect(Payload.encode).type.not.toBeCallableWith(send, { to: 7 })
    expect(Payload.encode).type.not.toBeCallableWith(send)
  })

  test("keeps its literal name, and needs what listing its keys needs", () => {
    const keys = Peers
    const job = Job.make("ping", { keys, memory, payload: Letter, refresh: "1 minute" }, () => keysAreLow)
    expect(job.name).type.toBe<"ping">()
    expect(job).type.toBe<
      Job.Job<"ping", boolean, never, Peers | Keys, { readonly runs: number }, { readonly to: string }>
    >()
  })
})

describe("a cadence", () => {
  test("may ask for the end of a run of its job", () => {
    const whileFew = Schedule.recurWhile((exit: Exit.Exit<number> | undefined) => exit === undefined)
    expect(sync.pipe(Job.repeat(whileFew))).type.toBe(sync)
    expect(Job.schedule(sync, whileFew)).type.toBe(sync)
  })

  test("that asks for anything else does not compile, and the message names the cure", () => {
    const ofText = Schedule.recurWhile((text: string) => text === "")
    const ofRuns = Schedule.recurWhile((exit: Exit.Exit<number>) => Exit.isSuccess(exit))
    expect(Job.repeat(sync, ofText)).type.toRaiseError(/the cure.*widen the schedule's input with Schedule.mapInput/s)
    expect(Job.schedule(sync, ofText)).type.toRaiseError(/the cure/)
    expect(sync.pipe(Job.repeat(ofText))).type.toRaiseError(/the cure/)
    expect(sync.pipe(Job.schedule(ofRuns))).type.toRaiseError(/the cure/)
    expect(Job.repeat(fallible, ofRuns)).type.toRaiseError(/the cure/)
  })
})

describe("a job with a payload", () => {
  const letter = Job.make("letter", { payload: Schema.String }, () => countPeers)

  test("has its payload in its type, and takes all that is no cadence", () => {
    expect(letter).type.toBe<Job.Job<"letter", number, never, Peers, void, string>>()
    expect(letter.pipe(Job.priority(1), Job.retry(Schedule.forever), Job.timeout("1 minute"))).type.toBe(letter)
    expect(Job.when(letter, "keys are low", Effect.succeed(true), { recheck: "1 minute" })).type.toBe(letter)
  })

  test("is never paused by its failures, and the message names the cure", () => {
    expect(Job.pauseAfter(letter, 3)).type.toRaiseError(/the cure.*each run of a job with a payload ends by itself/s)
    expect(letter.pipe(Job.pauseAfter(3))).type.toRaiseError(/drop Job.pauseAfter, or use Job.alertAfter/)
  })

  test("takes no cadence, and the message names the cure", () => {
    expect(Job.every(letter, "1 hour")).type.toRaiseError(
      /the cure.*a job with a payload runs when it is enqueued: drop its cadence/s
    )
    expect(letter.pipe(Job.every("1 hour"))).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.spread("1 hour"))).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.except(() => true))).type.toRaiseError(/drop its cadence/)
    expect(Job.cron(letter, "@daily")).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.cron("@daily", "Europe/Berlin"))).type.toRaiseError(/drop its cadence/)
    expect(Job.at(letter, 0)).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.at(0))).type.toRaiseError(/drop its cadence/)
    expect(Job.repeat(letter, Schedule.forever)).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.repeat(Schedule.forever))).type.toRaiseError(/drop its cadence/)
    expect(Job.schedule(letter, Schedule.forever)).type.toRaiseError(/drop its cadence/)
    expect(letter.pipe(Job.priority(1), Job.schedule(Schedule.forever))).type.toRaiseError(/drop its cadence/)
  })
})

describe("a condition", () => {
  test("may be asked again after a while, whichever way it is called", () => {
    expect(Job.when(sync, "it may", Effect.succeed(true), { recheck: "1 minute" })).type.toBe(sync)
    expect(sync.pipe(Job.when("it may", Effect.succeed(true), { recheck: 500 }))).type.toBe(sync)
    expect(Job.when).type.not.toBeCallableWith(sync, "it may", Effect.succeed(true), { recheck: "soon" })
    expect(Job.when).type.not.toBeCallableWith(sync, "it may", Effect.succeed("yes"))
  })
})

describe("a retry policy", () => {
  const ofText = Schedule.recurWhile((text: string) => text === "")
  const ofNumbers = Schedule.recurWhile((n: number) => n === 0)
  const ofCauses = Schedule.recurWhile((cause: Cause.Cause<unknown>) => cause._tag === "Die")

  test("may ask for what its job fails with, or for nothing, and adds what it needs", () => {
    expect(Job.retry(fallible, ofText)).type.toBe(fallible)
    expect(fallible.pipe(Job.retry(ofText))).type.toBe(fallible)
    expect(fallible.pipe(Job.retry(Schedule.forever, { state: "memory only" }))).type.toBe(fallible)
    expect(sync.pipe(Job.retry(ofNumbers))).type.toBe(sync)
    expect(sync.pipe(Job.retry(paced))).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
  })

  test("that asks for another error does not compile, and the message names the cure", () => {
    expect(Job.retry(fallible, ofNumbers)).type.toRaiseError(
      /the cure.*receives the failure `E` of its job: widen its/s
    )
    expect(fallible.pipe(Job.retry(ofNumbers))).type.toRaiseError(/the cure/)
    expect(fallible.pipe(Job.retry(ofCauses))).type.toRaiseError(/the cure/)
  })

  test("for unexpected ends may ask for their cause, or for nothing, and adds what it needs", () => {
    expect(Job.retryUnexpected(fallible, ofCauses)).type.toBe(fallible)
    expect(fallible.pipe(Job.retryUnexpected(ofCauses))).type.toBe(fallible)
    expect(sync.pipe(Job.retryUnexpected(paced))).type.toBe<Job.Job<"sync", number, never, Peers | Pace>>()
  })

  test("for unexpected ends that asks for anything else does not compile, and the message names the cure", () => {
    expect(Job.retryUnexpected(fallible, ofText)).type.toRaiseError(/the cure.*a `Cause<never>`: widen its input/s)
    expect(fallible.pipe(Job.retryUnexpected(ofText))).type.toRaiseError(/the cure/)
  })
})

describe("a transactional job", () => {
  const purge = sync.pipe(Job.transactional)

  test("needs a store that has transactions", () => {
    expect(purge).type.toBe<Job.Job<"sync", number, never, Peers | Job.JobTransaction>>()
  })

  test("may name its isolation, in both styles", () => {
    const strict = sync.pipe(Job.transactionalWith({ isolation: "serializable" }))
    expect(strict).type.toBe<typeof purge>()
    expect(Job.transactionalWith(sync, { isolation: "read committed" })).type.toBe<typeof purge>()
    expect(Job.transactionalWith).type.not.toBeCallableWith({ isolation: "snapshot" })
    expect(Job.transactionalWith).type.not.toBeCallableWith({})
  })

  test("does not run on a store in memory", () => {
    const jobs = Jobs.make(Job.make("purge", Effect.void).pipe(Job.every("1 hour"), Job.transactional))
    const ticking = Tick.once.pipe(Effect.provide(Tick.layer(jobs)), Effect.provide(JobStore.layerMemory))
    expect(Effect.runPromise).type.not.toBeCallableWith(ticking)
    expect(Effect.runPromise(ticking)).type.toRaiseError(/'JobTransaction' is not assignable to type 'never'/)
  })
})

describe("a tick", () => {
  test("needs what its handler of alerts needs", () => {
    const jobs = Jobs.make(sync.pipe(Job.every("1 hour"), Job.alertAfter(1)))
    expect(Tick.layer(jobs, { onAlert: () => Keys })).type.toBe<
      Layer.Layer<Tick.Tick, InvalidJobs.InvalidJobs | JobStore.StoreError, Peers | Keys | JobStore.JobStore>
    >()
    expect(Tick.layerDaemon(jobs, { onAlert: () => Keys })).type.toBe<ReturnType<typeof Tick.layer<Peers, Keys>>>()
  })

  test("is asked about jobs by their values, not by their names", () => {
    for (const verb of [Tick.pause, Tick.resume, Tick.trigger, Tick.cancel]) {
      expect(verb).type.toBeCallableWith(sync)
      expect(verb).type.toBeCallableWith(sync, { by: "alice", why: "the server moves", key: "ada" })
      expect(verb).type.not.toBeCallableWith("sync")
      expect(verb).type.not.toBeCallableWith({ name: "sync" })
    }
    expect(Tick.pause("sync")).type.toRaiseError(/the cure|pass the job itself, not its name/)
    expect(Tick.pause(sync)).type.toBe<
      Effect.Effect<void, JobStore.StoreError | Tick.InstanceNotFoundError | RequestError.RequestError, Tick.Tick>
    >()
    expect(Tick.resume(sync)).type.toBe<
      Effect.Effect<void, JobStore.StoreError | Tick.InstanceNotFoundError, Tick.Tick>
    >()
  })

  test("ends by itself only where it pauses", () => {
    expect(Tick.pause).type.toBeCallableWith(sync, { until: "2027-01-01T00:00:00Z" })
    expect(Tick.pauseAll).type.toBeCallableWith(() => true, { until: new Date(0) })
    expect(Tick.resume).type.not.toBeCallableWith(sync, { until: "2027-01-01T00:00:00Z" })
    expect(Tick.trigger).type.not.toBeCallableWith(sync, { until: "2027-01-01T00:00:00Z" })
    expect(Tick.resumeAll).type.not.toBeCallableWith(() => true, { until: new Date(0) })
  })
})

type Many<N extends number, T extends ReadonlyArray<Job.Any> = []> = T["length"] extends N
  ? T
  : Many<N, [...T, Job.Job<`job_${T["length"]}`, void, never, Peers>]>

declare const many: Many<300>

describe("law 8, Types: a registry", () => {
  test("of names that follow a pattern compiles: whether one is given twice is seen when it is opened", () => {
    const shards = Arr.makeBy(3, (n) => Job.make(`shard ${n}`, Effect.void).pipe(Job.every("1 hour")))
    expect(Jobs.make).type.toBeCallableWith(...shards)
  })

  test("of a literal name given twice does not compile, and the message names the cure", () => {
    const again = Job.make("sync", Effect.void)
    expect(Jobs.make(sync, fallible, again)).type.toRaiseError(/another job is named .*sync.*: give each its own name/)
    expect(Jobs.make(sync, sync)).type.toRaiseError(/the cure/)
    expect(Jobs.make(...many, Job.make("job_7", Effect.void))).type.toRaiseError(/another job is named .*job_7/)
  })

  test("of three hundred jobs compiles", () => {
    expect(Jobs.make(...many)).type.toBe<Jobs.Jobs<Peers, (typeof many)[number]>>()
    expect(many[299].name).type.toBe<"job_299">()
  })

  test("of jobs whose names are known at run time only compiles", () => {
    const jobs = ["a", "b"].map((name) => Job.make(name, countPeers))
    expect(Jobs.make(...jobs)).type.toBe<Jobs.Jobs<Peers, (typeof jobs)[number]>>()
    expect(Jobs.make(sync, ...jobs)).type.toBe<Jobs.Jobs<Peers, typeof sync | (typeof jobs)[number]>>()
  })

  test("takes jobs only", () => {
    expect(Jobs.make).type.not.toBeCallableWith(Effect.void)
    expect(Jobs.make).type.not.toBeCallableWith("sync")
  })
})
