/**
 * Starts fibers at once, as nobody's children, with the references of the fiber that drives the tick.
 *
 * What they log says of what. It runs nothing of its own.
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

/** What is said of whatever a fiber logs. */
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
  /** Somebody sees the spans that are made: the usual tracer keeps them to itself. */
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

  /** Runs it up to its first wait. */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    return Runtime.runFork(this.#runtime, effect)
  }

  /** What it logs names the job and the run, as with `Effect.annotateLogs`, which would take longer than the fork. */
  forkOf<A, E>({ jobName, key = "", runKey }: Named, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const ofJob = HashMap.set(this.#annotations, "job", jobName)
    const ofKey = key === "" ? ofJob : HashMap.set(ofJob, "key", key)
    const value = runKey === undefined ? ofKey : HashMap.set(ofKey, "run", runKey)
    const fiberRef = FiberRef.currentLogAnnotations
    return Runtime.runFork(this.#runtime, effect, {
      updateRefs: (refs, fiberId) => FiberRefs.updateAs(refs, { fiberId, fiberRef, value })
    })
  }

  /** With dice of its own, as with `Effect.withRandom`. */
  forkWith<A, E>(dice: Random.Random, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const fiberRef = DefaultServices.currentServices
    const value = Context.add(FiberRefs.getOrDefault(this.#refs, fiberRef), Random.Random, dice)
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
