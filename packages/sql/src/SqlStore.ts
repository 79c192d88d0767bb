/**
 * The port of the job store, spoken in SQL over one client.
 *
 * It writes what it is told in one transaction and refuses what somebody else was faster with. It never decides what
 * runs, and never takes part in a transaction of the caller's.
 *
 * @internal
 */
import { SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Context, Effect, Option, Schedule } from "effect"
import { type Control, type JobRun, type JobState, JobStore } from "tickwork"
import * as Owner from "./Owner.ts"
import * as Statements from "./Statements.ts"
import { jsonColumns, type Names } from "./Tables.ts"

type Use<A> = (connection: SqlConnection.Connection) => Effect.Effect<A, SqlError.SqlError>

/** Statements are prepared for so many rows at once, so that a few of them serve for any number. */
const sizes = [100, 10, 1] as const

const isBusy = ({ cause }: SqlError.SqlError): boolean =>
  String((cause as { readonly code?: unknown } | null)?.code ?? "").startsWith("SQLITE_BUSY")

/** Another process writes: that is a matter of milliseconds. */
const untilFree = Schedule.exponential("5 millis").pipe(
  Schedule.union(Schedule.spaced("100 millis")),
  Schedule.upTo("5 seconds")
)

const storeError =
  (operation: string) =>
  ({ cause, message }: SqlError.SqlError) =>
    new JobStore.StoreError({ operation, reason: cause instanceof Error ? cause.message : message, cause })

const insideTransaction = (operation: string) =>
  new JobStore.StoreError({
    operation,
    reason: "it was called inside a transaction on the same client, which it would wait for. Call it outside"
  })

const isInTransactionOn = (own: SqlConnection.Connection, context: Context.Context<never>): boolean =>
  Option.exists(Context.getOption(context, SqlClient.TransactionConnection), ([connection]) => connection === own)

const execute = (connection: SqlConnection.Connection, text: string, parameters: ReadonlyArray<unknown> = []) =>
  connection.execute(text, parameters, undefined)

/** One transaction, which begins as a writer so that it cannot be overtaken between a read and a write. */
const inTransaction =
  <A>(use: Use<A>): Use<A> =>
  (connection) =>
    Effect.uninterruptible(
      Effect.zipRight(
        execute(connection, "BEGIN IMMEDIATE"),
        Effect.matchCauseEffect(Effect.zipLeft(use(connection), execute(connection, "COMMIT")), {
          onSuccess: Effect.succeed,
          onFailure: (cause) => Effect.zipRight(Effect.ignore(execute(connection, "ROLLBACK")), Effect.failCause(cause))
        })
      )
    )

const parametersOf = <A>({ put }: Statements.ForRows<A>, rows: ReadonlyArray<A>, first: number, size: number) => {
  const parameters: Array<unknown> = []
  for (let index = first; index < first + size; index++) put(rows[index] as A, parameters)
  return parameters
}

/** Runs a statement over the rows from the first on, and gathers what it answers. */
const forRows = <A>(
  connection: SqlConnection.Connection,
  statement: Statements.ForRows<A>,
  rows: ReadonlyArray<A>,
  first = 0
): Effect.Effect<ReadonlyArray<Statements.Accepted>, SqlError.SqlError> => {
  const size = sizes.find((size) => size <= rows.length - first)
  if (size === undefined) return Effect.succeed([])
  const answered = execute(connection, statement.text(size), parametersOf(statement, rows, first, size))
  return first + size === rows.length
    ? answered
    : Effect.flatMap(answered, (some) =>
        Effect.map(forRows(connection, statement, rows, first + size), (others) => [...some, ...others])
      )
}

const contested = new SqlError.SqlError({ message: "a row has changed meanwhile" })

/** Runs a statement over the rows from the first on; fails where one of them was passed over. */
const forEveryRow = <A>(
  connection: SqlConnection.Connection,
  statement: Statements.Comparing<A>,
  rows: ReadonlyArray<A>,
  first = 0
): Effect.Effect<void, SqlError.SqlError> => {
  const size = sizes.find((size) => size <= rows.length - first)
  if (size === undefined) return Effect.void
  return Effect.flatMap(
    connection.executeRaw(statement.plain(size), parametersOf(statement, rows, first, size)),
    (result) =>
      (result as { readonly changes?: number }).changes === size
        ? forEveryRow(connection, statement, rows, first + size)
        : Effect.fail(contested)
  )
}

const idOf = ({ claimToken, jobName, key }: Statements.Accepted): string => `${jobName}\u0000${key}\u0000${claimToken}`

/** What was sent and has not come back. */
const refusedOf = <A>(
  sent: ReadonlyArray<A>,
  accepted: ReadonlyArray<Statements.Accepted>,
  written: (sent: A) => Statements.Accepted
): ReadonlyArray<A> => {
  if (accepted.length === sent.length) return []
  const ids = new Set(accepted.map(idOf))
  return sent.filter((one) => !ids.has(idOf(written(one))))
}

const parsed = <A>(row: Record<string, unknown>): A => {
  // the row is fresh and nobody else's
  for (const column of jsonColumns) if (typeof row[column] === "string") row[column] = JSON.parse(row[column])
  return row as A
}

