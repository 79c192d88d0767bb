/**
 * One job on a bench: its state and an instant go in, the decision and the outcome of a run come out. It covers neither the
 * order between jobs nor transactions: the body of a transactional job runs outside any transaction.
 *
 * @since 0.1.0
 */
import { type DateTime, Effect, Either, Exit, Function as Fn, Logger, LogLevel, Pipeable } from "effect"
import type { Decision } from "../Decision.ts"
import type { EnqueueError } from "../EnqueueError.ts"
import * as Explanation from "../Explanation.ts"
import { type Fault, InvalidJobs } from "../InvalidJobs.ts"
import * as Definition from "../internal/Definition.ts"
import * as Body from "../internal/engine/Body.ts"
import * as Memory from "../internal/engine/Memory.ts"
import * as Payload from "../internal/engine/Payload.ts"
import * as Reschedule from "../internal/engine/Reschedule.ts"
import * as Plan from "../internal/plan/Plan.ts"
import { forKey, type Registered } from "../internal/plan/Registered.ts"
import * as Registry from "../internal/plan/Registry.ts"
import * as Instant from "../internal/schedule/Instant.ts"
import type * as Job from "../Job.ts"
import * as JobState from "../JobState.ts"
import * as LogEntry from "../LogEntry.ts"
import { MemoryDecodeError } from "../Run.ts"
import * as BenchTick from "./internal/BenchTick.ts"

/**
 * A job that succeeds with `A`, fails with `E`, needs `R` and remembers `M`, at an instant. An immutable value: moving
 * time, or running the job, answers another bench. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobBench<out A, out E, out R, in out M = void, in out P = void> extends Pipeable.Pipeable {
  readonly job: Job.Job<string, A, E, R, M, P>
  /** The job, validated. */
  readonly registered: Registered<R>
  readonly now: number
  readonly state: JobState.JobState
  /** Whether it runs now, or waits and why. */
  readonly decision: Decision
  /** The decision with its causes, and when it is made again. */
  readonly explanation: Explanation.Explanation
  /** The memory that its next run begins with, or why it cannot be read; nothing where the job declares none. */
  readonly memory: Either.Either<M, MemoryDecodeError>
  /** The jobs that it comes after. */
  readonly others: ReadonlyArray<Any>
  readonly seed: number
}

/**
 * Any job on a bench.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = JobBench<unknown, unknown, any, any, any>

interface Common {
  /** The instant, as `Job.at` takes one. */
  readonly now: DateTime.DateTime.Input
  /** The state of the instance, as a store has it; that of an instance which begins now unless set. */
  readonly state?: JobState.JobState
  /** The instance of a job with keys; for a job with a payload, `"bench"` unless set. */
  readonly key?: string
  /** The jobs that it comes after, each on a bench of its own; an omitted one has never ended. */
  readonly others?: ReadonlyArray<Any>
  /** Decides the random numbers of schedules and body; 0 unless set. */
  readonly seed?: number
}

/**
 * Where a bench begins: the instant and the instance. A job with memory may be given its memory; a job with a payload is
 * given a payload, or a state that has one.
 *
 * @since 0.1.0
 * @category models
 */
export type Given<M = void, P = void> = Common &
  ([M] extends [void] ? unknown : { readonly memory?: M }) &
  ([P] extends [void] ? unknown : { readonly payload: P } | { readonly state: JobState.JobState })

/**
 * The outcome of a run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<out A, out E, out R, in out M = void, in out P = void> {
  /** The log entry of the run, or of the verdict that prevented it; `null` where nothing was due. */
  readonly run: LogEntry.LogEntry | null
  /** The exit of the body; `null` where it did not begin. */
  readonly exit: Exit.Exit<A, E> | null
  /** All log entries written, the oldest first, those of missed instants included. */
  readonly log: ReadonlyArray<LogEntry.LogEntry>
  /** The job at the end of the run. */
  readonly bench: JobBench<A, E, R, M, P>
}

/**
 * The check of a condition. A condition that fails does not hold, and `error` says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConditionCheck {
  readonly reason: string
  readonly holds: boolean
  readonly error: string | null
}

/** A job alone finds every slot free. */
const slots: Plan.SlotCapacities = { serial: 1, parallel: 1 }

const unreadable =
  ({ name }: Pick<Job.Any, "name">, key: string, operation: "read" | "keep") =>
  (reason: string) =>
    new MemoryDecodeError({ jobName: name, key, operation, reason })

const memoryOf = ({ registered: { job }, state }: Pick<Any, "registered" | "state">) => {
  if (job.memory === null) return Either.right(undefined)
  const read = Memory.read(job.memory, state.memory)
  return Either.mapBoth(read, { onLeft: unreadable(job, state.key, "read"), onRight: ({ value }) => value })
}

