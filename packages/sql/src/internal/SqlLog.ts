/**
 * The log service in SQL: pages of entries, the size of the tables, and pruning.
 *
 * Pruned entries are folded into the baseline of their instance in the same transaction. It never decides what is old.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Array as Arr, Effect, Option, Schema } from "effect"
import { type JobLog, JobState, type JobStore, type LogEntry } from "tickwork"
import * as Access from "./Access.ts"
import { execute } from "./Connections.ts"
import { forget } from "./Forget.ts"
import { decode, decodeEntries, decodeLogEntries, decodeStates, nameOf, numberOf } from "./statements/Decode.ts"
import { decodeEntryLists, decodeSamples } from "./statements/DecodeLists.ts"
import * as LogStatements from "./statements/LogStatements.ts"
import * as Statements from "./statements/Statements.ts"

/** A row as a driver gives it: PostgreSQL gives 64-bit integers as text. */
type Integers<A> = { readonly [K in keyof A]: A[K] extends string ? string : number | string | null }

/** What is counted of a job: each instance is in one of these, or waits. */
type Counted = Omit<JobLog.JobCounts, "waiting"> & { readonly over: number }

const numberOrNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)

interface Baseline extends JobStore.Ref {
  readonly state: string
}

const decodeBaseline = Schema.decodeOption(Schema.parseJson(JobState.JobState))

/** The state that a baseline holds; none where it cannot be read. */
const baselineOf = ({ jobName, key, state }: Baseline): Option.Option<JobState.JobState> =>
  Option.map(decodeBaseline(state), (decoded) => ({ ...decoded, jobName, key }))

const nothingPruned: JobLog.Pruned = { entries: 0, instances: 0 }

