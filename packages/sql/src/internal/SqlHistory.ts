/**
 * What people ask of the log, spoken in SQL: pages of it, its size, and the removal of what is old.
 *
 * What is removed is folded into the baseline of its instance in the same transaction. It never decides what is old.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import { JobState, type JobStore, type LogEntry } from "tickwork"
import { execute, type Use } from "./Connections.ts"
import type { Names } from "./migrations/Tables.ts"
import type { Dialect } from "./statements/Dialect.ts"
import * as HistoryStatements from "./statements/HistoryStatements.ts"
import * as Rows from "./statements/Rows.ts"

type Verbs = "baselines" | "history" | "oldest" | "prune" | "entries" | "size" | "states" | "written"

export interface Options {
  readonly dialect: Dialect
  readonly names: Names
  readonly read: <A>(
    operation: string,
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<A>, JobStore.StoreError>
  readonly write: <A>(operation: string, use: Use<A>) => Effect.Effect<A, JobStore.StoreError>
}

/** What a driver gives, as text where integers have 64 bits. */
type Integers<A> = { readonly [K in keyof A]: A[K] extends string ? string : number | string | null }

const numberOrNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)

const baselineOf = (row: JobStore.Ref & { readonly state: string }): JobState.JobState => ({
  ...(JSON.parse(row.state) as JobState.JobState),
  jobName: row.jobName,
  key: row.key
})

export const make = ({ dialect, names, read, write }: Options): Pick<JobStore.Service, Verbs> => {
  const statements = HistoryStatements.make(names, dialect)
  const parsed = Rows.parsed(dialect)
  const ask = <A>(operation: string, { parameters, text }: HistoryStatements.Statement) =>
    read<A>(operation, text, parameters)

  const cut = (
    connection: SqlConnection.Connection,
    { jobName, key, upTo }: JobStore.Cut
  ): Effect.Effect<number, SqlError.SqlError> =>
    Effect.gen(function* () {
      const rows = yield* execute(connection, statements.instance, [jobName, key])
      const [state] = rows.map(parsed<JobState.JobState>)
      if (state === undefined || upTo >= state.seq) return 0
      const lines = (yield* execute(connection, statements.lines, [jobName, key, upTo])).map(parsed<LogEntry.LogEntry>)
      if (lines.length === 0) return 0
      const earlier = yield* execute(connection, statements.baselines, dialect.refs.parameters([{ jobName, key }]))
      const [before] = (earlier as unknown as ReadonlyArray<Parameters<typeof baselineOf>[0]>).map(baselineOf)
      const after = JobState.fold(before ?? JobState.emptyState(state), lines)
      yield* execute(connection, statements.putBaseline, [jobName, key, after.seq, JSON.stringify(after)])
      yield* execute(connection, statements.dropLines, [jobName, key, upTo])
      return lines.length
    })

  return {
    entries: (query) => ask("read the log", statements.runs(query)),
    history: (query) => ask("read the log", statements.history(query)),
    written: (after, limit = 1000) =>
      after === null
        ? Effect.map(read<Integers<{ last: number }>>("read the log", statements.lastWritten), ([row]) => ({
            entries: [],
            last: Number(row?.last ?? 0)
          }))
        : Effect.map(
            read<LogEntry.Entry & { readonly id: number }>("read the log", statements.written(limit), [after]),
            (rows) => ({
              entries: rows.map(({ id, ...line }) => line),
              last: rows.at(-1)?.id ?? after
            })
          ),
    states: (query) => ask("read the state of the jobs", statements.states(query)),
    size: Effect.gen(function* () {
      const measure = "measure the database"
      const [bytes] = yield* read<Integers<{ bytes: number; freeBytes: number }>>(measure, statements.bytes)
      const states = yield* read<Integers<{ jobName: string; instances: number }>>(measure, statements.countStates)
      const lines = yield* read<Integers<{ jobName: string; lines: number; oldestAt: number }>>(
        measure,
        statements.countLines
      )
      const linesOf = new Map(lines.map((row) => [row.jobName, row]))
      const instancesOf = new Map(states.map((row) => [row.jobName, Number(row.instances)]))
      return {
        bytes: numberOrNull(bytes?.bytes),
        freeBytes: numberOrNull(bytes?.freeBytes),
        jobs: [...new Set([...instancesOf.keys(), ...linesOf.keys()])].sort().map((jobName) => ({
          jobName,
          instances: instancesOf.get(jobName) ?? 0,
          lines: Number(linesOf.get(jobName)?.lines ?? 0),
          oldestAt: numberOrNull(linesOf.get(jobName)?.oldestAt)
        }))
      }
    }),
    baselines: (refs) =>
      Effect.map(
        read<Parameters<typeof baselineOf>[0]>(
          "read the baselines",
          statements.baselines,
          dialect.refs.parameters(refs)
        ),
        (rows) => rows.map(baselineOf)
      ),
    oldest: (query) =>
      Effect.map(ask<Integers<JobStore.Oldest>>("read the log", statements.oldest(query)), (rows) =>
        rows.map(
          (row): JobStore.Oldest => ({
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
          Effect.forEach(cuts, (one) => cut(connection, one)),
          (lines) => lines.reduce((sum, count) => sum + count, 0)
        )
      )
  }
}
