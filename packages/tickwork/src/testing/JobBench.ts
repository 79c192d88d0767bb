/**
 * One job on a bench, with no database and no tick of one's own: its state and an instant go in, what is decided of it and
 * what it came to come out.
 *
 * A bench is a value that nothing changes: whoever moves time, or lets the job run, gets another one. What is decided is
 * pure, and needs nothing of what the job needs. A run is made by the engine itself, on a clock that shows the bench's
 * instant and passes at once where the job sleeps. Not covered: the order between jobs, and transactions; a body that is
 * transactional runs, outside any transaction.
 *
 * @since 0.1.0
 */
import {
  Context,
  type DateTime,
  Effect,
  Either,
  Exit,
  Function as Fn,
  Layer,
  Logger,
  LogLevel,
  Pipeable,
  Random
} from "effect"
import type { Decision } from "../Decision.ts"
import type { EnqueueError } from "../EnqueueError.ts"
import * as Explanation from "../Explanation.ts"
import { type Fault, InvalidJobs } from "../InvalidJobs.ts"
import * as Body from "../internal/engine/Body.ts"
import * as KeyList from "../internal/engine/KeyList.ts"
import * as Memory from "../internal/engine/Memory.ts"
import * as Payload from "../internal/engine/Payload.ts"
import * as Replan from "../internal/engine/Reschedule.ts"
import * as Plan from "../internal/plan/Plan.ts"
import * as Cadence from "../internal/schedule/Cadence.ts"
import * as Calendar from "../internal/schedule/Calendar.ts"
import * as Job from "../Job.ts"
import * as JobState from "../JobState.ts"
import { JobStore, layerMemory } from "../JobStore.ts"
import * as Jobs from "../Jobs.ts"
import * as LogEntry from "../LogEntry.ts"
import * as Tick from "../Tick.ts"
import * as ManualClock from "./ManualClock.ts"

/**
 * A job that succeeds with `A`, fails with `E`, needs `R` and remembers `M`, at an instant. Instants are milliseconds since
 * the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobBench<out A, out E, out R, in out M = void, in out P = void> extends Pipeable.Pipeable {
  readonly job: Job.Job<string, A, E, R, M, P>
  /** The job, checked. */
  readonly registered: Jobs.Registered<R>
  readonly now: number
  readonly state: JobState.JobState
  /** Whether it runs now, or waits and why. */
  readonly decision: Decision
  /** The same with what stands behind it, and when it is looked at next. */
  readonly explanation: Explanation.Explanation
  /** What its next run begins with, or why that cannot be read; nothing where the job declares no memory. */
  readonly memory: Either.Either<M, Memory.MemoryDecodeError>
  /** The jobs that it comes after. */
  readonly others: ReadonlyArray<Any>
  readonly seed: number
}

/**
 * Any job at all, on a bench.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = JobBench<unknown, unknown, any, any, any>

interface Common {
  /** The instant, as `Job.at` takes one. */
  readonly now: DateTime.DateTime.Input
  /** The state of the instance, as a store has it; that of one which begins now unless set. */
  readonly state?: JobState.JobState
  /** Which instance of a job that has keys; for a payload, `"bench"` unless set. */
  readonly key?: string
  /** The jobs that it comes after, each on a bench of its own; one that is not given has never ended. */
  readonly others?: ReadonlyArray<Any>
  /** What all dice are made of: those of schedules and those of the body; 0 unless set. */
  readonly seed?: number
}

/**
 * Where a bench begins: the instant, and what is known of the instance by then. A job with memory may be given what it
 * remembers, and one with a payload is given that, or a state that has it.
 *
 * @since 0.1.0
 * @category models
 */
export type Given<M = void, P = void> = Common &
  ([M] extends [void] ? unknown : { readonly memory?: M }) &
  ([P] extends [void] ? unknown : { readonly payload: P } | { readonly state: JobState.JobState })

/**
 * What a run came to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<out A, out E, out R, in out M = void, in out P = void> {
  /** The line of the run, or of what kept it from running, such as a condition; `null` where nothing was due. */
  readonly run: LogEntry.LogEntry | null
  /** What the body itself ended with; `null` where it did not begin. */
  readonly exit: Exit.Exit<A, E> | null
  /** All that was written, the oldest line first: also what was missed. */
  readonly log: ReadonlyArray<LogEntry.LogEntry>
  /** The job at the end of the run, with its state, its memory and what is decided of it then. */
  readonly bench: JobBench<A, E, R, M, P>
}

