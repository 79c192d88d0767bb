/**
 * The store of an application's jobs: the state of each instance, its claim, and the requests of people.
 *
 * A store keeps and compares what it is given; it never decides what runs and never reads a clock.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import * as EntryList from "./internal/store/EntryList.ts"
import * as MemoryStore from "./internal/store/MemoryStore.ts"
import type { StoreService } from "./internal/store/Port.ts"
import { JobLog } from "./JobLog.ts"

/**
 * What a store reads and writes, and the error of all its verbs.
 *
 * @since 0.1.0
 * @category models
 */
export {
  type Acknowledgement,
  type Admission,
  type Batch,
  type Claim,
  type ClaimLimit,
  deadAfterMs,
  doneRetentionMs,
  type Expected,
  type ExpectedRow,
  type JobDefinition,
  type LostClaim,
  nothingRefused,
  type Owner,
  type Presence,
  type Process,
  type Progressed,
  type Ref,
  type Refused,
  type Renamed,
  type RequestsAmong,
  type RequestsSince,
  type Save,
  type StoredDefinition,
  StoreError,
  type StoreService as Service,
  type Submission,
  type Submissions,
  type Submitted,
  type Unique,
  type Watcher
} from "./internal/store/Port.ts"

/**
 * Decides of each request whether it is stored, from the states and the pending requests of their keys. A store calls it
 * in the transaction that stores them.
 *
 * @since 0.1.0
 * @category requests
 */
export { decideAll } from "./internal/store/Uniqueness.ts"

/**
 * The store, as the engine uses it. {@link JobLog} is the same store as people read it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobStore } from "tickwork"
 *
 * const names = Effect.flatMap(JobStore.JobStore, (store) => store.names)
 *
 * Effect.runPromise(Effect.provide(names, JobStore.layerMemory)).then((names) => {
 *   console.assert(names.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class JobStore extends Context.Tag("tickwork/JobStore")<JobStore, StoreService>() {}

/**
 * A store in the memory of this process, with its log. A restart loses both: use it for tests, and for jobs that need no
 * durability.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<JobStore | JobLog> = Layer.effectContext(
  Effect.sync(() => {
    const { log, store } = MemoryStore.make(EntryList.make())
    return Context.make(JobStore, store).pipe(Context.add(JobLog, log))
  })
)
