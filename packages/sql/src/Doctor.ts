/**
 * Looks for what cannot be: the tables, and every row of them, held against what every run of Tickwork leaves behind.
 *
 * It reads, and writes nothing. What it finds it tells; it corrects nothing.
 *
 * @since 0.1.0
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Chunk, Clock, Effect, Either, Option, Stream } from "effect"
import { Integrity, type JobStore } from "tickwork"
import { type Connections, execute } from "./Connections.ts"
import * as Dialect from "./Dialect.ts"
import { storeError } from "./Errors.ts"
import * as Migrations from "./Migrations.ts"
import * as Owner from "./Owner.ts"
import * as PgConnections from "./PgConnections.ts"
import * as RawRows from "./RawRows.ts"
import * as Shape from "./Shape.ts"
import * as SqliteConnections from "./SqliteConnections.ts"
import { select } from "./Statements.ts"
import * as Tables from "./Tables.ts"

/**
 * What is looked at, and what is worth a word.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Stands before the names of the tables; empty unless set. */
  readonly prefix?: string
  /** What waits for longer than so many ms is worth a warning; a day unless set. */
  readonly longMs?: number
}

const pageOf = { instances: 100, lines: 1000, orphans: 1000 } as const

type Findings = ReadonlyArray<Integrity.Finding>