const conditionsOf = ({ from, jobName, key, status, to }: JobStore.RunQuery) => {
  const asked: ReadonlyArray<readonly [string, unknown]> = [
    ["job_name = ?", jobName],
    ["key = ?", key],
    ["status = ?", status],
    ["started_at >= ?", from],
    ["started_at < ?", to]
  ]
  const given = asked.filter(([, value]) => value !== undefined)
  return {
    where: given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`,
    parameters: given.map(([, value]) => value)
  }
}

export const make = (names: Names) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const owner = yield* Owner.make
    const statements = Statements.make(names)
    const own = yield* Effect.scoped(sql.reserve)

    // a connection of its own keeps a store call out of the caller's transaction, where there is one to be had
    const on = <A>(operation: string, use: Use<A>) => {
      const attempt = Effect.scoped(Effect.flatMap(sql.reserve, use))
      const patient = Effect.catchAll(attempt, (error) =>
        isBusy(error) ? Effect.retry(attempt, { schedule: untilFree, while: isBusy }) : Effect.fail(error)
      ).pipe(Effect.mapError(storeError(operation)))
      return Effect.withFiberRuntime<A, JobStore.StoreError>(({ currentContext }) =>
        isInTransactionOn(own, currentContext) ? Effect.fail(insideTransaction(operation)) : patient
      )
    }
    const read = <A>(operation: string, text: string, parameters: ReadonlyArray<unknown>) =>
      Effect.map(
        on(operation, (connection) => execute(connection, text, parameters)),
        (rows) => rows.map((row) => parsed<A>(row as Record<string, unknown>))
      )
    const runsOf = (saves: ReadonlyArray<JobStore.Save>) => saves.flatMap(({ runs }) => runs)
    const answersOf = (saves: ReadonlyArray<JobStore.Save>) => saves.flatMap(({ answers = [] }) => answers)
    const carefully = ({ claims, saves }: JobStore.Batch) =>
      inTransaction((connection) =>
        Effect.gen(function* () {
          const kept = yield* forRows(connection, statements.save, saves)
          const refused = refusedOf(saves, kept, ({ state }) => state)
          const written = saves.filter((save) => !refused.includes(save))
          yield* forRows(connection, statements.write, runsOf(written))
          yield* forRows(connection, statements.answer, answersOf(written))
          const granted = yield* forRows(connection, statements.claim, claims)
          return { saves: refused, claims: refusedOf(claims, granted, ({ state }) => state) }
        })
      )
    const hopefully = ({ claims, saves }: JobStore.Batch) =>
      inTransaction((connection) =>
        forEveryRow(connection, statements.save, saves).pipe(
          Effect.zipRight(forRows(connection, statements.write, runsOf(saves))),
          Effect.zipRight(forRows(connection, statements.answer, answersOf(saves))),
          Effect.zipRight(forEveryRow(connection, statements.claim, claims)),
          Effect.as(JobStore.nothingRefused)
        )
      )
    // Nearly always nothing is refused, and nobody is in the middle of a transaction: then it is written in one go, in
    // which nobody else gets a turn. Where that fails, nothing has been written, and it is done again with care.
    const commit = (batch: JobStore.Batch) =>
      Effect.catchAll(Effect.withMaxOpsBeforeYield(hopefully(batch)(own), Number.MAX_SAFE_INTEGER), () =>
        on("record the runs", carefully(batch))
      )

    return JobStore.JobStore.of({
      owner,
      load: (jobNames) => read("read the state of the jobs", statements.load, [JSON.stringify(jobNames)]),
      get: (refs) =>
        read<JobState.JobState>("read the state of the jobs", statements.get, [
          JSON.stringify(refs.map(({ jobName, key }) => [jobName, key]))
        ]),
      names: Effect.map(
        on("read the names of the jobs", (connection) => execute(connection, statements.names)),
        (rows) => rows.map(({ jobName }) => String(jobName))
      ),
      rename: (from, to) =>
        on(
          "rename a job",
          inTransaction((connection) =>
            Effect.gen(function* () {
              const renamed = yield* execute(connection, statements.renameState, [to, from, to])
              if (renamed.length > 0) {
                yield* execute(connection, statements.renameRuns, [to, from])
                yield* execute(connection, statements.renameRequests, [to, from])
              }
              return renamed.length > 0
            })
          )
        ),
      add: (states) =>
        Effect.asVoid(
          on(
            "add jobs",
            inTransaction((connection) => forRows(connection, statements.add, states))
          )
        ),
      commit,
      renew: (claims) =>
        Effect.map(
          on(
            "renew the claims",
            inTransaction((connection) =>
              Effect.forEach(claims, (claim) => forRows(connection, statements.renew, [claim]))
            )
          ),
          (accepted) => claims.filter((_, index) => accepted[index]?.length === 0)
        ),
      ask: (requests) =>
        Effect.as(
          on(
            "keep the request",
            inTransaction((connection) => forRows(connection, statements.ask, requests))
          ),
          true
        ),
      asked: (after) => read<Control.Asked>("read the requests", statements.asked, [after]),
      runs: (query) => {
        const { parameters, where } = conditionsOf(query)
        return read<JobRun.JobRun>("read the log", `${statements.runs} ${where} ORDER BY id DESC LIMIT ?`, [
          ...parameters,
          query.limit ?? 100
        ])
      }
    })
  })
