/**
 * The typed state service: where the state of each instance and the log of its runs are kept.
 *
 * A port with few verbs, each taking many at once. A store keeps what it is told and compares what it is asked to
 * compare; it never decides what runs, and it never tells the time.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Layer, Schema } from "effect"
import type { Request, StoredRequest } from "./Control.ts"
import * as MemoryLog from "./internal/store/MemoryLog.ts"
import * as MemoryStore from "./internal/store/MemoryStore.ts"
import type { JobState } from "./JobState.ts"
import type { Entry, LogEntry, Status } from "./LogEntry.ts"

/**
 * The store could not do what it was asked to: it is locked, full, gone or broken. Nothing was written.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Schema.TaggedError<StoreError>("tickwork/StoreError")("StoreError", {
  operation: Schema.String,
  reason: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `The job store could not ${this.operation}: ${this.reason}`
  }
}

/**
 * Which instance is meant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ref {
  readonly jobName: string
  readonly key: string
}

/**
 * The claim that a row must still bear for a write to be accepted; an `owner` of `null` means unclaimed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  readonly owner: string | null
  readonly token: number
}

/**
 * What a row must still be for its replacement to be accepted: also its last line is the one of this number, since who
 * holds a claim may write lines under it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpectedRow extends Expected {
  readonly seq: number
}

/**
 * At most so many instances of these jobs may bear a claim at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClaimLimit {
  readonly name: string
  readonly jobNames: ReadonlyArray<string>
  readonly atMost: number
}

/**
 * Takes the right to run an unclaimed instance, whose token is still the one before `state.claimToken`, and of whose
 * limits none is reached: the claims before it in the batch count, too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claim {
  readonly state: JobState
  readonly limits?: ReadonlyArray<ClaimLimit>
}

/**
 * Replaces the state of an instance, and writes these lines of the log with it, if its row is still the expected one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Save {
  readonly expected: ExpectedRow
  readonly state: JobState
  readonly entries: ReadonlyArray<LogEntry>
  /** The requests that are done with it. */
  readonly acknowledgements?: ReadonlyArray<Acknowledgement>
}

/**
 * The request of a number is done, at an instant in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acknowledgement {
  readonly id: number
  readonly at: number
}

/**
 * What is to be written together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch {
  readonly saves: ReadonlyArray<Save>
  readonly claims: ReadonlyArray<Claim>
}

/**
 * What of a batch was refused, since somebody else was faster or a limit is reached. All else was written, in one
 * transaction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly saves: ReadonlyArray<Save>
  readonly claims: ReadonlyArray<Claim>
}

/**
 * Which lines of the log are wanted, instants in ms since the epoch. They come newest first, by when they began; of
 * those that began together, the last written first.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogQuery {
  readonly jobName?: string
  readonly key?: string
  readonly status?: Status
  /** Of this number within its instance. */
  readonly seq?: number
  /** Started at or after. */
  readonly from?: number
  /** Started before. */
  readonly to?: number
  /** Only what comes after this line: the last one of the page before. */
  readonly after?: Pick<LogEntry, "jobName" | "key" | "seq" | "startedAt">
  /** So many at most; 100 unless set. */
  readonly limit?: number
}

/**
 * Which instances are wanted: in the order of their names and keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface StateQuery {
  readonly jobName?: string
  /** Only what comes after this instance: the last one of the page before. */
  readonly after?: Ref
  /** So many at most; 100 unless set. */
  readonly limit?: number
}

/**
 * Lines in the order in which they were written, and the mark from which to go on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Written {
  readonly entries: ReadonlyArray<Entry>
  readonly last: number
}

/**
 * Of whose log the oldest lines are wanted: of so many `instances` (with a log, in the order of their names and keys),
 * so many `lines` of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface OldestQuery extends StateQuery {
  readonly key?: string
  readonly lines: number
  /** What ended at or after this instant is young. */
  readonly endedBefore: number
}

/**
 * The oldest lines of an instance, by their numbers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Oldest extends Ref {
  /** The number of its oldest line, and of its last one. */
  readonly first: number
  readonly seq: number
  /** The number of the first young one among the oldest `lines`; `null` where none of them is. */
  readonly young: number | null
  /** True where it was enqueued, has run, and is not young: nothing is to come of it. */
  readonly isSpent: boolean
  readonly token: number
}

/**
 * The lines of an instance up to a number may go.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cut extends Ref {
  readonly upTo: number
}

/**
 * How much is stored: of each job, and in bytes, of which some may be free for what comes; `null` where a store does
 * not know.
 *
 * @since 0.1.0
 * @category models
 */
