/**
 * The job store of Tickwork on a SQL database.
 *
 * @since 0.1.0
 */

export * as DatabaseRefused from "./DatabaseRefused.ts"
export * as Doctor from "./Doctor.ts"
export * as SqlJobStore from "./SqlJobStore.ts"