export const make = (options: Access.Options): JobLog.Service => {
  const { dialect, names } = options
  const { read, readLists, readValues, write } = Access.make(options, true)
  const statements = LogStatements.make(names, dialect)
  const forgotten = forget(Statements.make(names, dialect))
  /** Many rows, read by their values. */
  const readAs = <A>(
    operation: string,
    { parameters, text }: LogStatements.Statement,
    decodeAll: (rows: ReadonlyArray<ReadonlyArray<unknown>>) => ReadonlyArray<A>
  ) => Effect.map(readValues(operation, text, parameters), decodeAll)
  const readBy = <A>(operation: string, { parameters, text }: LogStatements.Statement) =>
    read<A>(operation, text, parameters)

  /** Answers how many entries it dropped. */
  const dropOld = (connection: SqlConnection.Connection, { jobName, key, upTo }: JobLog.Cut) =>
    Effect.gen(function* () {
      const rows = yield* execute(connection, statements.state, [jobName, key])
      const [state] = decode<JobState.JobState>(rows)
      if (state === undefined || upTo >= state.seq) return 0
      const old = decode<LogEntry.LogEntry>(yield* execute(connection, statements.oldEntries, [jobName, key, upTo]))
      // what cannot be read has no place in a fold: it stays, for the doctor to name
      if (old.length === 0 || [state, ...old].some(({ unreadable }) => unreadable !== undefined)) return 0
      const earlier = yield* execute(connection, statements.baselines, dialect.refs.parameters([{ jobName, key }]))
      const [before] = Arr.filterMap(earlier as unknown as ReadonlyArray<Baseline>, baselineOf)
      if (before === undefined && earlier.length > 0) return 0
      const after = JobState.fold(before ?? JobState.emptyState(state), old)
      yield* execute(connection, statements.putBaseline, [jobName, key, after.seq, JSON.stringify(after)])
      yield* execute(connection, statements.dropEntries, [jobName, key, upTo])
      return old.length
    })
  const dropped = (
    connection: SqlConnection.Connection,
    cut: JobLog.Cut
  ): Effect.Effect<JobLog.Pruned, SqlError.SqlError> => {
    const { jobName, key, token, upTo } = cut
    if (token === undefined) return Effect.map(dropOld(connection, cut), (entries) => ({ entries, instances: 0 }))
    return Effect.gen(function* () {
      const [row] = yield* execute(connection, statements.countOf, [jobName, key])
      const isGone = yield* forgotten(connection, { jobName, key, seq: upTo, token })
      return isGone ? { entries: Number(row?.entries), instances: 1 } : nothingPruned
    })
  }

  return {
    entries: (query) => readAs("read the log", statements.entries(query), decodeLogEntries),
    history: (query) => Effect.map(readLists("read the log", statements.history(query)), decodeEntryLists),
    samples: (query) =>
      Effect.map(readLists("read the log", statements.samples(query)), (lists) => {
        const [jobNames = [], keys = []] = lists
        const [seqs = [], starts = []] = lists.slice(-2)
        const after = {
          jobName: nameOf(jobNames.at(-1)),
          key: nameOf(keys.at(-1)),
          seq: numberOf(seqs.at(-1)),
          startedAt: numberOf(starts.at(-1))
        }
        return { samples: decodeSamples(lists), after: jobNames.length < (query.limit ?? 100) ? null : after }
      }),
    since: (mark, limit = 1000) =>
      mark === null
        ? Effect.map(read<Integers<{ mark: number }>>("read the log", statements.lastWritten), ([row]) => ({
            entries: [],
            mark: Number(row?.mark ?? 0)
          }))
        : Effect.map(
            read<LogEntry.Entry & { readonly id: number }>("read the log", statements.since(limit), [mark]),
            (rows) => ({
              entries: rows.map(({ id, ...entry }) => entry),
              mark: rows.at(-1)?.id ?? mark
            })
          ),
    latest: (jobNames, limit) =>
      jobNames.length === 0
        ? Effect.succeed([])
        : readAs(
            "read the log",
            { text: statements.latest(limit), parameters: dialect.jobNames.parameters(jobNames) },
            decodeEntries
          ),
    states: (query) => readAs("read the state of the jobs", statements.states(query), decodeStates),
    counts: ({ doneSince, overdueBefore }) =>
      Effect.map(
        read<Integers<Counted>>("count the instances", statements.counts, [overdueBefore, overdueBefore, doneSince]),
        (rows) =>
          rows.map(({ jobName, ...counts }): JobLog.JobCounts => {
            const instances = Number(counts.instances)
            const running = Number(counts.running)
            const paused = Number(counts.paused)
            const overdue = Number(counts.overdue)
            const failed = Number(counts.failed)
            const waiting = instances - running - paused - overdue - failed - Number(counts.over)
            const [enqueued, done] = [Number(counts.enqueued), Number(counts.done)]
            return { jobName, instances, enqueued, running, paused, overdue, failed, waiting, done }
          })
      ),
    size: Effect.gen(function* () {
      const measure = "measure the database"
      const [bytes] = yield* read<Integers<{ bytes: number; freeBytes: number }>>(measure, statements.bytes)
      const jobs = yield* read<Integers<JobLog.Size["jobs"][number]>>(measure, statements.count)
      return {
        bytes: numberOrNull(bytes?.bytes),
        freeBytes: numberOrNull(bytes?.freeBytes),
        jobs: jobs.map(({ entries, instances, jobName, notListed, oldestAt }) => ({
          jobName,
          instances: Number(instances),
          entries: Number(entries),
          oldestAt: numberOrNull(oldestAt),
          notListed: Number(notListed)
        }))
      }
    }),
    baselines: (refs) =>
      Effect.map(read<Baseline>("read the baselines", statements.baselines, dialect.refs.parameters(refs)), (rows) =>
        Arr.filterMap(rows, baselineOf)
      ),
    oldest: (query) =>
      Effect.map(readBy<Integers<JobLog.Oldest>>("read the log", statements.oldest(query)), (rows) =>
        rows.map(
          (row): JobLog.Oldest => ({
            jobName: row.jobName,
            key: row.key,
            first: Number(row.first),
            seq: Number(row.seq),
            young: numberOrNull(row.young),
            isSpent: Number(row.isSpent) === 1,
            token: Number(row.token)
          })
        )
      ),
    prune: (cuts) =>
      write("prune the log", (connection) =>
        Effect.map(
          Effect.forEach(cuts, (cut) => dropped(connection, cut)),
          (all) => ({
            entries: all.reduce((sum, { entries }) => sum + entries, 0),
            instances: all.reduce((sum, { instances }) => sum + instances, 0)
          })
        )
      )
  }
}
