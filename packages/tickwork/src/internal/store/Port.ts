/**
 * The two services that a store implements, as types: `StoreService` for the engine, `LogService` for people.
 *
 * It knows no store and names no tag, so that both the public modules and the stores import it.
 *
 * @since 0.1.0
 */
import { type Effect, Schema, type Scope } from "effect"
import type { Request, StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { Sample } from "../../JobStats.ts"
import type { Entry, LogEntry, Status } from "../../LogEntry.ts"
import type { Progress } from "../../Run.ts"
import * as PlainText from "../PlainText.ts"

/**
 * The store cannot do what the caller wants: it is locked, full, gone or broken. Nothing was written.
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
    return `The job store could not ${this.operation}: ${PlainText.of(this.reason)}`
  }
}

/**
 * An instance, by its job's name and its key; the key of a plain job is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ref {
  readonly jobName: string
  readonly key: string
}

/**
 * The claim that a row must have for a write to be accepted; an `owner` of `null` means unclaimed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  readonly owner: string | null
  readonly token: number
}

/**
 * The claim and the last log entry that a row must have for its replacement to be accepted: another writer may add
 * entries while the claim stays the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpectedRow extends Expected {
  readonly seq: number
}

/**
 * How far the claimed run of an instance is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progressed extends Ref, Expected {
  readonly progress: Progress
}

/**
 * The claim of a holder that has ended, or that has not renewed it for a whole lease.
 *
 * @since 0.1.0
 * @category models
 */
export type LostClaim = Pick<JobState["claim"], "owner" | "renewals" | "token">

/**
 * At most `atMost` instances of these jobs may be claimed at once. With a `rate`, runs that began after `since`, in ms since
 * the epoch, count with them; with its `key`, those of this key alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClaimLimit {
  readonly name: string
  readonly jobNames: ReadonlyArray<string>
  readonly atMost: number
  readonly rate?: { readonly since: number; readonly key: string | null }
}

/**
 * Claims an instance. The store accepts it if the row is unclaimed, its token is the one before `state.claim.token`, and
 * no limit is reached; earlier claims of the same batch count towards the limits.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claim {
  readonly state: JobState
  readonly limits?: ReadonlyArray<ClaimLimit>
}

/**
 * Replaces the state of an instance and adds log entries to it, if its row is still the expected one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Save {
  readonly expected: ExpectedRow
  readonly state: JobState
  readonly entries: ReadonlyArray<LogEntry>
  /** The requests that this save completes. */
  readonly acknowledgements?: ReadonlyArray<Acknowledgement>
}

/**
 * The request with this id is done; `at` is in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acknowledgement {
  readonly id: number
  readonly at: number
}

/**
 * Saves and claims that are written in one transaction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch {
  readonly saves: ReadonlyArray<Save>
  readonly claims: ReadonlyArray<Claim>
}

/**
 * Parts of a batch that lost a compare-and-set or hit a limit. All other parts are written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused extends Batch {}

/**
 * This process among those that share the database, and which other owners have certainly ended.
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
 * What makes an enqueued run a duplicate: anything that is stored under its key, or only a run that waits there.
 *
 * @since 0.1.0
 * @category models
 */
export type Unique = "stored" | "waiting"

/**
 * A request to store. An enqueued run with `unique` is refused where its key is taken.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submission extends Request {
  readonly unique?: Unique
  /** The first state of an enqueued run: where nothing is stored under its key, the request is done as soon as it is stored. */
  readonly first?: JobState
}

/**
 * What became of a request: a duplicate is not stored. `scheduledAt` is the instant that names its run, or the run that is
 * there already, in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submitted {
  readonly outcome: "new" | "duplicate"
  readonly scheduledAt: number
  /** The number of a request that is done already, since the first state of its run is stored with it; else `null`. */
  readonly doneId: number | null
}

