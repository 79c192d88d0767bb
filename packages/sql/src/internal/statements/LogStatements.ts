/**
 * The SQL of the log service: pages of entries, the size of the tables, and pruning.
 *
 * Every statement uses an index, so its cost does not grow with the log.
 *
 * @internal
 */
import type { JobLog } from "tickwork"
import {
  entryColumns,
  logColumns,
  type Names,
  qualify,
  sampleColumns,
  sampledColumns,
  stateColumns
} from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"
import * as Lists from "./Lists.ts"
import { idOf, select } from "./Statements.ts"

/** A statement's text and its parameters. */
export interface Statement {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

type Condition = readonly [text: string, ...parameters: ReadonlyArray<unknown>]

const when = <A>(value: A | undefined, condition: (value: A) => Condition): ReadonlyArray<Condition> =>
  value === undefined ? [] : [condition(value)]

const whereOf = (conditions: ReadonlyArray<Condition>): Statement => ({
  text: conditions.length === 0 ? "" : `WHERE ${conditions.map(([text]) => text).join(" AND ")}`,
  parameters: conditions.flatMap(([, ...parameters]) => parameters)
})

/** A bound limit costs more than twice as much. */
const limitOf = (limit: number): string => `LIMIT ${count(limit)}`

const count = (limit: number): number => Math.max(0, Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER)))

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

const countOf = (condition: string): string => `COUNT(CASE WHEN ${condition} THEN 1 END)`

/** True also where a column of the condition is NULL. */
const isNot = (condition: string): string => `NOT COALESCE(${condition}, FALSE)`

const isIdle = "claim_owner IS NULL AND manual IS NULL"
const isFree = `paused IS NULL AND ${isIdle}`
const isInvalid = "COALESCE(last_verdict, '') = 'invalid-cadence'"
const isOverdue = `(next_at < ? AND cadence NOT LIKE '%"definition":"after others"%' AND NOT ${isInvalid})`
const hasFailed = `(attempt = 1 AND last_error IS NOT NULL AND last_status <> 'success' OR ${isInvalid})`

