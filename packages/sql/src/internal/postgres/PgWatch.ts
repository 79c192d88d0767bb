/**
 * Hears of requests that other processes store in PostgreSQL: their transactions notify, and a connection of our own
 * listens. Where it ends or is silent, another one is opened, and what was announced meanwhile is read.
 *
 * @internal
 */
import { Clock, Effect, ExecutionStrategy, Exit, Scope } from "effect"
import type { JobStore } from "tickwork"
import type { Watched } from "../Connections.ts"
import * as PgListener from "./PgListener.ts"

/** The pauses between attempts to listen again, in ms. */
const pausesMs = [0, 1000, 5000, 15_000, 60_000]

/** Time is real here, whatever clock the application has: the server knows no other. */
const inRealTime = Effect.withClock(Clock.make())

export const watch = (
  options: Pick<PgListener.Options, "sql" | "withConnection" | "withinMs">,
  { channel, owner }: Watched,
  { deaf, heard }: JobStore.Watcher
): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const lost = Effect.unsafeMakeLatch()
    let current: { readonly listener: PgListener.Listener; readonly scope: Scope.CloseableScope } | null = null
    const close = Effect.suspend(() => {
      const closing = current === null ? Effect.void : Scope.close(current.scope, Exit.void)
      current = null
      return closing
    })
    const listen = Effect.gen(function* () {
      yield* close
      const own = yield* Scope.fork(scope, ExecutionStrategy.sequential)
      const listening = PgListener.open({
        ...options,
        channel,
        onNotice: (payload) => {
          if (payload !== owner) heard()
        },
        onEnd: () => lost.unsafeOpen()
      })
      const listener = yield* Effect.onError(Scope.extend(listening, own), () => Scope.close(own, Exit.void))
      current = { listener, scope: own }
      deaf(null)
      // what was announced before it listened
      heard()
    })
    const tried = Effect.match(listen, {
      onFailure: ({ reason }) => {
        deaf(reason)
        return false
      },
      onSuccess: () => true
    })
    const again = Effect.gen(function* () {
      yield* lost.await
      yield* lost.close
      for (let n = 0; !(yield* tried); n++) {
        yield* Effect.sleep(pausesMs[Math.min(n + 1, pausesMs.length - 1)] ?? 0)
      }
    })
    if (!(yield* inRealTime(tried))) lost.unsafeOpen()
    yield* Effect.forkScoped(inRealTime(Effect.forever(again)))
    const check = Effect.suspend(() => current?.listener.check ?? Effect.void)
    return inRealTime(Effect.catchAll(check, () => Effect.sync(() => lost.unsafeOpen())))
  })