const explain = (parts: Parts<unknown, unknown, any, any, any>): Explanation.Explanation => {
  const { now, others, state } = parts
  const instances = [parts, ...others.map(BenchTick.inactive)]
  const candidates = instances.map(({ registered, state }) => ({ registered, state, runningSince: null }))
  const own = Plan.explain(candidates, slots, now, state) as Explanation.Explanation
  const because = own.because.flatMap(({ jobName, key }) =>
    others
      .filter(({ state }) => state.jobName === jobName && state.key === key)
      .map((other) => explain({ ...other, now }))
  )
  return { ...own, because, nextCheckAt: Explanation.nextCheckAt(own.decision, because, now) }
}

type Parts<A, E, R, M, P> = Pick<JobBench<A, E, R, M, P>, "job" | "now" | "others" | "registered" | "seed" | "state">

const of = <A, E, R, M, P>(parts: Parts<A, E, R, M, P>): JobBench<A, E, R, M, P> => {
  const explanation = explain(parts)
  const derived = { decision: explanation.decision, explanation, memory: memoryOf(parts) }
  return Object.assign(Object.create(Pipeable.Prototype), parts, derived)
}

/** What is run for a bench runs outside any transaction. */
type OfBench<A, R> = Effect.Effect<A, never, Exclude<R, Job.JobTransaction>>

const ofBench = <A, R>(effect: Effect.Effect<A, never, R>) => effect as OfBench<A, R>

const withoutKeys = ["must not be set for a job without keys", "Drop key, or make the job with keys."] as const

const keyFaults = (job: Job.Any, key: string | undefined): ReadonlyArray<Fault> => {
  const { keys, payload } = Definition.of(job)
  const check = Registry.checkOf(job.name)
  if (key === undefined) return check(keys === null, "key", key, Registry.rules.key)
  const isKeyed = keys !== null || payload !== null
  return isKeyed ? check(Registry.isKey(key), "key", key, Registry.rules.key) : check(false, "key", key, withoutKeys)
}

const instantOf = (job: Job.Any, instant: DateTime.DateTime.Input): Either.Either<number, InvalidJobs> =>
  Either.mapLeft(Instant.of(instant), (reason) => {
    const cure = 'Use one such as "2027-01-01T09:00:00+01:00".'
    return new InvalidJobs({ faults: [Registry.invalid(job.name, { option: "now", value: instant, reason, cure })] })
  })

/** A schedule is stepped at once, unless it needs services or time for its first answer: then the run steps it. */
const firstPlan = (registered: Registered, key: string, now: number, seed: number) => {
  const { cadence, job } = registered
  const first = { definition: "", anchor: now, seed, steps: 0, state: null }
  const source = { jobName: job.name, key, position: { cadence: first } }
  const planned = Effect.either(Reschedule.begin<never>(registered, cadence, seed, now))
  if (cadence._tag === "Calendar") return Effect.runSync(planned)
  const answer = Effect.runSyncExit(Effect.withRandom(planned, Reschedule.randomOf(source)))
  if (Exit.isSuccess(answer)) return answer.value
  const later = Reschedule.stepLater<never>(now)
  return Effect.runSync(Effect.either(later(registered, cadence, { randomSource: source, now, before: null })))
}

/**
 * A job at an instant. It fails with `InvalidJobs` where a tick would refuse the job, the jobs that it comes after or the
 * key; with `EnqueueError` for a payload and with `MemoryDecodeError` for a memory that cannot be encoded.
 *
 * It is an `Either`, and so an `Effect`: `yield*` it, or use `Effect.runSync`. It needs nothing of what the job needs, and
 * the same inputs give the same bench. A schedule that needs services for its first answer is stepped by {@link run}.
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
): Either.Either<JobBench<A, E, R, M, P>, InvalidJobs | MemoryDecodeError | EnqueueError> =>
  Either.gen(function* () {
    const { memory, others = [], payload, seed = 0, ...common }: Common & { memory?: M; payload?: P } = given
    const now = yield* instantOf(job, common.now)
    const { key = common.state?.key || undefined } = common
    const definition = Definition.of(job)
    const jobs = BenchTick.registryOf<R>(job, others)
    const [ofJob] = (yield* Registry.validate(jobs, { others: keyFaults(job, key) })) as [Registered<R>]
    const registered = forKey(ofJob, key ?? "")
    const instance = key ?? (definition.payload === null ? "" : "bench")
    const kept = {
      ...(payload === undefined ? {} : { payload: yield* Payload.encode(job, payload as NoInfer<P>) }),
      ...(memory === undefined || definition.memory === null
        ? {}
        : { memory: yield* Either.mapLeft(Memory.write(definition.memory, memory), unreadable(job, instance, "keep")) })
    }
    const begun =
      common.state ??
      JobState.initial(job.name, instance, yield* firstPlan(registered as Registered, instance, now, seed), now)
    return of({ job, registered, now, state: { ...begun, ...kept, jobName: job.name, key: instance }, others, seed })
  })

/**
 * The same job at another instant, as `Job.at` takes one; nothing has run meanwhile. Throws `InvalidJobs` for no instant.
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
 * The same job at the next instant at which it is due; at its own instant where it is due already, or never again.
 *
 * @since 0.1.0
 * @category transitions
 */
