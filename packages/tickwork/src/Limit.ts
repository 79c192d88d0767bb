/**
 * A named limit on how many runs go on at once, or start in a time, shared by several jobs. A limit is a value and counts nothing.
 *
 * @since 0.1.0
 */
import type { Duration } from "effect"

/**
 * Where a limit counts runs: in each process by itself, or in all processes on one database.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope = "process" | "database"

/**
 * At most `atMost` runs at once, or starts in each window of the length `per`, within its scope, of all jobs that have a
 * limit of this name; `by` its key, for each key by itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly name: string
  readonly atMost: number
  readonly scope: Scope
  /** `null` for a limit on runs at once. */
  readonly per: Duration.DurationInput | null
  readonly by: "key" | null
}

/**
 * The options of a limit on runs at once, or of a rate.
 *
 * @since 0.1.0
 * @category models
 */
export type Options =
  | { readonly scope?: Scope; readonly per?: never; readonly by?: never }
  | { readonly scope?: Scope; readonly per: Duration.DurationInput; readonly by?: "key" }

/**
 * A limit for `Job.limit`. Share one value between jobs: two jobs whose limits of one name differ are a fault.
 *
 * The scope is `"process"` by default. With `"database"` the runs of all processes on one database count, also those of a
 * process that died, until their claims have expired. A due job that finds the limit reached is late and checked again
 * after a second; a call of `Tick.once` leaves it to a later call. Each process counts the jobs of its own registry, so
 * name the jobs that share the limit in each of them.
 *
 * With `per` it is a rate: in no time of this length, wherever it begins, start more than `atMost` runs, retries and
 * triggered ones included; with `by: "key"` it counts for each key by itself. What finds it reached waits until it may
 * start, the most urgent first, and is late then, not missed; it takes no slot meanwhile. In the scope `"database"` the
 * starts are counted in the log, over restarts and processes, and a run counts as long as it goes on, too; in the scope
 * `"process"` a restart counts from zero.
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
 *
 * const api = Limit.make("api", 100, { per: "1 minute", scope: "database" })
 * console.assert(api.per === "1 minute")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, atMost: number, { by, per, scope = "process" }: Options = {}): Limit => ({
  name,
  atMost,
  scope,
  per: per ?? null,
  by: by ?? null
})