interface Bench {
  readonly read: (
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<RawRows.Row>, SqlError.SqlError>
  readonly dialect: Dialect.Dialect
  readonly names: Tables.Names
  readonly options: Integrity.Options
}

const turn = Effect.sleep(0)

/** What there is of tables: the columns of each. */
const columnsOf = ({ dialect, read }: Bench, table: string) =>
  Effect.map(
    dialect.name === "sqlite"
      ? read("SELECT name FROM pragma_table_info(?)", [table])
      : read(
          `SELECT a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped`,
          [table]
        ),
    (rows) => new Set(rows.map(({ name }) => String(name)))
  )

const indexesOf = ({ dialect, read }: Bench) =>
  Effect.map(
    dialect.name === "sqlite"
      ? read("SELECT name FROM sqlite_master WHERE type = 'index'")
      : read("SELECT relname AS name FROM pg_class WHERE relkind = 'i' AND pg_table_is_visible(oid)"),
    (rows) => new Set(rows.map(({ name }) => String(name)))
  )

const nowhere = { jobName: null, key: null }

/** What is missing of the tables; a table without which nothing can be read, or with a column less, is not looked at. */
const shape = (bench: Bench) =>
  Effect.gen(function* () {
    const findings: Array<Integrity.Finding> = []
    const whole = new Set<string>()
    for (const [table, columns] of Shape.tables(bench.names)) {
      const found = yield* columnsOf(bench, table)
      const missing = columns.filter((column) => !found.has(column))
      if (missing.length === 0) whole.add(table)
      else if (found.size === 0) findings.push(Integrity.make("table-is-missing", nowhere, { table }))
      else {
        for (const column of missing) findings.push(Integrity.make("column-is-missing", nowhere, { table, column }))
      }
    }
    const there = yield* indexesOf(bench)
    for (const { columns, isUnique, name, table } of Shape.indexes(bench.names)) {
      if (there.has(name) || !whole.has(table)) continue
      const facts = { index: name, table, columns: columns.join(", "), isUnique }
      findings.push(Integrity.make("index-is-missing", nowhere, facts))
    }
    return { findings, whole }
  })

const register = ({ names, read }: Bench): Effect.Effect<Findings, SqlError.SqlError> =>
  Effect.map(read(`SELECT migration_id AS id FROM ${Tables.quote(names.migrations)}`), (rows) => {
    const ids = rows.map(({ id }) => Number(id))
    const newest = Math.max(0, ...ids)
    const { latest } = Migrations
    const table = names.migrations
    if (newest > latest) return [Integrity.make("tables-are-newer", nowhere, { table, id: newest, latest })]
    return Migrations.names.flatMap((name, index) =>
      ids.includes(index + 1)
        ? []
        : [Integrity.make("migration-is-missing", nowhere, { table, id: index + 1, latest, name })]
    )
  })

const file = ({ dialect, read }: Bench): Effect.Effect<Findings, SqlError.SqlError> =>
  dialect.name !== "sqlite"
    ? Effect.succeed([])
    : Effect.map(read("PRAGMA quick_check(10)"), (rows) =>
        rows.flatMap((row) => {
          const message = String(Object.values(row)[0])
          return message === "ok" ? [] : [Integrity.make("file-is-damaged", nowhere, { message })]
        })
      )

interface Ref {
  readonly jobName: string
  readonly key: string
}

const refOf = (row: RawRows.Row): Ref => ({ jobName: String(row.jobName), key: String(row.key) })

/** One instance, its lines read a page at a time. */
const instance = (bench: Bench, subject: Integrity.Subject, hasLog: boolean) =>
  Effect.gen(function* () {
    const { names, options, read } = bench
    const { jobName, key } = subject
    const check = Integrity.of(subject, options)
    const findings: Array<Integrity.Finding> = []
    const text = bench.dialect.render(`SELECT ${select(Tables.runColumns)} FROM ${Tables.quote(names.run)}
      WHERE job_name = ? AND key = ? AND seq > ? ORDER BY seq LIMIT ${pageOf.lines}`)
    let after = Number.MIN_SAFE_INTEGER
    while (hasLog) {
      const rows = yield* read(text, [jobName, key, after])
      for (const row of rows) {
        const seq = Number(row.seq)
        after = Math.max(after, seq)
        const line = RawRows.lineOf(row, { table: names.run, jobName, key, seq: Number.isInteger(seq) ? seq : null })
        if (Either.isRight(line)) findings.push(...check.line(line.right))
        else {
          check.unreadableLine(seq)
          findings.push(line.left)
        }
      }
      if (rows.length < pageOf.lines) break
      yield* turn
    }
    return hasLog ? [...findings, ...check.end()] : findings
  })

const after = (condition: string, first: boolean) => (first ? "" : `WHERE ${condition}`)

/** A page of instances, and what is wrong with them. */
const instances = (bench: Bench, whole: ReadonlySet<string>, last: Ref | null) =>
  Effect.gen(function* () {
    const { dialect, names, read } = bench
    const rows = yield* read(
      dialect.render(`SELECT ${select(Tables.stateColumns)} FROM ${Tables.quote(names.state)}
        ${after("(job_name, key) > (?, ?)", last === null)} ORDER BY job_name, key LIMIT ${pageOf.instances}`),
      last === null ? [] : [last.jobName, last.key]
    )
    const refs = rows.map(refOf)
    const baselines = new Map<string, RawRows.Row>()
    if (whole.has(names.baseline)) {
      const text = dialect.render(`SELECT job_name AS "jobName", key AS "key", seq, state
        FROM ${Tables.quote(names.baseline)} WHERE ${dialect.refs.condition}`)
      for (const row of yield* read(text, dialect.refs.parameters(refs))) baselines.set(JSON.stringify(refOf(row)), row)
    }
    const findings: Array<Integrity.Finding> = []
    for (const [index, ref] of refs.entries()) {
      const state = RawRows.stateOf(rows[index] ?? {}, { table: names.state, ...ref })
      const row = baselines.get(JSON.stringify(ref))
      const baseline = row === undefined ? null : RawRows.baselineOf(row, { table: names.baseline, ...ref })
      if (Either.isLeft(state)) findings.push(state.left)
      if (baseline !== null && Either.isLeft(baseline)) findings.push(baseline.left)
      const readable = <A>(read: RawRows.Read<A>) => Either.getOrElse(read, () => "unreadable" as const)
      const subject = { ...ref, state: readable(state), baseline: baseline === null ? null : readable(baseline) }
      findings.push(...(yield* instance(bench, subject, whole.has(names.run))))
    }
    yield* turn
    return { findings, last: refs.length < pageOf.instances ? null : (refs.at(-1) ?? null) }
  })

/** Lines and baselines of which there is no instance. */
const orphans = ({ names, options, read }: Bench, whole: ReadonlySet<string>) =>
  Effect.gen(function* () {
    const without = (table: string) => `FROM ${Tables.quote(table)} r WHERE NOT EXISTS (
      SELECT 1 FROM ${Tables.quote(names.state)} s WHERE s.job_name = r.job_name AND s.key = r.key)`
    const lines = whole.has(names.run)
      ? yield* read(`SELECT r.job_name AS "jobName", r.key AS "key", COUNT(*) AS lines, MIN(r.seq) AS first, MAX(r.seq) AS last
          ${without(names.run)} GROUP BY r.job_name, r.key ORDER BY r.job_name, r.key LIMIT ${pageOf.orphans}`)
      : []
    const baselines = whole.has(names.baseline)
      ? yield* read(`SELECT r.job_name AS "jobName", r.key AS "key" ${without(names.baseline)} LIMIT ${pageOf.orphans}`)
      : []
    return [
      ...lines.map((row) =>
        Integrity.make("lines-without-an-instance", refOf(row), {
          lines: Number(row.lines),
          first: Number(row.first),
          last: Number(row.last)
        })
      ),
      ...baselines.flatMap((row) => Integrity.of({ ...refOf(row), state: null, baseline: "unreadable" }, options).end())
    ]
  })

const requests = ({ names, options, read }: Bench) =>
  Effect.gen(function* () {
    const rows = yield* read(
      `SELECT c.id AS id, c.done_at AS "doneAt", ${select(Tables.controlColumns, "c.")}, EXISTS (
          SELECT 1 FROM ${Tables.quote(names.state)} s WHERE s.job_name = c.job_name AND s.key = c.key) AS "isThere"
        FROM ${Tables.quote(names.control)} c WHERE c.done_at IS NULL ORDER BY c.id`
    )
    return rows.flatMap(({ isThere, ...row }) => {
      const request = RawRows.requestOf(row, { table: names.control, ...refOf(row) })
      return Either.isLeft(request)
        ? [request.left]
        : Integrity.ofRequest(request.right, isThere === true || Number(isThere) === 1, options)
    })
  })

const spoken = (
  sql: SqlClient.SqlClient
): Effect.Effect<{ dialect: Dialect.Dialect; connections: Connections }, SqlError.SqlError> =>
  sql.onDialectOrElse({
    pg: () => Effect.map(PgConnections.make(sql), (connections) => ({ dialect: Dialect.pg, connections })),
    orElse: () => Effect.map(SqliteConnections.make(sql), (connections) => ({ dialect: Dialect.sqlite, connections }))
  })

/**
 * What is wrong with the data that Tickwork has stored on the client's database, as it is found: with the file and its
 * tables first, then with each instance and its log, then with what was asked for. A million lines take about
 * twenty seconds, in steps of a thousand.
 *
 * What is written meanwhile may look wrong for a moment; look again before you act.
 *
 * @example
 * ```ts
 * import { Doctor, SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer, Stream } from "effect"
 * import { Integrity, Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), SqlJobStore.layerSqlite({ filename: ":memory:" }))
 *
 * const findings = Effect.zipRight(Tick.once, Stream.runCollect(Doctor.examine()))
 * Effect.runPromise(Effect.provide(findings, TickLive)).then((findings) => {
 *   for (const finding of findings) console.log(Integrity.toText(finding), Integrity.cure(finding))
 *   console.assert(findings.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const examine = ({
  longMs,
  prefix = ""
}: Options = {}): Stream.Stream<Integrity.Finding, JobStore.StoreError, SqlClient.SqlClient> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const { connections, dialect } = yield* spoken(yield* SqlClient.SqlClient)
      const { isGone } = yield* Owner.make(dialect.name === "sqlite" ? "host" : "hosts")
      const now = yield* Clock.currentTimeMillis
      const bench: Bench = {
        read: (text, parameters) => connections.read((connection) => execute(connection, text, parameters)),
        dialect,
        names: Tables.names(prefix),
        options: { now, isGone, ...(longMs === undefined ? {} : { longMs }) }
      }
      const told = (findings: Effect.Effect<Findings, SqlError.SqlError>) => Stream.fromIterableEffect(findings)
      const { findings, whole } = yield* shape(bench)
      const { control, migrations, state } = bench.names
      const registered = whole.has(migrations) ? yield* register(bench) : []
      const first = Stream.concat(Stream.fromIterable([...findings, ...registered]), told(file(bench)))
      const isReadable = whole.has(state) && !registered.some(({ code }) => code === "tables-are-newer")
      if (!isReadable) return first
      const all = Stream.paginateChunkEffect(null as Ref | null, (last) =>
        Effect.map(instances(bench, whole, last), ({ findings, last }) => {
          return [Chunk.fromIterable(findings), last === null ? Option.none() : Option.some(last)] as const
        })
      )
      return first.pipe(
        Stream.concat(all),
        Stream.concat(told(orphans(bench, whole))),
        Stream.concat(whole.has(control) ? told(requests(bench)) : Stream.empty)
      )
    })
  ).pipe(Stream.mapError((error) => storeError("examine the database")(error)))
