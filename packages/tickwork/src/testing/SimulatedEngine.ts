/**
 * What a simulation sets of the engine: a store that hands over its log entries, no metrics, no checks of a clock that
 * never jumps. It changes nothing of how a tick decides.
 *
 * @since 0.1.0
 */
import { Context, type DateTime, Effect, Either, type Option } from "effect"
import * as LongestSleep from "../internal/engine/LongestSleep.ts"
import { isObserved } from "../internal/engine/Observed.ts"
import * as Instant from "../internal/schedule/Instant.ts"
import * as EntryList from "../internal/store/EntryList.ts"
import * as MemoryStore from "../internal/store/MemoryStore.ts"
import { JobLog } from "../JobLog.ts"
import { JobStore } from "../JobStore.ts"
import type { LogEntry } from "../LogEntry.ts"

/**
 * A store in memory, and its log, that hands over each log entry as it is written. It keeps the log only where `keepsLog` is true; else
 * every query of the log is answered with nothing.
 *
 * @since 0.1.0
 * @category stores
 */
export const memoryStore = ({
  keepsLog,
  onEntry
}: {
  readonly keepsLog: boolean
  readonly onEntry: (entry: LogEntry) => void
}): Context.Context<JobStore | JobLog> => {
  const list = EntryList.make()
  const write = (entry: LogEntry) => {
    if (keepsLog) list.write(entry)
    onEntry(entry)
  }
  const { log, store } = MemoryStore.make({ ...list, write })
  return Context.make(JobStore, store).pipe(Context.add(JobLog, log))
}

/**
 * The instant, in ms since the epoch, of what `Job.at` takes; `None` where that is no instant.
 *
 * @since 0.1.0
 * @category conversions
 */
export const instantOf = (input: DateTime.DateTime.Input): Option.Option<number> => Either.getRight(Instant.of(input))

/**
 * How often a tick that has nothing to do wakes to check its clock, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const clockCheckMs: number = LongestSleep.defaultMs

/**
 * A tick in it does not wake to check its clock: it sleeps until it has something to do.
 *
 * @since 0.1.0
 * @category running
 */
export const withoutClockChecks: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.locally(
  LongestSleep.longestSleepMs,
  Number.POSITIVE_INFINITY
)

/**
 * A tick in it is not counted among the metrics of the process.
 *
 * @since 0.1.0
 * @category running
 */
export const unobserved: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.locally(
  isObserved,
  false
)