/**
 * What a condition answers; `error` says why where it gives no answer, which counts as a no.
 *
 * @since 0.1.0
 * @category models
 */
export interface Look {
  readonly reason: string
  readonly holds: boolean
  readonly error: string | null
}

/** A job alone finds every place free. */
const places: Plan.SlotCapacities = { serial: 1, parallel: 1 }

const enqueued = "bench"

const candidateOf = ({ registered, state }: Pick<Any, "registered" | "state">): Plan.Candidate => ({
  registered,
  state,
  runningSince: null
})

const memoryOf = ({ registered: { job }, state }: Pick<Any, "registered" | "state">) => {
  if (job.memory === null) return Either.right(undefined)
  const refused = (reason: string) =>
    new Memory.MemoryDecodeError({ jobName: job.name, key: state.key, operation: "read", reason })
  return Either.mapBoth(Memory.read(job.memory, state.memory), { onLeft: refused, onRight: ({ value }) => value })
}

/** Each run rolls dice of its own. */
const diceOf = ({ seed, state }: Pick<Any, "seed" | "state">) => Random.make(`${seed}/${state.seq}`)

/** What another job has done counts for those that come after it; while it is paused it takes no place, and no part. */
const still = (other: Any): Any => ({
  ...other,
  state: { ...other.state, paused: { at: 0, by: "", why: "" }, manual: null }
})

const explain = ({
  now,
  others,
  registered,
  state
}: Parts<unknown, unknown, any, any, any>): Explanation.Explanation => {
  const candidates = [{ registered, state }, ...others.map(still)].map(candidateOf)
  const own = Plan.explain(candidates, places, now, state) as Explanation.Explanation
  const because = own.because.flatMap(({ jobName, key }) =>
    others
      .filter(({ state }) => state.jobName === jobName && state.key === key)
      .map((other) => explain({ ...other, now }))
  )
  return { ...own, because, nextCheckAt: Explanation.nextCheckAt(own.decision, because, now) }
}

type Parts<A, E, R, M, P> = Pick<JobBench<A, E, R, M, P>, "job" | "now" | "others" | "registered" | "seed" | "state">

const of = <A, E, R, M, P>(parts: Parts<A, E, R, M, P>): JobBench<A, E, R, M, P> => {
  const { job, now, others, registered, seed, state } = parts
  const explanation = explain(parts)
  return Object.assign(Object.create(Pipeable.Prototype), {
    job,
    registered,
    now,
    state,
    decision: explanation.decision,
    explanation,
    memory: memoryOf(parts),
    others,
    seed
  })
}

/** What stands for a job that another comes after: those of its instances that are given, and a body that never runs. */
const stub = (name: string, benches: ReadonlyArray<Any>): Job.Any => {
  const keys = benches.map(({ state }) => state.key)
  const [bench] = benches
  const isPlain = bench !== undefined && bench.registered.job.keys === null
  return Job.copy(Job.make(name, Effect.void), {
    cadence: Either.right(bench?.registered.cadence ?? Cadence.whenever),
    keys: isPlain ? null : { list: Effect.succeed(keys), refresh: "1 minute" },
    version: bench?.registered.job.version ?? 1
  })
}

const stubs = ({ after, name }: Job.Any, others: ReadonlyArray<Any>): ReadonlyArray<Job.Any> =>
  after
    .filter(({ jobName }) => jobName !== name)
    .map(({ jobName }) =>
      stub(
        jobName,
        others.filter(({ state }) => state.jobName === jobName)
      )
    )

const keyFaults = ({ keys, name, payload }: Job.Any, key: string | undefined): ReadonlyArray<Fault> => {
  const bad = (reason: string, cure: string): ReadonlyArray<Fault> => [{ _tag: "BadKeys", job: name, reason, cure }]
  if (key === undefined)
    return keys === null ? [] : bad("no key says which instance is on the bench", 'Give one, such as { key: "ada" }.')
  if (keys === null && payload === null)
    return bad(`it has none, and the bench is given ${JSON.stringify(key)}`, "Drop key, or make the job with keys.")
  const fault = KeyList.faultOf(key)
  return fault === null ? [] : bad(`the key ${JSON.stringify(key)} ${fault}`, "Use one of up to 200 characters.")
}

const invalid = (fault: Fault) => new InvalidJobs({ faults: [fault] })

