/**
 * Two processes with a hundred jobs each second, each on a way of its own to one PostgreSQL server on which connections
 * fail at random; and what has to hold of all that they leave behind and have said.
 */
import { assert } from "@effect/vitest"
import * as FaultyProxy from "@tickwork/test-support/FaultyProxy"
import { Array as Arr, Clock, type Duration, Effect, type Scope } from "effect"
import { Job, type TickHealth } from "tickwork"
import { table, writtenOf } from "./entries.ts"
import * as Laws from "./Laws.ts"
import * as Place from "./Place.ts"
import * as Served from "./Served.ts"
import { type Described, jobOf, type OfBody } from "./serving.ts"
import * as Told from "./Told.ts"

const { saying } = Served

const lease = "6 seconds"

const each = (count: number, name: string, rest: Omit<Described, "name">): ReadonlyArray<Described> =>
  Arr.makeBy(count, (n) => ({ ...rest, name: `${name} ${n + 1}` }))

/** A hundred that begin each second, and some that run for longer than a lease. */
const jobs = [
  ...each(30, "quick", { everyMs: 1000 }),
  ...each(60, "latest", { everyMs: 1000, takesMs: [50, 50], missed: "latest" }),
  ...each(10, "ledger", { everyMs: 1000, is: "transactional", missed: "latest" }),
  ...each(4, "long", { everyMs: 10_000, takesMs: [8000, 8000], missed: "latest" })
]

/** An answer of `Tick.health`, when it was asked for and when it came. */
export interface Sample {
  readonly askedAt: number
  readonly at: number
  readonly store: TickHealth.TickHealth["store"]
}

/** A process, its way to the server, and what it has said of the store. */
export interface Tried {
  readonly served: Served.Served
  readonly proxy: FaultyProxy.FaultyProxy
  readonly samples: ReadonlyArray<Sample>
}

export interface Outcome {
  readonly both: ReadonlyArray<Tried>
  readonly beganAt: number
  readonly calmAt: number
  readonly instances: ReadonlyArray<Told.Instance>
  /** The instants that a transactional job has written. */
  readonly written: (job: string) => ReadonlyArray<number>
}

/** Asks for its health all the time. */
const sampling = (served: Served.Served, samples: Array<Sample>) =>
  Effect.gen(function* () {
    const askedAt = yield* Clock.currentTimeMillis
    const since = served.said.length
    yield* served.ask({ ask: "health" })
    const { at, health } = yield* served.hear(saying("health"), since)
    samples.push({ askedAt, at, store: health.store })
    yield* Effect.sleep("300 millis")
  }).pipe(Effect.forever)

const start = (url: string) =>
  Effect.gen(function* () {
    const proxy = yield* FaultyProxy.make(url)
    const served = yield* Served.start({ place: proxy.url, jobs, lease, concurrency: 30 })
    const samples: Array<Sample> = []
    yield* Effect.forkScoped(sampling(served, samples))
    return { served, proxy, samples }
  })

const success = saying("recorded", { status: "success" })

/** Lets them run among faults for a time, and then in calm. */
export const run = (
  url: string,
  options: { readonly faults: Duration.DurationInput; readonly calm: Duration.DurationInput }
): Effect.Effect<Outcome, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.provide(table, Place.layer(url))
    const both = [yield* start(url), yield* start(url)]
    const processes = both.map(({ served }) => served)
    // one of them may make nearly all runs: which takes what is due first is left to chance
    yield* Served.together(processes, success, 200)
    const beganAt = yield* Clock.currentTimeMillis
    for (const { proxy } of both) proxy.begin()
    yield* Effect.sleep(options.faults)
    const calmAt = yield* Clock.currentTimeMillis
    for (const { proxy } of both) proxy.end()
    yield* Effect.sleep(options.calm)
    yield* Effect.forEach(processes, (served) => served.end("SIGTERM"), { concurrency: "unbounded", discard: true })
    // what a stop could not release over a connection that has gone silent, the next process takes over
    const next = yield* Served.start({ place: url, jobs, lease, concurrency: 30 })
    yield* Served.many(next, success, 100)
    yield* next.end("SIGTERM")
    const instances = yield* Effect.provide(Told.instances, Place.layer(url))
    const written = yield* Effect.provide(writtenOf, Place.layer(url))
    return { both, beganAt, calmAt, instances, written }
  })

const succeeded = ({ lines }: Told.Instance) =>
  lines.flatMap(({ scheduledAt, status }) => (status === "success" ? [scheduledAt] : []))

/** Laws 3 and 6: each planned instant has a verdict, and none succeeds twice, whatever answer to a COMMIT was lost. */
export const hasRecordedAll = ({ instances, written }: Outcome): void => {
  assert.lengthOf(instances, jobs.length)
  for (const described of jobs) {
    const { name } = described
    const instance = instances.find(({ state }) => state.jobName === name) ?? assert.fail(`${name} is not stored`)
    const { cadence, missed } = Job.inspect(jobOf(lease)(described))
    Told.isConsistent(instance)
    Laws.keepsWhatWasPlanned(instance)
    if (cadence?._tag === "Calendar") Laws.hasAVerdictForEach(cadence, missed.policy, instance)
    const instants = succeeded(instance)
    assert.lengthOf(new Set(instants), instants.length, `no instant of ${name} succeeds twice`)
    assert.isNull(instance.state.claim.owner, `no process holds ${name}`)
    if (described.is === "transactional")
      assert.deepStrictEqual(written(name), instants.toSorted(), `${name} has written what is recorded`)
  }
}

