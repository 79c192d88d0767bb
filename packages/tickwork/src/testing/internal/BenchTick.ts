/**
 * A tick for one job on a bench, on a store that holds what the bench holds. It passes time at once where the job sleeps.
 *
 * @internal
 */
import { Context, Effect, Either, Layer, Random } from "effect"
import * as Definition from "../../internal/Definition.ts"
import type { Registered } from "../../internal/plan/Registered.ts"
import * as Cadence from "../../internal/schedule/Cadence.ts"
import type * as Job from "../../Job.ts"
import { JobLog } from "../../JobLog.ts"
import type * as JobState from "../../JobState.ts"
import { JobStore, layerMemory, type Ref } from "../../JobStore.ts"
import type * as Jobs from "../../Jobs.ts"
import * as Tick from "../../Tick.ts"
import * as ManualClock from "../ManualClock.ts"
import * as TickBench from "../TickBench.ts"

interface Instance<R> {
  readonly registered: Registered<R>
  readonly state: JobState.JobState
}

interface Bench<R> extends Instance<R> {
  readonly now: number
  readonly others: ReadonlyArray<Instance<any>>
  readonly seed: number
}

/** What another job has done counts for those that come after it; paused it takes no slot. */
export const inactive = <R>({ registered, state }: Instance<R>): Instance<R> => ({
  registered,
  state: { ...state, position: { ...state.position, paused: { at: 0, by: "", why: "" }, manual: null } }
})

/** In place of a job that another comes after: its given instances, and a body that never runs. */
const stub = (name: string, instances: ReadonlyArray<Instance<any>>): Job.Any => {
  const list = Effect.succeed(instances.map(({ state }) => state.key))
  const { cadence = Cadence.afterOthers, job } = instances[0]?.registered ?? {}
  return Definition.make({
    name,
    body: () => Effect.void,
    keys: job?.keys === null ? null : { list, refresh: "1 minute", atMost: Number.MAX_SAFE_INTEGER },
    cadence: Either.right(cadence),
    version: job?.version ?? 1
  })
}

const stubs = (job: Job.Any, others: ReadonlyArray<Instance<any>>): ReadonlyArray<Job.Any> =>
  Definition.of(job).after.flatMap(({ jobName }) => {
    const instances = others.filter(({ state }) => state.jobName === jobName)
    return jobName === job.name ? [] : [stub(jobName, instances)]
  })

/** The job with its stubs. */
export const registryOf = <R>(job: Job.Any, others: ReadonlyArray<Instance<any>>) =>
  ({ all: [job, ...stubs(job, others)] }) as unknown as Jobs.Jobs<R>

/** Runs an effect with a clock and random numbers of the bench; each run has its own. */
export const onBench = <A, E, R>(
  { now, seed, state }: Omit<Bench<any>, "others" | "registered">,
  effect: (time: ManualClock.Service) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const time = ManualClock.make(now)
    return effect(time).pipe(
      time.until,
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(`${seed}/${state.seq}`))
    )
  })

/** What a tick does that is opened at the bench's instant; `fields` replace some of the job's. */
export const once = <R>(bench: Bench<R>, fields: Partial<Definition.Definition<R>>) => {
  const { others, registered, state } = bench
  const job = Definition.jobOf({
    ...registered.job,
    keys: registered.job.keys === null ? null : { list: Effect.succeed([state.key]), refresh: "1 minute", atMost: 1 },
    isTransactional: false,
    timeout: registered.timeoutMs,
    renamedFrom: null,
    ...fields
  })
  return onBench(bench, (time) =>
    Effect.gen(function* () {
      const store = yield* JobStore
      const stored = yield* JobLog
      yield* store.add([state, ...others.map((other) => inactive(other).state)])
      const jobs = registryOf<R>(job, others)
      const tick = Context.get(yield* Layer.build(Tick.layer(jobs)), Tick.Tick)
      yield* tick.once
      const [after = state] = yield* store.get([state])
      const isOwn = ({ jobName, key }: Ref) => jobName === state.jobName && key === state.key
      const log = (yield* TickBench.logOf(stored)).filter(isOwn)
      return { now: yield* time.now, state: after, log }
    }).pipe(
      Effect.scoped,
      Effect.provide(layerMemory),
      // the bench validated the job, and a store in memory does not fail
      Effect.orDie
    )
  )
}