const instantOf = (job: Job.Any, instant: DateTime.DateTime.Input): Either.Either<number, InvalidJobs> =>
  Either.mapBoth(Calendar.at(instant), {
    onLeft: ({ reason }) => invalid({ _tag: "BadInstant", job: job.name, instant, reason }),
    onRight: ({ instant }) => instant
  })

const keptOf = <M>({ name }: Job.Any, memory: Memory.Memory<M>, key: string, value: M) =>
  Either.mapLeft(
    Memory.write(memory, value),
    (reason) => new Memory.MemoryDecodeError({ jobName: name, key, operation: "keep", reason })
  )

/** A schedule that is asked first is asked at once, unless it needs services or time for that: then the run asks it. */
const firstPlan = (registered: Jobs.Registered, key: string, now: number, seed: number) => {
  const { cadence, job } = registered
  const dice = { jobName: job.name, key, cadence: { definition: "", anchor: now, seed, steps: 0, state: null } }
  const planned = Effect.either(Replan.begin<never>(registered, cadence, seed, now))
  if (cadence._tag === "Calendar") return Effect.runSync(planned)
  const answer = Effect.runSyncExit(Effect.withRandom(planned, Replan.randomOf(dice)))
  if (Exit.isSuccess(answer)) return answer.value
  return Effect.runSync(Effect.either(Replan.stepLater<never>(now)(registered, cadence, { dice, now, before: null })))
}

/**
 * A job at an instant. The job, those that it comes after and what the bench is given are checked as a tick checks its
 * registry: all that is wrong is `InvalidJobs`, or that a payload or a memory cannot be kept.
 *
 * It is an `Either`, and so an `Effect`: `yield*` it, or take it with `Effect.runSync`. The same inputs give the same
 * bench, and nothing of what the job needs is asked for. One case has to wait for
 * {@link run}: a schedule that is asked first, and needs services for its answer, is due to be asked.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Decision, Job } from "tickwork"
 * import { JobBench } from "tickwork/testing"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))
 * const bench = Effect.runSync(JobBench.make(backup, { now: "2026-03-02T12:00:00Z" }))
 *
 * console.assert(Decision.toText(bench.decision) === "not due until 2026-03-03T02:00:00.000Z")
 * console.assert(bench.pipe(JobBench.at("2026-03-03T02:00:00Z")).decision._tag === "Run")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E, R, M, P>(
  job: Job.Job<string, A, E, R, M, P>,
  given: Given<M, P>
): Either.Either<JobBench<A, E, R, M, P>, InvalidJobs | Memory.MemoryDecodeError | EnqueueError> =>
  Either.gen(function* () {
    const { memory, others = [], payload, seed = 0, ...common }: Common & { memory?: M; payload?: P } = given
    const now = yield* instantOf(job, common.now)
    const { key = common.state?.key || undefined } = common
    const jobs = Jobs.of<R>([job, ...stubs(job, others)])
    const [registered] = (yield* Jobs.validate(jobs, { others: keyFaults(job, key) })) as [Jobs.Registered<R>]
    const isEnqueued = job.payload !== null
    const instance = key ?? (isEnqueued ? enqueued : "")
    const kept = {
      ...(payload === undefined ? {} : { payload: yield* Payload.encode(job, payload as NoInfer<P>) }),
      ...(memory === undefined || job.memory === null
        ? {}
        : { memory: yield* keptOf(job, job.memory, instance, memory) })
    }
    const begun =
      common.state ??
      JobState.initial(job.name, instance, yield* firstPlan(registered as Jobs.Registered, instance, now, seed), now)
    return of({ job, registered, now, state: { ...begun, ...kept, jobName: job.name, key: instance }, others, seed })
  })

/**
 * The same job at another instant, as `Job.at` takes one: nothing has run meanwhile. Throws `InvalidJobs` where it is none.
 *
 * @since 0.1.0
 * @category transitions
 */
export const at: {
  (instant: DateTime.DateTime.Input): <A, E, R, M, P>(self: JobBench<A, E, R, M, P>) => JobBench<A, E, R, M, P>
  <A, E, R, M, P>(self: JobBench<A, E, R, M, P>, instant: DateTime.DateTime.Input): JobBench<A, E, R, M, P>
} = Fn.dual(2, (self: Any, instant: DateTime.DateTime.Input) =>
  of({ ...self, now: Either.getOrThrowWith(instantOf(self.job, instant), Fn.identity) })
)

