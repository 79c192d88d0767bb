/**
 * The port of the job store, spoken in SQL over one client.
 *
 * It writes what it is told in one transaction and refuses what somebody else was faster with. It never decides what
 * runs, and never takes part in a transaction of the caller's, but for a request that is made in one.
 *
 * @internal
 */
import type { SqlConnection } from "@effect/sql"
import { Effect, Option, Predicate } from "effect"
import { type Control, type JobState, JobStore } from "tickwork"
import { type Connections, execute, type Use } from "./Connections.ts"
import { storeError } from "./Errors.ts"
import type { Names } from "./migrations/Tables.ts"
import * as Owner from "./Owner.ts"
import * as SqlHistory from "./SqlHistory.ts"
import type { Dialect } from "./statements/Dialect.ts"
import * as Rows from "./statements/Rows.ts"
import * as Statements from "./statements/Statements.ts"

const inOrder = <A extends JobStore.Ref>(rows: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...rows].sort((a, b) => (a.jobName < b.jobName || (a.jobName === b.jobName && a.key < b.key) ? -1 : 1))

const idOf = ({ jobName, key }: JobStore.Ref): string => `${jobName}\u0000${key}`
const isLimited = (claim: JobStore.Claim): claim is Required<JobStore.Claim> => claim.limits !== undefined
const runsOf = (saves: ReadonlyArray<JobStore.Save>) => saves.flatMap(({ entries }) => entries)
const answersOf = (saves: ReadonlyArray<JobStore.Save>) =>
  saves.flatMap(({ acknowledgements = [] }) => acknowledgements)

export interface Options {
  readonly connections: Connections
  readonly dialect: Dialect
  readonly names: Names
}

