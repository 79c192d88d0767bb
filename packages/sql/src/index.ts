/**
 * The job store of Tickwork on a SQL database.
 *
 * @since 0.1.0
 */

export * as DatabaseError from "./DatabaseError.ts"
export * as Doctor from "./Doctor.ts"
export * as ShardedJobStore from "./ShardedJobStore.ts"
export * as SqlJobStore from "./SqlJobStore.ts"
