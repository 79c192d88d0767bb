/**
 * How the tick learns of requests of other processes: the store tells of them, or they are read again and again.
 *
 * It reads no request itself.
 *
 * @internal
 */
import { Duration, Effect, type Scope } from "effect"
import type { Service, Watcher } from "../../JobStore.ts"
import type { TickEvent } from "../../TickEvent.ts"
import type { TickHealth } from "../../TickHealth.ts"
import { pollMs, probeMs } from "./Tuning.ts"

/** The option `watch` of a tick. */
export type Setting = Duration.DurationInput | "auto" | false

const never = Number.POSITIVE_INFINITY

export class Hearing implements Watcher {
  /** True where something was heard since requests were last read. */
  hasHeard = false
  /** Wakes the tick. */
  onHeard = () => {}
  readonly #setting: Setting
  readonly #publish: (event: TickEvent) => void
  readonly #probing = Effect.unsafeMakeLatch()
  #probeAt = never
  #reason: string | null = null

  constructor(setting: Setting, publish: (event: TickEvent) => void) {
    this.#setting = setting
    this.#publish = publish
  }

  /** How often requests are read although nothing was heard, in ms. */
  get everyMs(): number {
    if (this.#setting === "auto") return this.#reason === null ? never : pollMs
    return this.#setting === false ? never : Duration.toMillis(this.#setting)
  }

  get health(): TickHealth["watch"] {
    const everyMs = Number.isFinite(this.everyMs) ? this.everyMs : null
    if (this.#setting === false) return { by: "nothing", everyMs, reason: null }
    return { by: everyMs === null ? "events" : "polling", everyMs, reason: this.#reason }
  }

  readonly heard = (): void => {
    this.hasHeard = true
    this.onHeard()
  }

  readonly deaf = (reason: string | null): void => {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#publish({ _tag: "Watching", by: reason === null ? "events" : "polling", reason })
    // what was written meanwhile was not heard
    this.heard()
  }

  /** Listens to the store for as long as the scope lives. */
  listen(store: Service): Effect.Effect<void, never, Scope.Scope> {
    if (this.#setting !== "auto") return Effect.void
    return Effect.flatMap(store.watch(this), (probe): Effect.Effect<void, never, Scope.Scope> => {
      if (probe === Effect.void) return Effect.void
      this.#probeAt = Number.NEGATIVE_INFINITY
      const next = Effect.zipRight(this.#probing.await, Effect.zipRight(this.#probing.close, probe))
      return Effect.asVoid(Effect.forkScoped(Effect.forever(next)))
    })
  }

  /** Lets the store look whether it still hears, once a minute; `passedMs` never jumps. */
  check(passedMs: number): void {
    if (passedMs < this.#probeAt || this.#probeAt === never) return
    if (this.#probeAt > 0) this.#probing.unsafeOpen()
    this.#probeAt = passedMs + probeMs
  }
}