/**
 * The answers to requests, in their order. `ended` is `null` where the requests are stored; inside a transaction of the
 * caller it ends once that transaction has, whether it was committed or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submissions {
  readonly answers: ReadonlyArray<Submitted>
  readonly ended: Effect.Effect<void> | null
}

/**
 * The first state of an enqueued run, and the request for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Admission {
  readonly state: JobState
  readonly acknowledgement: Acknowledgement
}

/**
 * Requests, in order of their ids, and the mark to continue from.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestsSince {
  readonly requests: ReadonlyArray<StoredRequest>
  readonly mark: number
}

/**
 * Requests about the instances of these partitions, and of these jobs whatever their partition.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestsAmong {
  readonly partitions: ReadonlyArray<number>
  readonly jobNames: ReadonlyArray<string>
}

/**
 * What a store tells the one who watches it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Watcher {
  /** Another process has written requests, or may have. */
  readonly heard: () => void
  /** Nothing is heard for this reason, until `null`: the watcher has to read by itself. */
  readonly deaf: (reason: string | null) => void
}

/**
 * What a release says of a job: processes with the same definition run it together, and of two definitions one is newer.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobDefinition {
  readonly jobName: string
  readonly version: number
  /** How the job recurs, as text. */
  readonly definition: string
  /** The name that the job had before; empty where it had none. */
  readonly renamedFrom: string
}

/**
 * A definition with its number, which rises in the order in which definitions were first stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredDefinition extends JobDefinition {
  readonly id: number
}

/**
 * A process that has opened a registry on the store. It lives while its `beat` rises; `at` is when the last one was stored,
 * in ms since the epoch: on the clock of the database, or where that has none of its own, on the clock of the process.
 *
 * @since 0.1.0
 * @category models
 */
export interface Process {
  readonly id: number
  readonly owner: string
  readonly beat: number
  readonly at: number
  /** While it lives it beats at least this often, in ms. */
  readonly everyMs: number
  /** The numbers of its definitions. */
  readonly definitions: ReadonlyArray<number>
}

/**
 * A process whose beat has not risen for this long is dead, in ms: it has missed three of them.
 *
 * @since 0.1.0
 * @category constants
 */
export const deadAfterMs = ({ everyMs }: Pick<Process, "everyMs">): number => 3 * everyMs

/**
 * The processes on a store, and what the clock of its database showed, in ms since the epoch; `null` where the database
 * has no clock of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Presence {
  readonly processes: ReadonlyArray<Process>
  readonly at: number | null
}

/**
 * What became of the instances of a renamed job: how many moved to its new name, and how many have to wait for the end of
 * their run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Renamed {
  readonly moved: number
  readonly waiting: number
}

/**
 * What the engine needs of a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreService {
  readonly owner: Owner
  /**
   * The stored instances of these jobs: all of them (default), or those that can still run; with partitions, those whose
   * key `Placement.partitionOf` puts into one of them.
   */
  readonly load: (
    jobNames: ReadonlyArray<string>,
    which?: "all" | "unfinished",
    partitions?: ReadonlyArray<number>
  ) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** These instances as they are stored now; instances that are not stored are left out. */
  readonly get: (refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** The names of all stored jobs. */
  readonly names: Effect.Effect<ReadonlyArray<string>, StoreError>
  /**
   * Moves the instances of a job to another name, each with its log and its requests. An instance stays where it is while
   * one of these owners holds its claim, and where the other name has the same key.
   */
  readonly rename: (from: string, to: string, holders: ReadonlyArray<string>) => Effect.Effect<Renamed, StoreError>
  /** Stores the definitions that are not stored yet, in this order, and answers all stored ones in the order of their ids. */
  readonly define: (
    definitions: ReadonlyArray<JobDefinition>
  ) => Effect.Effect<ReadonlyArray<StoredDefinition>, StoreError>
  /**
   * Says that a process lives: its beat rises by one. Without an id it is a new process; one that is not stored is stored
   * again; `at` counts where the database has no clock of its own. Answers its id, which is never used again.
   */
  readonly beat: (
    process: Pick<Process, "at" | "definitions" | "everyMs" | "owner"> & { readonly id: number | null }
  ) => Effect.Effect<number, StoreError>
  /** Removes processes that have ended. */
  readonly leave: (ids: ReadonlyArray<number>) => Effect.Effect<void, StoreError>
  /** The processes in the order of their ids. */
  readonly processes: Effect.Effect<Presence, StoreError>
  /** Adds the instances that are not stored yet, and completes these requests. Stored instances stay as they are. */
  readonly add: (
    states: ReadonlyArray<JobState>,
    acknowledgements?: ReadonlyArray<Acknowledgement>
  ) => Effect.Effect<void, StoreError>
  /**
   * Adds the first states of enqueued runs and completes their requests, where nothing is stored under the key and the
   * request is not done yet. Answers the others: nothing of them was written.
   */
  readonly admit: (admissions: ReadonlyArray<Admission>) => Effect.Effect<ReadonlyArray<Admission>, StoreError>
  /**
   * Removes an unclaimed instance with its log, if its row is still the expected one; answers whether it was. Its pending
   * requests that came before the one that this completes go, too. A row that cannot be read is expected as `null`, or
   * under the claim of a holder that is lost.
   */
  readonly forget: (
    ref: Ref & { readonly [K in "seq" | "token"]: ExpectedRow[K] | null } & { readonly lost?: LostClaim },
    acknowledgement?: Acknowledgement
  ) => Effect.Effect<boolean, StoreError>
  /** Writes in one transaction what is not refused. */
  readonly commit: (batch: Batch) => Effect.Effect<Refused, StoreError>
  /** Raises the renewal counter of these claims: their holder lives. Answers the claims that another owner has taken. */
  readonly renew: (claims: ReadonlyArray<Ref & Expected>) => Effect.Effect<ReadonlyArray<Ref & Expected>, StoreError>
  /**
   * Keeps how far runs are, until their next record, where they still have these claims. It waits for no row that another
   * transaction has locked.
   */
  readonly progress: (progressed: ReadonlyArray<Progressed>) => Effect.Effect<void, StoreError>
  /**
   * Stores requests until they are done, and for {@link doneRetentionMs} after that. Inside a transaction of the caller
   * they are part of it. Whether a key is taken is decided in the transaction that stores the request.
   */
  readonly submit: (requests: ReadonlyArray<Submission>) => Effect.Effect<Submissions, StoreError>
  /** The requests that are not done, in order of their ids. */
  readonly pending: Effect.Effect<ReadonlyArray<StoredRequest>, StoreError>
  /**
   * The requests that are not done, and those done since a mark, however the clocks of hosts differ; some of these may
   * come twice. With `null` none that is done. All of them, or those among some instances.
   */
  readonly requestsSince: (mark: number | null, among?: RequestsAmong) => Effect.Effect<RequestsSince, StoreError>
  /**
   * Tells when another process has written requests, for as long as the scope lives. The effect that it answers looks
   * whether it still hears, and costs little.
   */
  readonly watch: (watcher: Watcher) => Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
  /** Lets the other processes that watch hear that instances are free again; nothing where the store has no such means. */
  readonly announce: Effect.Effect<void, StoreError>
}

