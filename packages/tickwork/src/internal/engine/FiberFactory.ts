/**
 * Starts fibers at once, without a parent, with the references of the fiber that drives the tick.
 *
 * Their logs name the job; it runs nothing of its own.
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
  Runtime,
  Tracer
} from "effect"

/** The annotations of a fiber's logs. */
export interface Named {
  readonly jobName: string
  readonly key?: string
  readonly runKey?: string
}

const defaultTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

export class FiberFactory {
  readonly #context: Context.Context<never>
  readonly #refs: FiberRefs.FiberRefs
  readonly #runtime: Runtime.Runtime<never>
  readonly #annotations: HashMap.HashMap<string, unknown>
  /** True where a tracer receives the spans: Effect's default tracer exports none. */
  readonly isTraced: boolean

  constructor(context: Context.Context<never>, refs: FiberRefs.FiberRefs) {
    this.#context = context
    this.#refs = refs
    this.#runtime = this.#with(refs)
    this.#annotations = FiberRefs.getOrDefault(refs, FiberRef.currentLogAnnotations)
    const services = FiberRefs.getOrDefault(refs, DefaultServices.currentServices)
    this.isTraced =
      Context.get(services, Tracer.Tracer) !== defaultTracer &&
      FiberRefs.getOrDefault(refs, FiberRef.currentTracerEnabled)
  }

  /** Starts a fiber, and runs it up to its first wait. */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    return Runtime.runFork(this.#runtime, effect)
  }

  /** Adds the job and the run to its logs, as `Effect.annotateLogs` would, which costs more than the fork. */
  forkOf<A, E>({ jobName, key = "", runKey }: Named, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const ofJob = HashMap.set(this.#annotations, "job", jobName)
    const ofKey = key === "" ? ofJob : HashMap.set(ofJob, "key", key)
    const value = runKey === undefined ? ofKey : HashMap.set(ofKey, "run", runKey)
    const fiberRef = FiberRef.currentLogAnnotations
    return Runtime.runFork(this.#runtime, effect, {
      updateRefs: (refs, fiberId) => FiberRefs.updateAs(refs, { fiberId, fiberRef, value })
    })
  }

  /** Gives it its own `Random`, as `Effect.withRandom` would. */
  forkWith<A, E>(random: Random.Random, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const fiberRef = DefaultServices.currentServices
    const value = Context.add(FiberRefs.getOrDefault(this.#refs, fiberRef), Random.Random, random)
    return Runtime.runFork(
      this.#with(FiberRefs.updateAs(this.#refs, { fiberId: FiberId.none, fiberRef, value })),
      effect
    )
  }

  #with(fiberRefs: FiberRefs.FiberRefs): Runtime.Runtime<never> {
    const { runtimeFlags } = Runtime.defaultRuntime
    return Runtime.make({ context: this.#context, fiberRefs, runtimeFlags })
  }
}
