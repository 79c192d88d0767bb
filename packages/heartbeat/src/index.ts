/**
 * Tells a monitor that jobs run and that the tick lives, in the protocol of healthchecks.io: whatever makes it fall silent,
 * the monitor notices.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Heartbeat } from "@tickwork/heartbeat"
 * import { Effect, Layer, Redacted } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("@daily"))
 * const TickLive = Tick.layer(Jobs.make(backup)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * export const Live = Heartbeat.layer([
 *   Heartbeat.job(backup, Redacted.make("https://hc-ping.com/00000000-0000-4000-8000-000000000000"))
 * ]).pipe(Layer.provideMerge(TickLive), Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 */

export * as Heartbeat from "./Heartbeat.ts"
