/**
 * Several processes, on one machine or on many, share the jobs of one database: each takes care of some of the partitions,
 * and what a process had that is gone moves to the others.
 *
 * @example
 * ```ts no-run
 * import { ClusterPlacement } from "@tickwork/cluster"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Effect, Layer, Redacted } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 *
 * export const TickLive = Tick.layerDaemon(Jobs.make(hello), { lease: "15 seconds" }).pipe(
 *   Layer.provide(ClusterPlacement.layerSql()),
 *   Layer.provide(PgJobStore.layerPg({ url: Redacted.make("postgres://localhost/app") }))
 * )
 * ```
 *
 * @since 0.1.0
 */

export * as ClusterPlacement from "./ClusterPlacement.ts"