/**
 * The same job at the instant at which it is due next: at once where it is due already, or where nothing of it is to come.
 *
 * @since 0.1.0
 * @category transitions
 */
export const atNext = <A, E, R, M, P>(self: JobBench<A, E, R, M, P>): JobBench<A, E, R, M, P> =>
  of({ ...self, now: Math.max(self.now, JobState.dueAt(self.state) ?? self.now) })

interface Ran {
  readonly now: number
  readonly state: JobState.JobState
  readonly log: ReadonlyArray<LogEntry.LogEntry>
}

/** What a tick does that is opened at the bench's instant, on a store that holds what the bench does. */
const tickOnce = <R>(
  { now, others, registered, seed, state }: Pick<JobBench<unknown, unknown, R, any, any>, keyof Parts<0, 0, 0, 0, 0>>,
  fields: Partial<Job.Any>
): Effect.Effect<Ran, never, R> => {
  const time = ManualClock.make(now)
  const job = Job.copy(registered.job, {
    keys: registered.job.keys === null ? null : { list: Effect.succeed([state.key]), refresh: "1 minute" },
    isTransactional: false,
    timeout: registered.timeoutMs,
    renamedFrom: null,
    ...fields
  })
  return Effect.gen(function* () {
    const store = yield* JobStore
    yield* store.add([state, ...others.map((other) => still(other).state)])
    const jobs = Jobs.of<R>([job, ...stubs(job, others)])
    const tick = Context.get(yield* Layer.build(Tick.layer(jobs)), Tick.Tick)
    yield* tick.once
    const { jobName, key } = state
    const [after = state] = yield* store.get([state])
    const own = yield* store.entries({ jobName, key, limit: everything })
    const log = [...own].sort((one, other) => one.seq - other.seq)
    return { now: yield* time.now, state: after, log }
  }).pipe(
    Effect.scoped,
    Effect.provide(layerMemory),
    // it was checked when the bench was made, and a store in memory does not fail
    Effect.orDie,
    time.until,
    Effect.withClock(time.clock),
    Effect.withRandom(diceOf({ seed, state }))
  )
}

/** Enough for all that one tick can write. */
const everything = 2 ** 31 - 1