export const make = ({ connections, dialect, names }: Options) =>
  Effect.gen(function* () {
    const owner = yield* Owner.make(dialect.name === "sqlite" ? "host" : "hosts")
    const statements = Statements.make(names, dialect)
    const parsed = Rows.parsed(dialect)

    const read = <A>(operation: string, text: string, parameters: ReadonlyArray<unknown> = []) =>
      connections
        .read((connection) => execute(connection, text, parameters))
        .pipe(
          Effect.map((rows) => rows.map((row) => parsed<A>(row))),
          Effect.mapError(storeError(operation))
        )
    const write = <A>(operation: string, use: Use<A>) => Effect.mapError(connections.write(use), storeError(operation))

    const lock = (connection: SqlConnection.Connection, refs: ReadonlyArray<JobStore.Ref>) =>
      // SQLite's transaction holds them all
      dialect.name === "sqlite" || refs.length < 2
        ? Effect.void
        : Effect.asVoid(execute(connection, statements.lock, dialect.refs.parameters(refs)))

    /** Two who claim under one limit come one after the other. */
    const lockLimits = (connection: SqlConnection.Connection, claims: ReadonlyArray<JobStore.Claim>) => {
      if (dialect.name === "sqlite") return Effect.void
      const names = new Set(claims.flatMap(({ limits = [] }) => limits.map(({ name }) => dialect.storable(name))))
      const lockOne = (name: string) => execute(connection, statements.lockLimit, [name])
      return Effect.forEach([...names].sort(), lockOne, { discard: true })
    }
    const isReached = (connection: SqlConnection.Connection) => (limit: JobStore.ClaimLimit) =>
      Effect.map(
        execute(connection, statements.claimed, dialect.jobNames.parameters(limit.jobNames)),
        ([row]) => Number(row?.claimed) >= limit.atMost
      )
    /** Answers the claims that were passed over; those with limits are made one by one, since each of them counts. */
    const claim = (connection: SqlConnection.Connection, claims: ReadonlyArray<JobStore.Claim>) =>
      Effect.gen(function* () {
        const take = (some: ReadonlyArray<JobStore.Claim>) =>
          Rows.refusedOf(connection, statements.claim, some, ({ state }) => Rows.acceptedOf(state))
        const passedOver = [...(yield* take(claims.filter(Predicate.not(isLimited))))]
        for (const one of claims.filter(isLimited)) {
          const isFull = yield* Effect.exists(one.limits, isReached(connection))
          passedOver.push(...(isFull ? [one] : yield* take([one])))
        }
        return passedOver
      })

    const carefully =
      ({ claims, saves }: JobStore.Batch): Use<JobStore.Refused> =>
      (connection) =>
        Effect.gen(function* () {
          // before any row, as everybody who takes both
          yield* lockLimits(connection, claims)
          yield* lock(
            connection,
            [...saves, ...claims].map(({ state }) => state)
          )
          const refused = yield* Rows.refusedOf(connection, statements.save, saves, ({ state }) =>
            Rows.acceptedOf(state)
          )
          const written = saves.filter((save) => !refused.includes(save))
          yield* Rows.forRows(connection, statements.write, runsOf(written))
          yield* Rows.forRows(connection, statements.answer, answersOf(written))
          const passedOver = yield* claim(connection, claims)
          return yield* unlessWritten(connection, { saves: refused, claims: passedOver })
        })
    /** What looks refused may have been written before, by a commit whose answer was lost. */
    const unlessWritten = (connection: SqlConnection.Connection, { claims, saves }: JobStore.Refused) =>
      claims.length + saves.length === 0
        ? Effect.succeed(JobStore.nothingRefused)
        : Effect.map(
            execute(
              connection,
              statements.get,
              dialect.refs.parameters([...saves, ...claims].map(({ state }) => state))
            ),
            (rows): JobStore.Refused => {
              const stored = new Map(rows.map(parsed<JobState.JobState>).map((state) => [idOf(state), state]))
              const isWritten =
                <A extends JobStore.Claim>(is: (stored: JobState.JobState, sent: A) => boolean) =>
                (sent: A) => {
                  const state = stored.get(idOf(sent.state))
                  return state !== undefined && is(state, sent)
                }
              return {
                saves: saves.filter(Predicate.not(isWritten(Statements.isSaved))),
                claims: claims.filter(Predicate.not(isWritten(Statements.isClaimed)))
              }
            }
          )
    const hopefully =
      ({ claims, saves }: JobStore.Batch): Use<JobStore.Refused> =>
      (connection) =>
        Rows.forEveryRow(connection, statements.save, saves).pipe(
          Effect.zipRight(Rows.forRows(connection, statements.write, runsOf(saves))),
          Effect.zipRight(Rows.forRows(connection, statements.answer, answersOf(saves))),
          Effect.zipRight(Rows.forEveryRow(connection, statements.claim, claims)),
          Effect.as(JobStore.nothingRefused)
        )
    // Nearly always nothing is refused, and nobody is in the middle of a transaction: then SQLite writes it in one go.
    // Where that fails, it is done again with care.
    const commit = (batch: JobStore.Batch) => {
      const careful = write("record the runs", carefully(batch))
      if (batch.claims.some(isLimited)) return careful
      return Option.match(connections.writeNow(hopefully(batch)), {
        onNone: () => careful,
        onSome: (now) => Effect.catchAll(now, () => careful)
      })
    }

    return JobStore.JobStore.of({
      owner,
      load: (jobNames, which = "all") =>
        jobNames.length === 0
          ? Effect.succeed([])
          : read(
              "read the state of the jobs",
              which === "all" ? statements.load : statements.loadUnfinished,
              dialect.jobNames.parameters(jobNames)
            ),
      get: (refs) =>
        read<JobState.JobState>("read the state of the jobs", statements.get, dialect.refs.parameters(refs)),
      names: Effect.map(read<{ readonly jobName: string }>("read the names of the jobs", statements.names), (rows) =>
        rows.map(({ jobName }) => jobName)
      ),
      rename: (from, to) =>
        write("rename a job", (connection) =>
          Effect.gen(function* () {
            const renamed = yield* execute(connection, statements.renameState, [to, from, to])
            if (renamed.length > 0) {
              yield* execute(connection, statements.renameRuns, [to, from])
              yield* execute(connection, statements.renameBaselines, [to, from])
              yield* execute(connection, statements.renameRequests, [to, from])
            }
            return renamed.length > 0
          })
        ),
      add: (states, answers = []) =>
        write("add jobs", (connection) =>
          Rows.forRows(connection, statements.add, inOrder(states)).pipe(
            Effect.zipRight(Rows.forRows(connection, statements.answer, answers)),
            Effect.asVoid
          )
        ),
      forget: ({ jobName, key, seq, token }, answer) =>
        write("forget an instance", (connection) =>
          Effect.gen(function* () {
            const forgotten = yield* execute(connection, statements.forgetState, [jobName, key, token, seq])
            if (forgotten.length === 0) return false
            yield* execute(connection, statements.forgetRuns, [jobName, key])
            yield* execute(connection, statements.forgetBaseline, [jobName, key])
            yield* execute(connection, statements.forgetRequests, [jobName, key, answer?.id ?? 0])
            if (answer !== undefined) yield* Rows.forRows(connection, statements.answer, [answer])
            return true
          })
        ),
      commit,
      renew: (claims) =>
        write("renew the claims", (connection) =>
          Effect.zipRight(
            lock(connection, claims),
            Rows.refusedOf(connection, statements.renew, claims, ({ jobName, key, owner, token }) => ({
              jobName,
              key,
              claimToken: token,
              claimOwner: owner
            }))
          )
        ),
      submit: (asked) => {
        const keep: Use<unknown> = (connection) => Rows.forRows(connection, statements.ask, asked)
        const since = Math.max(0, ...asked.map(({ at }) => at)) - JobStore.doneRetentionMs
        // a transaction of the caller's may be long, and others would have to wait for what it deletes
        const alone: Use<unknown> = (connection) =>
          Effect.zipRight(execute(connection, statements.forget, [since]), keep(connection))
        return Effect.withFiberRuntime<boolean, JobStore.StoreError>(({ currentContext }) =>
          Option.match(connections.callers(currentContext), {
            onNone: () => Effect.as(connections.write(alone), true),
            onSome: (connection) => Effect.as(keep(connection), false)
          }).pipe(Effect.mapError(storeError("keep the request")))
        )
      },
      pending: (doneSince = Number.MAX_SAFE_INTEGER) =>
        read<Control.StoredRequest>("read the requests", statements.asked, [doneSince]),
      ...SqlHistory.make({ dialect, names, read, write })
    })
  })