export interface Size {
  readonly bytes: number | null
  readonly freeBytes: number | null
  readonly jobs: ReadonlyArray<{
    readonly jobName: string
    readonly instances: number
    readonly lines: number
    /** When its oldest line began, in ms since the epoch; `null` where it has none. */
    readonly oldestAt: number | null
  }>
}

/**
 * Who this process is among those that share the database, and which others are surely gone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Owner {
  readonly id: string
  /** True only where it is certain: a process of this host that has ended. */
  readonly isGone: (owner: string) => boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly owner: Owner
  /** Every stored instance of these jobs, or those of which something is still to come. */
  readonly load: (
    jobNames: ReadonlyArray<string>,
    which?: "all" | "unfinished"
  ) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** These instances, as they are stored now. */
  readonly get: (refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** The names of all jobs of which something is stored. */
  readonly names: Effect.Effect<ReadonlyArray<string>, StoreError>
  /**
   * Gives the instances and the log of a job to one of another name, of which nothing may be stored; answers whether
   * there was something to give.
   */
  readonly rename: (from: string, to: string) => Effect.Effect<boolean, StoreError>
  /** Keeps instances that are not stored yet and leaves those that are alone; these requests are done with it. */
  readonly add: (
    states: ReadonlyArray<JobState>,
    answers?: ReadonlyArray<Acknowledgement>
  ) => Effect.Effect<void, StoreError>
  /**
   * Removes an unclaimed instance with its log and with what was asked of it, if its row is still the expected one;
   * answers whether it was. The request that is done with it is kept for an hour.
   */
  readonly forget: (
    ref: Ref & Pick<ExpectedRow, "seq" | "token">,
    answer?: Acknowledgement
  ) => Effect.Effect<boolean, StoreError>
  /** Writes what was not refused, all of it in one transaction. */
  readonly commit: (batch: Batch) => Effect.Effect<Refused, StoreError>
  /** Shows that the holder of these claims lives: their renewal counter rises. Answers the claims that have passed on. */
  readonly renew: (claims: ReadonlyArray<Ref & Expected>) => Effect.Effect<ReadonlyArray<Ref & Expected>, StoreError>
  /**
   * Keeps what somebody asks for until it is done, and for an hour after that. Inside a transaction of the caller's it
   * is part of that, and the answer is false: it is not stored before the transaction has ended.
   */
  readonly submit: (requests: ReadonlyArray<Request>) => Effect.Effect<boolean, StoreError>
  /** What has been asked for and is not done, and what was done at or after an instant, in the order of their numbers. */
  readonly pending: (doneSince?: number) => Effect.Effect<ReadonlyArray<StoredRequest>, StoreError>
  /** Lines of the log, whole. */
  readonly entries: (query: LogQuery) => Effect.Effect<ReadonlyArray<LogEntry>, StoreError>
  /** Lines of the log, without what a state is planned by: what people ask for. */
  readonly history: (query: LogQuery) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
  /** Lines that were written after a mark, 1,000 at most unless set; after `null` none are, and the mark is that of now. */
  readonly written: (after: number | null, limit?: number) => Effect.Effect<Written, StoreError>
  /** Instances, a page at a time. */
  readonly states: (query: StateQuery) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  readonly size: Effect.Effect<Size, StoreError>
  /** What was known of these instances when the last of their lines was written that are gone, where some are. */
  readonly baselines: (refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  readonly oldest: (query: OldestQuery) => Effect.Effect<ReadonlyArray<Oldest>, StoreError>
  /**
   * Drops these lines and keeps what they came to as baselines, so that the state is still the fold of the log; answers
   * how many they were. The last line of an instance is never dropped.
   */
  readonly prune: (cuts: ReadonlyArray<Cut>) => Effect.Effect<number, StoreError>
}

/**
 * The store of an application's jobs.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobStore } from "tickwork"
 *
 * const failures = Effect.flatMap(JobStore.JobStore, (store) => store.runs({ status: "error", limit: 10 }))
 *
 * Effect.runPromise(failures.pipe(Effect.provide(JobStore.layerMemory))).then((runs) => {
 *   console.assert(runs.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class JobStore extends Context.Tag("tickwork/JobStore")<JobStore, Service>() {}

/**
 * Nothing was refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const nothingRefused: Refused = { saves: [], claims: [] }

/**
 * How long a store keeps a request once it is done, for other processes to hear of it, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const doneRetentionMs = 3_600_000

/**
 * Keeps everything in the memory of this process, where a restart loses it: for tests and for work that may be lost.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<JobStore> = Layer.sync(JobStore, () => MemoryStore.make(MemoryLog.make()))