/**
 * Nothing was refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const nothingRefused: Refused = { saves: [], claims: [] }

/**
 * How long a store keeps a request that is done, without its payload, so that other processes hear of it: an hour, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const doneRetentionMs = 3_600_000

/**
 * Which log entries to read; instants are in ms since the epoch. They come newest first, by `startedAt`; of those that
 * started together, the last written first. Those of one instance come by `seq`, whatever its clock has shown.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogQuery {
  readonly jobName?: string
  readonly key?: string
  readonly status?: Status
  /** The number of the entry within its instance. */
  readonly seq?: number
  /** Started at or after. */
  readonly from?: number
  /** Started before. */
  readonly to?: number
  /** The last entry of the previous page; only entries that follow it are read. */
  readonly after?: Pick<LogEntry, "jobName" | "key" | "seq" | "startedAt">
  /** At most this many; default 100. */
  readonly limit?: number
}

/**
 * Which instances to read, in the order of their names and keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface StateQuery {
  readonly jobName?: string
  /** The last instance of the previous page; only instances that follow it are read. */
  readonly after?: Ref
  /** At most this many; default 100. */
  readonly limit?: number
}

/**
 * Entries in the order in which they were written, and the mark to continue from.
 *
 * @since 0.1.0
 * @category models
 */
export interface EntriesSince {
  readonly entries: ReadonlyArray<Entry>
  readonly mark: number
}

/**
 * Which instances to look for old entries in, and how many of each one's oldest entries to check.
 *
 * @since 0.1.0
 * @category models
 */
export interface OldestQuery extends StateQuery {
  readonly key?: string
  /** How many of the oldest entries of each instance are checked. */
  readonly entries: number
  /** An entry that ended before this instant (ms since the epoch) is old. */
  readonly endedBefore: number
}

