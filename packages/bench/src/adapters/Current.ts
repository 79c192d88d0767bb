/**
 * The API of this repository, as the rows use it. The rows import no package of Tickwork themselves, so that another
 * adapter can stand in for this one.
 */
import type { Tick } from "tickwork"

export { Simulation, Timeline } from "@tickwork/simulation"
export { type DatabaseError, SqlJobStore } from "@tickwork/sql"
export * as PgJobStore from "@tickwork/sql/PgJobStore"
export { type InvalidJobs, Job, JobLog, JobStore, Jobs, Placement, Tick, TickClient } from "tickwork"
export { ManualClock } from "tickwork/testing"

/** How a tick hears of the requests of other processes. */
export const watch: NonNullable<Tick.Options["watch"]> = "auto"
