/**
 * The requests of the store service: stored, read, and marked as done in the transaction of a caller.
 *
 * Whether a request is a duplicate is decided by the rule of all stores, not here.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Array as Arr, Effect, Option } from "effect"
import { type Control, type JobState, JobStore } from "tickwork"
import type { Connections, Use } from "./Connections.ts"
import { execute } from "./Connections.ts"
import { storeError } from "./Errors.ts"
import { decode } from "./statements/Decode.ts"
import type { Dialect } from "./statements/Dialect.ts"
import * as Rows from "./statements/Rows.ts"
import type * as Statements from "./statements/Statements.ts"

type Texts = ReturnType<typeof Statements.make>

/** Marks requests as done. */
export const complete = (
  connection: SqlConnection.Connection,
  { complete, nextChange }: Texts,
  acknowledgements: ReadonlyArray<JobStore.Acknowledgement>
): Effect.Effect<void, SqlError.SqlError> => {
  if (acknowledgements.length === 0) return Effect.void
  const done = Effect.asVoid(Rows.forRows(connection, complete, acknowledgements))
  return nextChange === "" ? done : Effect.zipRight(execute(connection, nextChange), done)
}

/** Adds the states whose request is not done and whose key is free, and marks these requests as done. */
export const admit =
  (texts: Texts, admissions: ReadonlyArray<JobStore.Admission>): Use<ReadonlyArray<JobStore.Admission>> =>
  (connection) =>
    Effect.gen(function* () {
      if (texts.nextChange !== "") yield* execute(connection, texts.nextChange)
      const acknowledgements = admissions.map(({ acknowledgement }) => acknowledgement)
      const rows = yield* Rows.forRows(connection, texts.completeNew, acknowledgements)
      const accepted = new Set(rows.map(({ id }) => Number(id)))
      const [refused, free] = Arr.partition(admissions, ({ acknowledgement: { id } }) => accepted.has(id))
      yield* Rows.forRows(
        connection,
        texts.admit,
        free.map(({ state }) => state)
      )
      return refused
    })

/** Adds the first states of enqueued runs; answers which requests are done with that. */
const begin = (
  connection: SqlConnection.Connection,
  texts: Texts,
  requests: ReadonlyArray<JobStore.Submission>
): Effect.Effect<(request: JobStore.Submission) => boolean, SqlError.SqlError> => {
  const states = requests.flatMap(({ first }) => first ?? [])
  return Effect.map(Rows.forRows(connection, texts.addFirst, states), (rows) => {
    const added = new Set((rows as unknown as ReadonlyArray<JobStore.Ref>).map(keyOf))
    return (request) => request.first !== undefined && added.has(keyOf(request))
  })
}

/** Requests that are long done are dropped once in this time. */
const dropEveryMs = 60_000

/** More keys than this are locked as all are. */
const mostLocks = 100

const keyOf = ({ jobName, key }: JobStore.Ref): string => JSON.stringify([jobName, key])

interface Options {
  readonly connections: Connections
  readonly dialect: Dialect
  readonly texts: Texts
  /** Names this process to itself. */
  readonly owner: string
}

/** Stores requests, also in a transaction of the caller. */
export const submit = ({ connections, dialect, owner, texts }: Options) => {
  const lockKeys = (connection: SqlConnection.Connection, requests: ReadonlyArray<JobStore.Submission>) => {
    if (dialect.name === "sqlite") return Effect.void
    const keys = new Set(requests.map(keyOf))
    // the server has room for some thousands of locks in all
    if (keys.size > mostLocks) return execute(connection, texts.lockAllKeys)
    const sorted = [...keys].sort().map((key) => dialect.storable(key))
    return execute(connection, texts.lockKeys, [JSON.stringify(sorted)])
  }
  /** What is stored under the keys that must be free, once no other transaction can change it. */
  const knownOf = (
    connection: SqlConnection.Connection,
    requests: ReadonlyArray<JobStore.Submission>,
    isJoined: boolean
  ) =>
    Effect.gen(function* () {
      const refs = dialect.refs.parameters(requests)
      yield* lockKeys(connection, requests)
      // what is done between the two reads is in its row by then
      const others = yield* execute(connection, texts.pendingOf, refs)
      const pending = decode<Control.StoredRequest>(others)
      const rows = yield* execute(connection, texts.get, refs)
      const states = decode<JobState.JobState>(rows)
      // SQLite's transaction, once it writes, holds up every claim until it ends
      const mayBegin = isJoined && dialect.name === "pg"
      const stateOf = new Map(states.map((state) => [keyOf(state), state]))
      const pendingOf = Arr.groupBy(pending, keyOf)
      return (request: JobStore.Submission) => {
        const key = keyOf(request)
        return { state: stateOf.get(key), pending: pendingOf[key] ?? [], mayBegin }
      }
    })
  const keep =
    (requests: ReadonlyArray<JobStore.Submission>, isJoined: boolean): Use<ReadonlyArray<JobStore.Submitted>> =>
    (connection) =>
      Effect.gen(function* () {
        const unique = requests.filter((request) => request.unique !== undefined)
        const known = unique.length === 0 ? nothingKnown : yield* knownOf(connection, unique, isJoined)
        const decided = JobStore.decideAll(requests, known)
        const stored = decided.flatMap(({ stored }) => stored ?? [])
        const isDone = yield* begin(connection, texts, stored)
        const rows = yield* Rows.forRows(
          connection,
          texts.submit,
          stored.map((request) =>
            isDone(request) ? { ...request, payload: null, doneAt: request.at } : { ...request, doneAt: null }
          )
        )
        // of those of one key the first alone may be done
        const ids = new Map([...rows].reverse().map((row) => [keyOf(row as unknown as JobStore.Ref), Number(row.id)]))
        const mustTell = stored.length > 0 && texts.announce !== ""
        // this process knows of its own requests, but not of the end of the caller's transaction
        if (mustTell) yield* execute(connection, texts.announce, [isJoined ? "" : owner])
        return decided.map(({ answer, stored }): JobStore.Submitted => {
          const id = stored !== null && isDone(stored) ? ids.get(keyOf(stored)) : undefined
          return { ...answer, doneId: id ?? null }
        })
      })
  let droppedAt = Number.NEGATIVE_INFINITY
  return (requests: ReadonlyArray<JobStore.Submission>): Effect.Effect<JobStore.Submissions, JobStore.StoreError> => {
    const at = requests.reduce((latest, { at }) => Math.max(latest, at), 0)
    // a transaction of the caller may be long, and would block others with what it deletes
    const alone: Use<ReadonlyArray<JobStore.Submitted>> = (connection) => {
      const kept = keep(requests, false)(connection)
      if (Math.abs(at - droppedAt) < dropEveryMs) return kept
      droppedAt = at
      return Effect.zipRight(execute(connection, texts.dropDone, [at - JobStore.doneRetentionMs]), kept)
    }
    return Effect.withFiberRuntime<JobStore.Submissions, JobStore.StoreError>(({ currentContext }) =>
      Option.match(connections.callers(currentContext), {
        onNone: () =>
          Effect.map(connections.write(alone), (answers): JobStore.Submissions => ({ answers, ended: null })),
        onSome: (connection) =>
          Effect.zipWith(
            connections.asOwner(connection, keep(requests, true)),
            connections.ending(connection),
            (answers, ended): JobStore.Submissions => ({ answers, ended })
          )
      }).pipe(Effect.mapError(storeError("keep the requests")))
    )
  }
}

const nothingKnown = () => ({ state: undefined, pending: [], mayBegin: false })
