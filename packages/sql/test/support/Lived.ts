/**
 * Lives of a process on a real database, each at an instant of its own: it opens the registry, runs what is due and ends.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { JobLog, type JobStore, type Jobs, Tick } from "tickwork"
import type { Store } from "./Databases.ts"

/** The clock shows this instant; what waits for a database waits in real time. */
const clockAt = (now: number): Clock.Clock =>
  Object.assign(Object.create(Clock.make()), {
    unsafeCurrentTimeMillis: () => now,
    currentTimeMillis: Effect.succeed(now)
  })

/** A process that opens the registry at an instant and runs what is due. */
export const at = <A, E>(
  store: Store,
  jobs: Jobs.Jobs<never>,
  now: number,
  does: (tick: Tick.Service) => Effect.Effect<A, E, JobStore.JobStore | JobLog.JobLog>
) =>
  Layer.build(Tick.layer(jobs)).pipe(
    Effect.flatMap((built) => does(Context.get(built, Tick.Tick))),
    Effect.scoped,
    Effect.provide(store),
    Effect.withClock(clockAt(now))
  )

/** The whole log, oldest entry first. */
export const logOf = (store: Store) =>
  Effect.flatMap(JobLog.JobLog, (log) => log.entries({ limit: 10_000 })).pipe(
    Effect.map((entries) => [...entries].reverse()),
    Effect.provide(store)
  )
