/**
 * The store service in SQL, over one client.
 *
 * It writes each batch in one transaction and answers what another process was faster with. It never decides what runs,
 * and never joins a transaction of the caller, except for requests.
 *
 * @internal
 */
import type { SqlConnection } from "@effect/sql"
import { Effect, Option, Predicate } from "effect"
import { type Control, type JobState, JobStore, type LogEntry } from "tickwork"
import * as Access from "./Access.ts"
import { execute, type Use } from "./Connections.ts"
import { forget } from "./Forget.ts"
import * as Owner from "./Owner.ts"
import * as Requests from "./Requests.ts"
import { decode, decodeStates } from "./statements/Decode.ts"
import { decodeStateLists } from "./statements/DecodeLists.ts"
import type * as Lists from "./statements/Lists.ts"
import * as Rows from "./statements/Rows.ts"
import * as Statements from "./statements/Statements.ts"

const inOrder = <A extends JobStore.Ref>(rows: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...rows].sort((a, b) => (a.jobName < b.jobName || (a.jobName === b.jobName && a.key < b.key) ? -1 : 1))

const idOf = ({ jobName, key }: JobStore.Ref): string => `${jobName}\u0000${key}`
const loading = "read the state of the jobs"

const isLimited = (claim: JobStore.Claim): claim is Required<JobStore.Claim> => claim.limits !== undefined
/** Entries of one number are one: PostgreSQL refuses a statement that writes a row twice. */
const merged = (entries: ReadonlyArray<LogEntry.LogEntry>): ReadonlyArray<LogEntry.LogEntry> =>
  entries.reduce<Array<LogEntry.LogEntry>>((all, entry) => {
    const earlier = all.at(-1)
    if (earlier?.seq !== entry.seq) all.push(entry)
    else {
      const { count, scheduledAt, startedAt } = earlier
      all[all.length - 1] = { ...entry, scheduledAt, startedAt, count: count + entry.count }
    }
    return all
  }, [])
const entriesOf = (saves: ReadonlyArray<JobStore.Save>) =>
  saves.flatMap(({ entries }) => (entries.length < 2 ? entries : merged(entries)))
const acknowledgementsOf = (saves: ReadonlyArray<JobStore.Save>) =>
  saves.flatMap(({ acknowledgements = [] }) => acknowledgements)

const textOf = ({ definition, jobName, renamedFrom, version }: JobStore.JobDefinition): string =>
  [jobName, version, definition, renamedFrom].join("\u0000")

/** Those that are not stored. */
const undefinedOf = (
  definitions: ReadonlyArray<JobStore.JobDefinition>,
  stored: ReadonlyArray<JobStore.JobDefinition>
): ReadonlyArray<JobStore.JobDefinition> => {
  const known = new Set(stored.map(textOf))
  return definitions.filter((one) => !known.has(textOf(one)))
}

