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
  readonly #runtime: Runtime.Runtime<never>
  readonly #services: Context.Context<DefaultServices.DefaultServices>
  readonly #annotations: HashMap.HashMap<string, unknown>
  /** True where a tracer receives the spans: Effect's default tracer exports none. */
  readonly isTraced: boolean

  constructor(context: Context.Context<never>, fiberRefs: FiberRefs.FiberRefs) {
    const { runtimeFlags } = Runtime.defaultRuntime
    this.#runtime = Runtime.make({ context, fiberRefs, runtimeFlags })
    this.#services = FiberRefs.getOrDefault(fiberRefs, DefaultServices.currentServices)
    this.#annotations = FiberRefs.getOrDefault(fiberRefs, FiberRef.currentLogAnnotations)
    this.isTraced =
      Context.get(this.#services, Tracer.Tracer) !== defaultTracer &&
      FiberRefs.getOrDefault(fiberRefs, FiberRef.currentTracerEnabled)
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
    return this.#forkWith(effect, FiberRef.currentLogAnnotations, value)
  }

  /** Gives it its own `Random`, as `Effect.withRandom` would. */
  forkWith<A, E>(random: Random.Random, effect: Effect.Effect<A, E>): Fiber.RuntimeFiber<A, E> {
    const services = Context.add(this.#services, Random.Random, random)
    return this.#forkWith(effect, DefaultServices.currentServices, services)
  }

  #forkWith<A, E, V>(effect: Effect.Effect<A, E>, fiberRef: FiberRef.FiberRef<V>, value: V): Fiber.RuntimeFiber<A, E> {
    return Runtime.runFork(this.#runtime, effect, {
      updateRefs: (refs, fiberId) => FiberRefs.updateAs(refs, { fiberId, fiberRef, value })
    })
  }
}