interface Body extends OfBody {
  readonly pid: number
  readonly from: number
  readonly to: number
}

/** When bodies ran, in the order of their begins. */
const bodiesOf = ({ served: { child, said } }: Tried): ReadonlyArray<Body> => {
  const open = new Map<string, Body>()
  const bodies: Array<Body> = []
  for (const one of said) {
    if (one.what !== "begins" && one.what !== "ends" && one.what !== "is cut") continue
    const { at, attempt, job, key, scheduledAt, trigger } = one
    const id = `${job} ${scheduledAt} ${attempt}`
    if (one.what === "begins")
      open.set(id, { attempt, job, key, scheduledAt, trigger, pid: child.pid ?? 0, from: at, to: at })
    else bodies.push({ ...(open.get(id) ?? assert.fail(`${id} ends and has not begun`)), to: at })
    if (one.what !== "begins") open.delete(id)
  }
  assert.deepStrictEqual([...open.keys()], [], "each body has ended")
  return bodies
}

/** Law 6: a body overlaps another one of its instance only where the other's holder has not renewed its claim in time. */
export const hasNoOverlap = ({ both, instances }: Outcome): void => {
  const byJob = Arr.groupBy(both.flatMap(bodiesOf), ({ job }) => job)
  for (const { lines, state } of instances) {
    const bodies = (byJob[state.jobName] ?? []).toSorted((one, other) => one.from - other.from)
    for (const [index, one] of bodies.entries()) {
      const later = bodies.slice(index + 1).filter(({ from }) => from < one.to)
      if (later.length === 0) continue
      const line = lines.find(({ attempt, scheduledAt }) => attempt === one.attempt && scheduledAt === one.scheduledAt)
      const why = `${state.jobName} at ${one.scheduledAt}, attempt ${one.attempt}, is overlapped by ${JSON.stringify(later)}`
      assert.strictEqual(line?.error, "its owner did not renew its claim", why)
    }
  }
}

/** What `Tick.health` has said of the store agrees with what went over the proxy, and with what was recorded. */
export const healthIsTrue = ({ beganAt, both, calmAt }: Outcome): void => {
  for (const { proxy, samples, served } of both) {
    // of a job's own transaction the tick tells later than the server has answered
    const recorded = Served.all(served, saying("recorded")).flatMap(({ at, job }) =>
      job.startsWith("ledger") ? [] : [at]
    )
    assert.isAbove(samples.length, 10)
    for (const { askedAt, at, store } of samples) {
      const says = `at ${at - beganAt} ms, ${JSON.stringify(store)}`
      if (store.isReachable) {
        assert.isTrue(
          proxy.answers.some((answer) => answer >= askedAt - 50 && answer <= at + 50),
          `${says}: the server has answered`
        )
        continue
      }
      const since = store.since ?? assert.fail("it says since when")
      assert.isAtMost(since, at, `${says}: since`)
      assert.isAtLeast(since, beganAt, `${says}: not before the first fault`)
      const meanwhile = recorded.filter((one) => one > since + 500 && one < at - 500)
      assert.deepStrictEqual(meanwhile, [], `${says}: nothing was recorded meanwhile`)
    }
    const after = samples.filter(({ askedAt }) => askedAt > calmAt + recoveryMs)
    assert.isAbove(after.length, 0)
    assert.isTrue(
      after.every(({ store }) => store.isReachable),
      "the store is reachable again"
    )
  }
}

/** How long after the last fault all is as before, in ms. */
export const recoveryMs = 15_000

/** Each instant from then on begins in time. */
export const isAsBefore = ({ both, calmAt }: Outcome, withinMs: number): void => {
  const bodies = both.flatMap(bodiesOf)
  const lastAt = Math.max(...bodies.map(({ from }) => from))
  const from = calmAt + recoveryMs
  for (const { everyMs, missed, name } of jobs) {
    // one that runs each instant that was missed does so in their order, spread over time
    if (everyMs > 1000 || missed === undefined) continue
    const own = bodies.filter(({ job, scheduledAt }) => job === name && scheduledAt >= from)
    const instants = Math.floor((lastAt - from) / everyMs) - 1
    assert.isAtLeast(own.length, instants, `${name} runs at each instant`)
    for (const body of own)
      assert.isAtMost(
        body.from - body.scheduledAt,
        withinMs,
        `${name} begins in time at ${body.scheduledAt - calmAt} ms`
      )
  }
}

/** How often each fault has happened. */
export const countsOf = ({ both }: Outcome): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { proxy } of both)
    for (const [fault, count] of Object.entries(proxy.counts)) counts[fault] = (counts[fault] ?? 0) + count
  return counts
}
