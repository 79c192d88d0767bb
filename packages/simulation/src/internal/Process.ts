/**
 * A simulated process: it opens the store and the registry, runs the real tick, and may be killed between any two steps.
 * It decides neither its start nor its end.
 *
 * @internal
 */
import { Context, Effect, Exit, Layer, Random, Runtime, Scope, Stream } from "effect"
import type * as Jobs from "tickwork/Jobs"
import * as Tick from "tickwork/Tick"
import type { TickEvent } from "tickwork/TickEvent"
import type { VirtualTime } from "tickwork/testing/VirtualTime"
import type { ExternalWaits } from "./ExternalWaits.ts"
import type { Stored } from "./StoreGuard.ts"

/** What every process of a simulation is made of. */
export interface Program {
  readonly store: Layer.Layer<Stored, unknown, any>
  readonly registry: (services: Context.Context<Stored>, isAlive: () => boolean) => Jobs.Jobs<unknown>
  readonly options: Tick.Options<unknown>
  /** Hears the events of the tick; `null` where nothing of them is wanted. */
  readonly onEvent: ((event: TickEvent) => void) | null
  /** What the process runs once it is open. */
  readonly drive: Effect.Effect<unknown, unknown, any>
  /** With the clock, the random numbers and the silence of the simulation. */
  readonly runtime: Runtime.Runtime<any>
}

export class Process {
  isAlive = true
  /** `null` until it is open. */
  services: Context.Context<Tick.Tick | Stored> | null = null
  readonly #program: Program
  readonly #time: VirtualTime
  readonly #outside: ExternalWaits
  #scope: Scope.CloseableScope | null = null

  constructor(program: Program, time: VirtualTime, outside: ExternalWaits) {
    this.#program = program
    this.#time = time
    this.#outside = outside
  }

  /** Starts the process and calls `ended` at its end, unless it is killed. */
  start(
    guard: (services: Context.Context<Stored>) => Context.Context<Stored>,
    ended: (exit: Exit.Exit<unknown, unknown>) => void
  ): void {
    const { drive, onEvent, options, registry, store } = this.#program
    const opening = Effect.gen(this, function* () {
      const scope = yield* Scope.make()
      this.#scope = scope
      // random numbers that the store draws change none of the tick's
      const opened = Effect.withRandom(Layer.buildWithScope(store, scope), Random.make("store"))
      const services = guard(yield* opened)
      const context = Context.merge(yield* Effect.context<unknown>(), services)
      // never closed: a killed process has no time to
      const built = yield* Effect.provide(
        Layer.buildWithScope(
          Tick.layer(
            registry(services, () => this.isAlive),
            options
          ),
          yield* Scope.make()
        ),
        context
      )
      this.services = Context.merge(services, built)
      if (onEvent !== null) yield* this.#listen(Context.get(built, Tick.Tick), onEvent)
      return Context.merge(context, built)
    })
    this.run(
      Effect.flatMap(this.#outside.visit(opening), (context) => Effect.provide(drive, context)),
      ended
    )
  }

  /** The subscription stands before the first event. */
  #listen({ events }: Tick.Service, onEvent: (event: TickEvent) => void): Effect.Effect<void> {
    const heard = Stream.runForEach(events, (event) => Effect.sync(() => (this.isAlive ? onEvent(event) : undefined)))
    return Effect.zipRight(Effect.forkDaemon(heard), Effect.yieldNow())
  }

  /** Runs an effect in the process. */
  run(effect: Effect.Effect<unknown, unknown, any>, ended: (exit: Exit.Exit<unknown, unknown>) => void): void {
    const { scheduler } = this.#time
    const fiber = Runtime.runFork(this.#program.runtime)(effect, { scheduler })
    fiber.addObserver((exit) => {
      if (this.isAlive) ended(exit)
    })
  }

  /** Ends the process: none of its fibers goes on, and its store is closed. */
  async kill(): Promise<void> {
    this.isAlive = false
    this.#time.forget()
    await this.#outside.leave()
    const scope = this.#scope
    if (scope !== null) {
      const close = this.#outside.visit(Scope.close(scope, Exit.void))
      Runtime.runFork(this.#program.runtime)(close, { scheduler: this.#time.scheduler })
      await this.#outside.settle()
    }
    this.#time.forget()
  }
}