export const make = (names: Names, dialect: Dialect) => {
  const { refs, render, unindexed } = dialect
  const state = qualify(names, names.state)
  const entry = qualify(names, names.entry)
  const log = qualify(names, names.log)
  const instance = idOf(state)
  const baseline = qualify(names, names.baseline)

  const lateBy = dialect.isTyped
    ? "started_at - scheduled_at"
    : `CASE WHEN typeof(started_at) = 'integer' AND typeof(scheduled_at) = 'integer' THEN started_at - scheduled_at END`

  const ofInstance = ({ after, from, jobName, key, seq, status, to }: JobLog.LogQuery): ReadonlyArray<Condition> => [
    [`instance = ${instance}`, jobName, key],
    ...when(seq, (seq): Condition => ["seq = ?", seq]),
    ...when(after, ({ seq }): Condition => ["seq < ?", seq]),
    ...when(status, (status): Condition => [`${unindexed("status")} = ?`, status]),
    ...when(from, (from): Condition => [`${unindexed("started_at")} >= ?`, from]),
    ...when(to, (to): Condition => [`${unindexed("started_at")} < ?`, to])
  ]
  const amongInstances =
    (column: string) =>
    (value: string): Condition => [`${unindexed("instance")} IN (SELECT id FROM ${state} WHERE ${column} = ?)`, value]
  const ofAll = ({ from, jobName, key, seq, status, ...query }: JobLog.LogQuery): ReadonlyArray<Condition> => [
    ...when(jobName, amongInstances("job_name")),
    ...when(key, amongInstances("key")),
    ...when(seq, (seq): Condition => ["seq = ?", seq]),
    // the partial index is used only where the query repeats its condition
    ...when(
      status,
      (status): Condition => [`status = ${text(status)}${status === "success" ? "" : " AND status <> 'success'"}`]
    ),
    ...when(from, (from): Condition => ["started_at >= ?", from]),
    ...until(query)
  ]
  /** One upper bound: of two, an index is read from the first, and every page walks over those before it. */
  const until = ({ after, to = Number.POSITIVE_INFINITY }: JobLog.LogQuery): ReadonlyArray<Condition> => {
    if (after === undefined || after.startedAt >= to) return Number.isFinite(to) ? [["started_at < ?", to]] : []
    const { jobName, key, seq, startedAt } = after
    return [
      [
        `started_at <= ? AND (started_at < ? OR id <
          COALESCE((SELECT id FROM ${entry} WHERE instance = ${instance} AND seq = ?), 0))`,
        ...[startedAt, startedAt, jobName, key, seq]
      ]
    ]
  }
  const pageOf =
    (columns: string) =>
    (query: JobLog.LogQuery): Statement => {
      const isOfInstance = query.jobName !== undefined && query.key !== undefined
      const where = whereOf(isOfInstance ? ofInstance(query) : ofAll(query))
      const order = isOfInstance ? "seq DESC" : "started_at DESC, id DESC"
      return {
        text: render(`SELECT ${columns} FROM ${log} ${where.text} ORDER BY ${order} ${limitOf(query.limit ?? 100)}`),
        parameters: where.parameters
      }
    }
  const instances = ({ after, jobName }: JobLog.StateQuery): ReadonlyArray<Condition> =>
    jobName === undefined
      ? when(after, ({ jobName, key }) => ["(job_name, key) > (?, ?)", jobName, key])
      : [["job_name = ?", jobName], ...when(after, ({ key }): Condition => ["key > ?", key])]

  return {
    entries: pageOf(select(logColumns)),
    history: (query: JobLog.LogQuery): Lists.Statement => {
      const { parameters, text } = pageOf(select(entryColumns))(query)
      return { inLists: `SELECT ${Lists.select(dialect, entryColumns)} FROM (${text}) page`, inRows: text, parameters }
    },
    /** The last two are of the number and the start of the last entry of a full page. */
    samples: (query: JobLog.LogQuery): Lists.Statement => {
      const { parameters, text } = pageOf(`${select(sampledColumns)}, ${lateBy} AS "lateByMs", seq, started_at`)(query)
      const place = count(query.limit ?? 100) - 1
      const last = (column: string) =>
        `(SELECT ${dialect.list(column)} FROM (SELECT ${column} FROM page LIMIT 1 OFFSET ${place}) last)`
      return {
        inLists: `WITH page AS MATERIALIZED (${text})
          SELECT ${Lists.select(dialect, sampleColumns)}, ${last("seq")}, ${last("started_at")} FROM page`,
        inRows: text,
        parameters
      }
    },
    since: (limit: number) =>
      render(`SELECT id, ${select(entryColumns)} FROM ${log} WHERE id > ? ORDER BY id ${limitOf(limit)}`),
    /** An instance's entries have no gaps, so that its last ones are found by their numbers. */
    latest: (limit: number) =>
      render(`SELECT ${select(entryColumns)} FROM (
          SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.job_name ORDER BY l.started_at DESC, l.id DESC) AS place
          FROM (SELECT id AS of_id, seq - ${count(limit)} AS below FROM ${state} WHERE ${dialect.jobNames.condition}) s
          JOIN ${log} l ON l.instance = s.of_id AND l.seq > s.below
        ) newest WHERE place <= ${count(limit)} ORDER BY job_name, place`),
    lastWritten: `SELECT COALESCE(MAX(id), 0) AS mark FROM ${entry}`,
    states: (query: JobLog.StateQuery): Statement => {
      const where = whereOf(instances(query))
      const limit = limitOf(query.limit ?? 100)
      return {
        text: render(`SELECT ${select(stateColumns)} FROM ${state} ${where.text} ORDER BY job_name, key ${limit}`),
        parameters: where.parameters
      }
    },
    /** Takes `overdueBefore` twice and `doneSince`; an instance that none of these takes is waiting. */
    counts: render(`SELECT job_name AS "jobName", COUNT(*) AS instances, COUNT(payload) AS enqueued,
        COUNT(claim_owner) AS running, ${countOf(`paused IS NOT NULL AND ${isIdle}`)} AS paused,
        ${countOf(`${isOverdue} AND ${isFree}`)} AS overdue,
        ${countOf(`${hasFailed} AND ${isFree} AND ${isNot(isOverdue)}`)} AS failed,
        ${countOf(`next_at IS NULL AND ${isFree} AND ${isNot(hasFailed)}`)} AS over,
        ${countOf("succeeded_at >= ?")} AS done
      FROM ${state} GROUP BY job_name ORDER BY job_name`),
    /** An instance's entries have no gaps, so that the oldest one tells how many there are. */
    count: `SELECT s.job_name AS "jobName", COUNT(*) AS instances,
        COALESCE(SUM(s.seq - r.seq + 1), 0) AS entries, MIN(r.started_at) AS "oldestAt",
        COUNT(CASE WHEN s.last_verdict = 'not-listed' THEN 1 END) AS "notListed"
      FROM ${state} s LEFT JOIN ${entry} r
        ON r.id = (SELECT o.id FROM ${entry} o WHERE o.instance = s.id ORDER BY o.seq LIMIT 1)
      GROUP BY s.job_name ORDER BY s.job_name`,
    bytes: dialect.size(
      [names.state, names.entry, names.baseline, names.control, names.definition, names.process].map((name) =>
        qualify(names, name)
      )
    ),
    baselines: render(`SELECT s.job_name AS "jobName", s.key AS "key", b.state FROM ${baseline} b
      JOIN ${state} s ON s.id = b.instance WHERE ${refs.condition}`),
    oldest: (query: JobLog.OldestQuery): Statement => {
      const where = whereOf([
        ...instances(query),
        ...when(query.key, (key): Condition => ["key = ?", key]),
        ["seq > 0"]
      ])
      const entries = `FROM ${entry} r WHERE r.instance = s.id`
      return {
        text: render(`SELECT o.*, (
            SELECT r.seq FROM ${entry} r WHERE r.instance = o.id
              AND r.seq < o.first + ? AND r.last_at + r.duration_ms >= ? ORDER BY r.seq LIMIT 1
          ) AS young
          FROM (
            SELECT s.id AS id, s.job_name AS "jobName", s.key AS "key", s.seq AS seq, s.claim_token AS token,
              COALESCE((SELECT r.seq ${entries} ORDER BY r.seq LIMIT 1), s.seq) AS first,
              CASE WHEN s.payload IS NOT NULL AND s.next_at IS NULL AND s.claim_owner IS NULL AND s.manual IS NULL
                AND s.updated_at < ? THEN 1 ELSE 0 END AS "isSpent"
            FROM (SELECT * FROM ${state} ${where.text} ORDER BY job_name, key ${limitOf(query.limit ?? 100)}) s
          ) o
          ORDER BY o."jobName", o."key"`),
        parameters: [query.entries, query.endedBefore, query.endedBefore, ...where.parameters]
      }
    },
    state: render(
      `SELECT ${select(stateColumns)} FROM ${state} WHERE job_name = ? AND key = ? ${dialect.name === "pg" ? "FOR NO KEY UPDATE" : ""}`
    ),
    countOf: render(`SELECT COUNT(*) AS entries FROM ${entry} WHERE instance = ${instance}`),
    oldEntries: render(
      `SELECT ${select(logColumns)} FROM ${log} WHERE instance = ${instance} AND seq <= ? ORDER BY seq`
    ),
    putBaseline: render(`INSERT INTO ${baseline} (instance, seq, state) VALUES (${instance}, ?, ?)
      ON CONFLICT (instance) DO UPDATE SET seq = excluded.seq, state = excluded.state`),
    dropEntries: render(`DELETE FROM ${entry} WHERE instance = ${instance} AND seq <= ?`)
  }
}
