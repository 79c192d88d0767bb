/**
 * One job store over several databases, for a registry that outgrows one: the instances of a key are in one of them.
 *
 * It splits what it is given and merges what it reads; each database keeps the laws for its own instances.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer, Schema } from "effect"
import { JobLog, JobStore, Placement } from "tickwork"
import { outsideTransaction } from "./internal/ClientStore.ts"
import * as ShardedLog from "./internal/sharded/ShardedLog.ts"
import * as ShardedStore from "./internal/sharded/ShardedStore.ts"

/**
 * A database has an instance that belongs to another one: the databases are not those, or not in the order, with which
 * it was stored. Nothing was written.
 *
 * @since 0.1.0
 * @category errors
 */
export class ShardedJobStoreError extends Schema.TaggedError<ShardedJobStoreError>("tickwork/ShardedJobStoreError")(
  "ShardedJobStoreError",
  {
    jobName: Schema.String,
    key: Schema.String,
    /** The database that has it, and the one to which it belongs, counted from 0. */
    found: Schema.Int,
    expected: Schema.Int
  }
) {
  override get message() {
    const { expected, found, jobName, key } = this
    return `The stores must be the same as ever, in the same order: store ${found} has key "${key}" of job "${jobName}", which belongs to store ${expected}. Give them as before, or move the rows.`
  }
}

type Part = Layer.Layer<JobStore.JobStore | JobLog.JobLog, unknown>

/** How many instances of each database are compared at opening. */
const sample = 100

/**
 * A job store over these stores: partition p is at store p modulo their number. They must be the same for ever, in this
 * order; a sample of each is checked at opening.
 *
 * What belongs together stays together, since it is by key: state, claim and log of an instance are in one transaction of one
 * database. The jobs without keys, and what says which processes live, are in the first store. These differ from one
 * database:
 *
 * - a `Limit` with the scope `"database"` counts in each of them by itself;
 * - there is no transaction over several: `Job.transactional` is refused, and a request is stored at once, whatever
 *   transaction is around it;
 * - while one database does not answer, runs of the others are recorded, and the tick waits for it.
 *
 * Fails as the stores do, and with `ShardedJobStoreError` where an instance is in the wrong one.
 *
 * @example
 * ```ts
 * import { ShardedJobStore, SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const keys = Effect.succeed(["ada", "bob", "eve"])
 * const sync = Job.make("sync", { keys }, (run) => Effect.log(run.key)).pipe(Job.every("1 minute"))
 *
 * const StoreLive = ShardedJobStore.layer([
 *   SqlJobStore.layerSqlite({ filename: "jobs-0.db" }),
 *   SqlJobStore.layerSqlite({ filename: "jobs-1.db" })
 * ])
 *
 * Effect.runPromise(Effect.provide(Tick.once, Layer.provide(Tick.layer(Jobs.make(sync)), StoreLive))).then((runs) => {
 *   console.assert(runs.length === 3)
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <const Parts extends readonly [Part, ...ReadonlyArray<Part>]>(
  parts: Parts
): Layer.Layer<JobStore.JobStore | JobLog.JobLog, Layer.Layer.Error<Parts[number]> | ShardedJobStoreError> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const built = yield* Effect.forEach(parts, (part) => Layer.build(Layer.fresh(part)))
      const stores = built.map((context) => Context.get(context, JobStore.JobStore))
      const logs = built.map((context) => Context.get(context, JobLog.JobLog))
      const storeOf = ({ key }: Pick<JobStore.Ref, "key">) => Placement.partitionOf(key) % parts.length
      for (const [found, log] of logs.entries()) {
        const states = yield* Effect.orElseSucceed(log.states({ limit: sample }), () => [])
        const stray = states.find((state) => storeOf(state) !== found)
        if (stray !== undefined) {
          const { jobName, key } = stray
          return yield* new ShardedJobStoreError({ jobName, key, found, expected: storeOf(stray) })
        }
      }
      return Context.make(JobStore.JobStore, ShardedStore.make(stores, storeOf, outsideTransaction)).pipe(
        Context.add(JobLog.JobLog, ShardedLog.make(logs, storeOf))
      )
    })
  ) as Layer.Layer<JobStore.JobStore | JobLog.JobLog, Layer.Layer.Error<Parts[number]> | ShardedJobStoreError>
