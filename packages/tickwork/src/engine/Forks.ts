/**
 * Starts fibers at once, as nobody's children, with the references of the fiber that drives the tick.
 *
 * What all runs of a job have in common is made once. It runs nothing of its own.
 *
 * @internal
 */
import {
  Context,
  DefaultServices,
  type Effect,
  type Fiber,
  FiberId,
  FiberRef,
  FiberRefs,
  HashMap,
  Random,
  Runtime
} from "effect"

/** For so many jobs at most, so that any number of them takes no more memory. */
const jobsAtMost = 100

const having = <A>(refs: FiberRefs.FiberRefs, fiberRef: FiberRef.FiberRef<A>, change: (value: A) => A) =>
  FiberRefs.updateAs(refs, { fiberId: FiberId.none, fiberRef, value: change(FiberRefs.getOrDefault(refs, fiberRef)) })

export class Forks {
  readonly #context: Context.Context<never>
  readonly #refs: FiberRefs.FiberRefs
  readonly #runtime: Runtime.Runtime<never>
  readonly #ofJobs = new Map<string, Runtime.Runtime<never>>()

  constructor(context: Context.Context<never>, refs: FiberRefs.FiberRefs) {
    this.#context = context
    this.#refs = refs
    this.#runtime = this.#with(refs)
  }

  /** Runs it up to its first wait. */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    return Runtime.runFork(this.#runtime, effect)
  }

  /** What it logs names the job, as with `Effect.annotateLogs`. */
  forkOf<A, E>(jobName: string, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    return Runtime.runFork(this.#ofJobs.get(jobName) ?? this.#ofJob(jobName), effect)
  }

  /** With dice of its own, as with `Effect.withRandom`. */
  forkWith<A, E>(dice: Random.Random, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const refs = having(this.#refs, DefaultServices.currentServices, Context.add(Random.Random, dice))
    return Runtime.runFork(this.#with(refs), effect)
  }

  #ofJob(jobName: string): Runtime.Runtime<never> {
    const name = HashMap.set("job", jobName as unknown)
    const runtime = this.#with(having(this.#refs, FiberRef.currentLogAnnotations, name))
    if (this.#ofJobs.size < jobsAtMost) this.#ofJobs.set(jobName, runtime)
    return runtime
  }

  #with(fiberRefs: FiberRefs.FiberRefs): Runtime.Runtime<never> {
    const { runtimeFlags } = Runtime.defaultRuntime
    return Runtime.make({ context: this.#context, fiberRefs, runtimeFlags })
  }
}
