/**
 * Recurring work as Effect values: it survives a crash, it can be simulated, and it costs nothing while it waits.
 *
 * @since 0.1.0
 */

export * as Bound from "./Bound.ts"
export * as Cadence from "./Cadence.ts"
export * as Calendar from "./Calendar.ts"
export * as Control from "./Control.ts"
export * as Decision from "./Decision.ts"
export * as Dependencies from "./Dependencies.ts"
export * as ErrorText from "./ErrorText.ts"
export * as InvalidJobs from "./InvalidJobs.ts"
export * as Job from "./Job.ts"
export * as JobRun from "./JobRun.ts"
export * as JobState from "./JobState.ts"
export * as JobStatus from "./JobStatus.ts"
export * as JobStore from "./JobStore.ts"
export * as Jobs from "./Jobs.ts"
export * as JobTransaction from "./JobTransaction.ts"
export * as Keeper from "./Keeper.ts"
export * as Kept from "./Kept.ts"
export * as Memory from "./Memory.ts"
export * as Missed from "./Missed.ts"
export * as NotEnqueued from "./NotEnqueued.ts"
export * as Payload from "./Payload.ts"
export * as Plan from "./Plan.ts"
export * as Retry from "./Retry.ts"
export * as Run from "./Run.ts"
export * as StateCodec from "./StateCodec.ts"
export * as Tick from "./Tick.ts"
export * as TickEvent from "./TickEvent.ts"
export * as TickHealth from "./TickHealth.ts"