/**
 * Lets the job run as a tick does that is opened at the bench's instant: conditions, body, timeout, memory and the next
 * plan are the real ones. Where it waits, nothing runs, and `run` is `null`.
 *
 * A body that sleeps takes no real time. What it awaits of the outside world takes the time that it takes, and clocks do
 * not stand still meanwhile: a timeout may come first.
 *
 * @example
 * ```ts
 * import { Effect, Either, Ref, Schema } from "effect"
 * import { Job } from "tickwork"
 * import { JobBench } from "tickwork/testing"
 *
 * const memory = { schema: Schema.Number, initial: 0 }
 * const count = Job.make("count", { memory }, (run) =>
 *   Effect.zipRight(Effect.sleep("1 minute"), Ref.update(run.memory, (counted) => counted + 1))
 * ).pipe(Job.every("1 hour"))
 *
 * const program = Effect.gen(function* () {
 *   const bench = yield* JobBench.make(count, { now: "2026-03-02T12:00:00Z", memory: 41 })
 *   const outcome = yield* JobBench.run(bench)
 *   console.assert(outcome.run?.status === "success" && outcome.run.durationMs === 60_000)
 *   console.assert(Either.getOrThrow(outcome.bench.memory) === 42)
 *   console.assert(outcome.bench.state.nextAt === Date.parse("2026-03-02T13:00:00Z"))
 * })
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E, R, M, P>(
  self: JobBench<A, E, R, M, P>
): Effect.Effect<Outcome<A, E, R, M, P>, never, Exclude<R, Job.JobTransaction>> =>
  Effect.suspend(() => {
    const exits: Array<Exit.Exit<A, E>> = []
    const body: typeof self.job.body = (told) =>
      Effect.onExit(self.job.body(told), (exit) => Effect.sync(() => exits.push(exit)))
    return Effect.map(tickOnce(self, { body }), ({ log, now, state }) => ({
      run: log.findLast(LogEntry.ran) ?? log.at(-1) ?? null,
      exit: exits.at(-1) ?? null,
      log,
      bench: of({ ...self, now, state })
    }))
    // its body runs outside any transaction
  }) as Effect.Effect<Outcome<A, E, R, M, P>, never, Exclude<R, Job.JobTransaction>>

/**
 * Asks all conditions of the job at the bench's instant, in their order. A tick stops asking at the first no.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 * import { JobBench } from "tickwork/testing"
 *
 * const refill = Job.make("refill", Effect.void).pipe(
 *   Job.every("1 hour"),
 *   Job.when("prekeys are low", Effect.succeed(false))
 * )
 * const program = Effect.gen(function* () {
 *   const [look] = yield* JobBench.look(yield* JobBench.make(refill, { now: 0 }))
 *   console.assert(look?.reason === "prekeys are low" && !look.holds)
 * })
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const look = <A, E, R, M, P>({
  job,
  now,
  seed,
  state
}: JobBench<A, E, R, M, P>): Effect.Effect<ReadonlyArray<Look>, never, Exclude<R, Job.JobTransaction>> =>
  Effect.suspend(() => {
    const time = ManualClock.make(now)
    const ask = (condition: Job.Condition<unknown, R>) =>
      Effect.map(
        Body.checkCondition(condition),
        (refusal): Look => ({
          reason: condition.reason,
          holds: refusal === null,
          error: refusal?.error ?? null
        })
      )
    return Effect.forEach(job.conditions, ask).pipe(
      time.until,
      Effect.withClock(time.clock),
      Effect.withRandom(diceOf({ seed, state }))
    )
  }) as Effect.Effect<ReadonlyArray<Look>, never, Exclude<R, Job.JobTransaction>>

type CanEnd<A2, A, E2, E> = [A2, E2] extends [A, E]
  ? unknown
  : Job.Cure<"the past of a job is made of what it can end with, `Exit<A, E>`: give it such ends">

/**
 * The job as it is when its last attempts, of which each was made once it was due, have ended so: its cadence and its retry
 * policies are asked, its conditions and its body are not. Dies where nothing of it comes to be due any more.
 *
 * @example
 * ```ts
 * import { Effect, Exit, Schedule } from "effect"
 * import { Decision, Job } from "tickwork"
 * import { JobBench } from "tickwork/testing"
 *
 * const sync = Job.make("sync", Effect.fail("offline")).pipe(
 *   Job.every("1 hour"),
 *   Job.retry(Schedule.exponential("1 minute"))
 * )
 * const program = Effect.gen(function* () {
 *   const fresh = yield* JobBench.make(sync, { now: "2026-03-02T12:00:00Z" })
 *   const bench = yield* JobBench.past(fresh, [Exit.fail("offline"), Exit.fail("offline")])
 *   console.assert(Decision.toText(bench.decision) === "backing off until 2026-03-02T12:03:00.000Z")
 * })
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category transitions
 */
export const past: {
  <A2, E2>(
    exits: ReadonlyArray<Exit.Exit<A2, E2>>
  ): <A, E, R, M, P>(
    self: JobBench<A, E, R, M, P> & CanEnd<A2, A, E2, E>
  ) => Effect.Effect<JobBench<A, E, R, M, P>, never, Exclude<R, Job.JobTransaction>>
  <A, E, R, M, P>(
    self: JobBench<A, E, R, M, P>,
    exits: ReadonlyArray<Exit.Exit<NoInfer<A>, NoInfer<E>>>
  ): Effect.Effect<JobBench<A, E, R, M, P>, never, Exclude<R, Job.JobTransaction>>
} = Fn.dual(2, (self: Any, exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
  Effect.reduce(exits, self, (bench, exit) => Effect.suspend(() => ended(bench, exit)))
)

const ended = (bench: Any, exit: Exit.Exit<unknown, unknown>): Effect.Effect<Any, never, any> => {
  const { job } = bench.registered
  const cadence = job.payload === null ? Either.right(bench.registered.cadence) : null
  const free = Job.copy(job, { after: [], cadence, conditions: [], body: () => exit })
  const next = atNext({ ...bench, registered: { ...bench.registered, job: free } })
  if (next.decision._tag === "Wait")
    return Effect.dieMessage(`no attempt of it ends: ${Explanation.toText(next.explanation)}`)
  // what is only supposed to have happened is not worth a line
  const quietly = Logger.withMinimumLogLevel(tickOnce(next, {}), LogLevel.None)
  return Effect.map(quietly, ({ now, state }) => of({ ...bench, now, state }))
}
