/**
 * Recurring work as Effect values: it survives a crash, it can be simulated, and it costs nothing while it waits.
 *
 * @since 0.1.0
 */

export * as Backfill from "./Backfill.ts"
export * as Bound from "./Bound.ts"
export * as CadenceState from "./CadenceState.ts"
export * as Control from "./Control.ts"
export * as Cron from "./Cron.ts"
export * as Decision from "./Decision.ts"
export * as EnqueueError from "./EnqueueError.ts"
export * as Explanation from "./Explanation.ts"
export * as InvalidJobs from "./InvalidJobs.ts"
export * as Job from "./Job.ts"
export * as JobLog from "./JobLog.ts"
export * as JobState from "./JobState.ts"
export * as JobStats from "./JobStats.ts"
export * as JobStatus from "./JobStatus.ts"
export * as JobStore from "./JobStore.ts"
export * as Jobs from "./Jobs.ts"
export * as JobTransaction from "./JobTransaction.ts"
export * as Limit from "./Limit.ts"
export * as LogEntry from "./LogEntry.ts"
export * as Placement from "./Placement.ts"
export * as Position from "./Position.ts"
export * as RequestError from "./RequestError.ts"
export * as Run from "./Run.ts"
export * as Tick from "./Tick.ts"
export * as TickClient from "./TickClient.ts"
export * as TickEvent from "./TickEvent.ts"
export * as TickHealth from "./TickHealth.ts"
export * as TickMetrics from "./TickMetrics.ts"