export const atNext = <A, E, R, M, P>(self: JobBench<A, E, R, M, P>): JobBench<A, E, R, M, P> =>
  of({ ...self, now: Math.max(self.now, JobState.dueAt(self.state) ?? self.now) })

/**
 * Runs the job as a tick does that is opened at the bench's instant: conditions, body, timeout, memory and the next plan are
 * the real ones. Where the decision is to wait, nothing runs, and `run` is `null`.
 *
 * A body that sleeps takes no real time. While it awaits the outside world the bench's clock does not stand still: a timeout
 * may come first.
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
 *   console.assert(outcome.bench.state.position.nextAt === Date.parse("2026-03-02T13:00:00Z"))
 * })
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E, R, M, P>(self: JobBench<A, E, R, M, P>): OfBench<Outcome<A, E, R, M, P>, R> =>
  Effect.suspend(() => {
    const exits: Array<Exit.Exit<A, E>> = []
    const body: Definition.Definition<R>["body"] = (run) =>
      Effect.onExit(self.registered.job.body(run), (exit) => Effect.sync(() => exits.push(exit as Exit.Exit<A, E>)))
    const ran = BenchTick.once(self, { body })
    return Effect.map(ofBench(ran), ({ log, now, state }) => ({
      run: log.findLast(LogEntry.ran) ?? log.at(-1) ?? null,
      exit: exits.at(-1) ?? null,
      log,
      bench: of({ ...self, now, state })
    }))
  })

/**
 * Checks all conditions of the job at the bench's instant, in their order. A tick stops at the first that does not hold.
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
 *   const [check] = yield* JobBench.check(yield* JobBench.make(refill, { now: 0 }))
 *   console.assert(check?.reason === "prekeys are low" && !check.holds)
 * })
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const check = <A, E, R, M, P>(self: JobBench<A, E, R, M, P>): OfBench<ReadonlyArray<ConditionCheck>, R> => {
  const checkOf = (condition: Definition.Condition<R>) =>
    Effect.map(Body.checkCondition(condition), (refusal) => ({
      reason: condition.reason,
      holds: refusal === null,
      error: refusal?.error ?? null
    }))
  return ofBench(BenchTick.onBench(self, () => Effect.forEach(self.registered.job.conditions, checkOf)))
}

type CanEnd<A2, A, E2, E> = [A2, E2] extends [A, E]
  ? unknown
  : Job.Cure<"the past of a job is made of exits that its body can have, `Exit<A, E>`: give it such exits">

/**
 * The job after attempts that ended with these exits, each made when it was due: cadence and retry policies are stepped;
 * conditions are not checked, and the body does not run. Dies where the job never becomes due again.
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
  ): <A, E, R, M, P>(self: JobBench<A, E, R, M, P> & CanEnd<A2, A, E2, E>) => OfBench<JobBench<A, E, R, M, P>, R>
  <A, E, R, M, P>(
    self: JobBench<A, E, R, M, P>,
    exits: ReadonlyArray<Exit.Exit<NoInfer<A>, NoInfer<E>>>
  ): OfBench<JobBench<A, E, R, M, P>, R>
} = Fn.dual(2, (self: Any, exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
  Effect.reduce(exits, self, (bench, exit) => Effect.suspend(() => ended(bench, exit)))
)

const ended = (bench: Any, exit: Exit.Exit<unknown, unknown>): Effect.Effect<Any, never, any> => {
  const { job } = bench.registered
  const cadence = job.payload === null ? Either.right(bench.registered.cadence) : null
  const free = { ...job, after: [], cadence, conditions: [], body: () => exit }
  const next = atNext({ ...bench, registered: { ...bench.registered, job: free } })
  if (next.decision._tag === "Wait")
    return Effect.dieMessage(`JobBench.past makes no attempt: ${Explanation.toText(next.explanation)}`)
  // a supposed past is not logged
  const quietly = Logger.withMinimumLogLevel(BenchTick.once(next, {}), LogLevel.None)
  return Effect.map(quietly, ({ now, state }) => of({ ...bench, now, state }))
}