/**
 * The range of an instance's log, and where its old entries end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Oldest extends Ref {
  /** The number of its oldest entry. */
  readonly first: number
  /** The number of its last entry. */
  readonly seq: number
  /** The number of the first entry that is not old, among those that were checked; `null` where all of them are old. */
  readonly young: number | null
  /** True for an enqueued run that has ended and is old: it can never run again. */
  readonly isSpent: boolean
  readonly token: number
}

/**
 * Entries of an instance to drop: all up to `upTo`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cut extends Ref {
  /** The number of the last entry to drop. */
  readonly upTo: number
  /**
   * With a claim token the whole instance goes: its state and its log, if it is unclaimed, has this token, and `upTo` is its
   * last entry.
   */
  readonly token?: number
}

/**
 * How much was dropped.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pruned {
  readonly entries: number
  /** Enqueued runs that were forgotten, with their entries. */
  readonly instances: number
}

/**
 * How much is stored. The bytes are `null` where a store does not know them; `freeBytes` are those of `bytes` that are
 * free for new data.
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
    readonly entries: number
    /** When its oldest entry started, in ms since the epoch; `null` where it has none. */
    readonly oldestAt: number | null
    /** Of its instances, those whose keys are no longer listed. */
    readonly notListed: number
  }>
}

/**
 * What {@link LogService.counts} takes from its caller; instants are in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface CountsQuery {
  /** An instance that was due before this instant and has not started is overdue. */
  readonly overdueBefore: number
  /** A success that ended at this instant or later counts as done. */
  readonly doneSince: number
}

/**
 * The instances of a job, counted. Each is in at most one of `running`, `paused`, `overdue`, `failed` and `waiting`.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobCounts {
  readonly jobName: string
  readonly instances: number
  /** Enqueued runs among them: each has a payload. */
  readonly enqueued: number
  readonly running: number
  readonly paused: number
  readonly overdue: number
  /** Their last run did not succeed, and no retry of it waits; or their cadence is invalid, so that they do not run. */
  readonly failed: number
  /** They have a planned start, or were triggered. */
  readonly waiting: number
  /** Their last success ended at `doneSince` or later; whatever else they are counted as. */
  readonly done: number
}

/**
 * A page of samples, newest first within each instance.
 *
 * @since 0.1.0
 * @category models
 */
export interface SamplePage {
  readonly samples: ReadonlyArray<Sample>
  /** Where the next page begins; `null` at the end. */
  readonly after: Required<LogQuery>["after"] | null
}

/**
 * What people and tools need of a store: history, figures and retention.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogService {
  /** Whole log entries, with the plan after each. */
  readonly entries: (query: LogQuery) => Effect.Effect<ReadonlyArray<LogEntry>, StoreError>
  /** Log entries without the plan: what a history shows. */
  readonly history: (query: LogQuery) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
  /** What figures need of log entries, read in half the time; entries that cannot be read are left out. */
  readonly samples: (query: LogQuery) => Effect.Effect<SamplePage, StoreError>
  /**
   * Entries written after a mark, in the order of writing, at most `limit` of them (default 1,000). With `null` it answers
   * no entries and the current mark.
   */
  readonly since: (mark: number | null, limit?: number) => Effect.Effect<EntriesSince, StoreError>
  /**
   * The newest entries of each of these jobs, at most `limit` of each, in the order of their names; found by instance, so
   * that the cost is that of their instances and not of the log between two runs.
   */
  readonly latest: (jobNames: ReadonlyArray<string>, limit: number) => Effect.Effect<ReadonlyArray<Entry>, StoreError>
  /** Instances, a page at a time. */
  readonly states: (query: StateQuery) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** The instances of each job, counted in one statement; in the order of the names. */
  readonly counts: (query: CountsQuery) => Effect.Effect<ReadonlyArray<JobCounts>, StoreError>
  readonly size: Effect.Effect<Size, StoreError>
  /** The states that the pruned entries of these instances add up to; instances that were never pruned are left out. */
  readonly baselines: (refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** Of instances that have a log, how much of it is old. */
  readonly oldest: (query: OldestQuery) => Effect.Effect<ReadonlyArray<Oldest>, StoreError>
  /**
   * Drops entries in one transaction and folds them into the baseline of their instance, so that its state is still the
   * fold of its log. The last entry of an instance is dropped only together with the instance.
   */
  readonly prune: (cuts: ReadonlyArray<Cut>) => Effect.Effect<Pruned, StoreError>
}
