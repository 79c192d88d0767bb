/**
 * A named limit on how many runs go on at once, shared by several jobs. A limit is a value and counts nothing.
 *
 * @since 0.1.0
 */

/**
 * Where a limit counts runs: in each process by itself, or in all processes on one database.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope = "process" | "database"

/**
 * At most `atMost` runs at once, within its scope, of all jobs that have a limit of this name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly name: string
  readonly atMost: number
  readonly scope: Scope
}

/**
 * A limit for `Job.limit`. Share one value between jobs: two jobs whose limits of one name differ are a fault.
 *
 * The scope is `"process"` by default. With `"database"` the runs of all processes on one database count, also those of a
 * process that died, until their claims have expired. A due job that finds the limit reached is late and checked again
 * after a second; a call of `Tick.once` leaves it to a later call. Each process counts the jobs of its own registry, so
 * name the jobs that share the limit in each of them.
 *
 * Nothing is checked here. `InvalidJobs` reports an empty name, the name of a concurrency mode, and a number that is no
 * integer from 1 upward.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Limit } from "tickwork"
 *
 * const network = Limit.make("network", 2)
 * const fetchMail = Job.make("fetch_mail", Effect.void).pipe(Job.every("1 minute"), Job.parallel, Job.limit(network))
 * const fetchNews = Job.make("fetch_news", Effect.void).pipe(Job.every("1 hour"), Job.parallel, Job.limit(network))
 *
 * console.assert(Job.inspect(fetchMail).limits[0] === Job.inspect(fetchNews).limits[0])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, atMost: number, options: { readonly scope?: Scope } = {}): Limit => ({
  name,
  atMost,
  scope: options.scope ?? "process"
})