export const make = (options: Access.Options) =>
  Effect.gen(function* () {
    const { connections, dialect, names } = options
    const owner = yield* Owner.make(dialect.name === "sqlite" ? "host" : "hosts")
    const statements = Statements.make(names, dialect)
    const forgotten = forget(statements)
    const { read, readLists, readRows, write } = Access.make(options)
    const readMany = Access.make(options, true).readValues
    const loadAll = (page: Omit<Lists.Statement, "parameters">, among: ReadonlyArray<unknown>) =>
      Effect.suspend(() => {
        const all: Array<JobState.JobState> = []
        const after = (last: ReadonlyArray<unknown>): Effect.Effect<void, JobStore.StoreError> =>
          Effect.flatMap(readLists(loading, { ...page, parameters: [...last, ...among] }), (lists) => {
            const states = decodeStateLists(lists)
            for (const state of states) all.push(state)
            const names = lists.slice(0, 2).map((list) => list.at(-1))
            return states.length < Statements.loadPage ? Effect.void : after(names)
          })
        return Effect.as(after(["", ""]), all)
      })

    const readRequests = (text: string, parameters: ReadonlyArray<unknown> = []) =>
      read<Control.StoredRequest>("read the requests", text, parameters)

    /** Claims under one limit are made one after the other, in all processes. */
    const lockLimits = (connection: SqlConnection.Connection, claims: ReadonlyArray<JobStore.Claim>) => {
      if (dialect.name === "sqlite") return Effect.void
      const names = new Set(claims.flatMap(({ limits = [] }) => limits.map(({ name }) => dialect.storable(name))))
      const lockOne = (name: string) => execute(connection, statements.lockLimit, [name])
      return Effect.forEach([...names].sort(), lockOne, { discard: true })
    }
    const isReached =
      (connection: SqlConnection.Connection) =>
      ({ atMost, jobNames, rate }: JobStore.ClaimLimit) =>
        Effect.gen(function* () {
          const names = dialect.jobNames.parameters(jobNames)
          const key = rate?.key ?? null
          const [held] = yield* execute(connection, statements.claimed, [...names, key])
          const [past] =
            rate === undefined ? [] : yield* execute(connection, statements.began, [rate.since, key, ...names])
          return Number(held?.claimed) + Number(past?.began ?? 0) >= atMost
        })
    /** Answers the refused claims; those with limits are made one by one, since each counts for the next. */
    const claim = (connection: SqlConnection.Connection, claims: ReadonlyArray<JobStore.Claim>) =>
      Effect.gen(function* () {
        const take = (some: ReadonlyArray<JobStore.Claim>) =>
          Rows.refusedOf(connection, statements.claim, some, ({ state }) => Rows.acceptedOf(state))
        const refused = [...(yield* take(claims.filter(Predicate.not(isLimited))))]
        for (const one of claims.filter(isLimited)) {
          const isFull = yield* Effect.exists(one.limits, isReached(connection))
          refused.push(...(isFull ? [one] : yield* take([one])))
        }
        return refused
      })

    const carefully =
      ({ claims, saves }: JobStore.Batch): Use<JobStore.Refused> =>
      (connection) =>
        Effect.gen(function* () {
          // limits before rows in every transaction, so that none deadlocks
          yield* lockLimits(connection, claims)
          const refused = yield* Rows.refusedOf(connection, statements.save, saves, ({ state }) =>
            Rows.acceptedOf(state)
          )
          const written = saves.filter((save) => !refused.includes(save))
          yield* Rows.forRows(connection, statements.write, entriesOf(written))
          yield* Requests.complete(connection, statements, acknowledgementsOf(written))
          return yield* unlessWritten(connection, { saves: refused, claims: yield* claim(connection, claims) })
        })
    /** Leaves out what an earlier commit has written whose answer was lost. */
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
              const stored = new Map(decode<JobState.JobState>(rows).map((state) => [idOf(state), state]))
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
          Effect.zipRight(Rows.forRows(connection, statements.write, entriesOf(saves))),
          Effect.zipRight(Requests.complete(connection, statements, acknowledgementsOf(saves))),
          Effect.zipRight(Rows.forEveryRow(connection, statements.claim, claims)),
          Effect.as(JobStore.nothingRefused)
        )
    // Nearly always nothing is refused and the database is free: then SQLite writes the batch at once.
    // Where that fails, the careful way follows.
    const commit = (batch: JobStore.Batch) => {
      const careful = write("write the log", carefully(batch))
      if (batch.claims.some(isLimited)) return careful
      return Option.match(connections.writeNow(hopefully(batch)), {
        onNone: () => careful,
        onSome: (now) => Effect.catchAll(now, () => careful)
      })
    }

    const defined = read<JobStore.StoredDefinition>("read the definitions of the jobs", statements.definitions)
    const define = (definitions: ReadonlyArray<JobStore.JobDefinition>) =>
      write("keep the definitions of the jobs", (connection) =>
        Effect.gen(function* () {
          if (dialect.name === "pg") yield* execute(connection, statements.lockDefinitions)
          const all = Effect.map(execute(connection, statements.definitions), (rows) =>
            decode<JobStore.StoredDefinition>(rows)
          )
          yield* Rows.forRows(connection, statements.define, undefinedOf(definitions, yield* all))
          return yield* all
        })
      )

    return JobStore.JobStore.of({
      owner,
      load: (jobNames, which = "all", partitions) => {
        if (jobNames.length === 0) return Effect.succeed([])
        const among = dialect.jobNames.parameters(jobNames)
        return partitions === undefined
          ? loadAll(statements.load[which], among)
          : Effect.map(
              readMany(loading, statements.loadPlaced[which], among.concat(dialect.partitions.parameters(partitions))),
              decodeStates
            )
      },
      get: (refs) => read<JobState.JobState>(loading, statements.get, dialect.refs.parameters(refs)),
      names: Effect.map(read<{ readonly jobName: string }>("read the names of the jobs", statements.names), (rows) =>
        rows.map(({ jobName }) => jobName)
      ),
      rename: (from, to, holders) =>
        write("rename a job", (connection) =>
          Effect.gen(function* () {
            const by = dialect.claimOwners.parameters(holders)
            const renamed = yield* execute(connection, statements.renameState, [to, from, to, ...by])
            const [row] = yield* execute(connection, statements.unrenamed, [from, to, ...by])
            yield* execute(connection, statements.renameRequests, [to, from])
            return { moved: renamed.length, waiting: Number(row?.waiting) }
          })
        ),
      define: (definitions) =>
        Effect.flatMap(defined, (stored) =>
          undefinedOf(definitions, stored).length === 0 ? Effect.succeed(stored) : define(definitions)
        ),
      beat: ({ at, definitions, everyMs, id, owner }) =>
        write("say that this process lives", (connection) =>
          id === null
            ? Effect.map(
                execute(connection, statements.enter, [owner, at, everyMs, JSON.stringify(definitions)]),
                ([row]) => Number(row?.id)
              )
            : Effect.as(execute(connection, statements.beat, [id, owner, at, everyMs, JSON.stringify(definitions)]), id)
        ),
      leave: (ids) =>
        write("remove processes that have ended", (connection) =>
          Effect.forEach(ids, (id) => execute(connection, statements.leave, [id]), { discard: true })
        ),
      processes: Effect.map(
        read<JobStore.Process & { readonly clock: unknown }>("read the processes", statements.processes),
        (rows) => {
          const { clock = null } = rows.at(-1) ?? {}
          return {
            processes: rows.map(({ clock: _, ...process }) => process),
            at: clock === null ? null : Number(clock)
          }
        }
      ),
      add: (states, acknowledgements = []) =>
        write("add jobs", (connection) =>
          Rows.forRows(connection, statements.add, inOrder(states)).pipe(
            Effect.zipRight(Requests.complete(connection, statements, acknowledgements))
          )
        ),
      admit: (admissions) => write("add jobs", Requests.admit(statements, admissions)),
      forget: (ref, acknowledgement) =>
        write("forget an instance", (connection) =>
          Effect.gen(function* () {
            const isForgotten = yield* forgotten(connection, ref, acknowledgement?.id)
            if (isForgotten && acknowledgement !== undefined)
              yield* Requests.complete(connection, statements, [acknowledgement])
            return isForgotten
          })
        ),
      commit,
      renew: (claims) =>
        write("renew the claims", (connection) =>
          Rows.refusedOf(connection, statements.renew, claims, ({ jobName, key, owner, token }) => ({
            jobName,
            key,
            claimToken: token,
            claimOwner: owner
          }))
        ),
      progress: (progressed) =>
        write("keep how far runs are", (connection) =>
          Effect.asVoid(Rows.forRows(connection, statements.progress, progressed))
        ),
      submit: Requests.submit({ connections, dialect, texts: statements, owner: owner.id }),
      pending: readRequests(statements.pending),
      requestsSince: (mark, among) =>
        Effect.map(
          readRows("read the requests", among === undefined ? statements.requestsSince : statements.placedSince, [
            mark ?? Number.MAX_SAFE_INTEGER,
            ...(among === undefined ? [] : dialect.partitions.parameters(among.partitions)),
            ...(among === undefined ? [] : dialect.jobNames.parameters(among.jobNames))
          ]),
          (rows) => ({
            mark: Number(rows[0]?.mark),
            requests: decode<Control.StoredRequest>(
              rows.flatMap(({ mark: _, ...request }) => (request.id === null ? [] : [request]))
            )
          })
        ),
      watch: (watcher) =>
        connections.watch({ mark: statements.mark, channel: statements.channel, owner: owner.id }, watcher),
      announce:
        statements.announce === ""
          ? Effect.void
          : write("announce what is free", (connection) =>
              Effect.asVoid(execute(connection, statements.announce, [owner.id]))
            )
    })
  })
