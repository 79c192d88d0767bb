/**
 * The SQL of the log service: pages of entries, the size of the tables, and pruning.
 *
 * Every statement uses an index, so its cost does not grow with the log.
 *
 * @internal
 */
import type { JobLog } from "tickwork"
import { type Columns, entryColumns, type Names, qualify, runColumns, stateColumns } from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"
import { select } from "./Statements.ts"

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
const limitOf = (limit: number): string => `LIMIT ${Math.max(0, Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER)))}`

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

export const make = (names: Names, dialect: Dialect) => {
  const { refs, render, unindexed } = dialect
  const state = qualify(names, names.state)
  const run = qualify(names, names.run)
  const baseline = qualify(names, names.baseline)

  const conditionsOf = (query: JobLog.LogQuery): ReadonlyArray<Condition> => [
    ...when(query.jobName, (name) => ["job_name = ?", name]),
    ...when(query.key, (key) => [`${query.seq === undefined ? unindexed("key") : "key"} = ?`, key]),
    ...when(query.seq, (seq) => ["seq = ?", seq]),
    // the partial index is used only where the query repeats its condition
    ...when(query.status, (status) => [
      `status = ${text(status)}${status === "success" ? "" : " AND status <> 'success'"}`
    ]),
    ...when(query.from, (from) => ["started_at >= ?", from]),
    ...until(query)
  ]
  /** One upper bound: of two, an index is read from the first, and every page walks over those before it. */
  const until = ({ after, to = Number.POSITIVE_INFINITY }: JobLog.LogQuery): ReadonlyArray<Condition> => {
    if (after === undefined || after.startedAt >= to) return Number.isFinite(to) ? [["started_at < ?", to]] : []
    const { jobName, key, seq, startedAt } = after
    return [
      [
        `started_at <= ? AND (started_at < ? OR id <
          COALESCE((SELECT id FROM ${run} WHERE job_name = ? AND key = ? AND seq = ?), 0))`,
        ...[startedAt, startedAt, jobName, key, seq]
      ]
    ]
  }
  const pageOf =
    (columns: Columns) =>
    (query: JobLog.LogQuery): Statement => {
      const where = whereOf(conditionsOf(query))
      const limit = limitOf(query.limit ?? 100)
      return {
        text: render(`SELECT ${select(columns)} FROM ${run} ${where.text} ORDER BY started_at DESC, id DESC ${limit}`),
        parameters: where.parameters
      }
    }
  const instances = ({ after, jobName }: JobLog.StateQuery): ReadonlyArray<Condition> =>
    jobName === undefined
      ? when(after, ({ jobName, key }) => ["(job_name, key) > (?, ?)", jobName, key])
      : [["job_name = ?", jobName], ...when(after, ({ key }): Condition => ["key > ?", key])]

  return {
    entries: pageOf(runColumns),
    history: pageOf(entryColumns),
    since: (limit: number) =>
      render(`SELECT id, ${select(entryColumns)} FROM ${run} WHERE id > ? ORDER BY id ${limitOf(limit)}`),
    lastWritten: `SELECT COALESCE(MAX(id), 0) AS mark FROM ${run}`,
    states: (query: JobLog.StateQuery): Statement => {
      const where = whereOf(instances(query))
      const limit = limitOf(query.limit ?? 100)
      return {
        text: render(`SELECT ${select(stateColumns)} FROM ${state} ${where.text} ORDER BY job_name, key ${limit}`),
        parameters: where.parameters
      }
    },
    countStates: `SELECT job_name AS "jobName", COUNT(*) AS instances FROM ${state} GROUP BY job_name`,
    countEntries: `SELECT job_name AS "jobName", COUNT(*) AS entries, MIN(started_at) AS "oldestAt"
      FROM ${run} GROUP BY job_name`,
    bytes: dialect.size(
      [names.state, names.run, names.baseline, names.control, names.definition, names.process].map((name) =>
        qualify(names, name)
      )
    ),
    baselines: render(`SELECT job_name AS "jobName", key AS "key", state FROM ${baseline} WHERE ${refs.condition}`),
    oldest: (query: JobLog.OldestQuery): Statement => {
      const where = whereOf([
        ...instances(query),
        ...when(query.key, (key): Condition => ["key = ?", key]),
        ["seq > 0"]
      ])
      const ofInstance = `FROM ${run} r WHERE r.job_name = s.job_name AND r.key = s.key`
      return {
        text: render(`SELECT o.*, (
            SELECT r.seq FROM ${run} r WHERE r.job_name = o."jobName" AND r.key = o."key"
              AND r.seq < o.first + ? AND r.last_at + r.duration_ms >= ? ORDER BY r.seq LIMIT 1
          ) AS young
          FROM (
            SELECT s.job_name AS "jobName", s.key AS "key", s.seq AS seq, s.claim_token AS token,
              COALESCE((SELECT r.seq ${ofInstance} ORDER BY r.seq LIMIT 1), s.seq) AS first,
              CASE WHEN s.payload IS NOT NULL AND s.next_at IS NULL AND s.claim_owner IS NULL AND s.manual IS NULL
                AND s.updated_at < ? THEN 1 ELSE 0 END AS "isSpent"
            FROM (SELECT * FROM ${state} ${where.text} ORDER BY job_name, key ${limitOf(query.limit ?? 100)}) s
          ) o
          ORDER BY o."jobName", o."key"`),
        parameters: [query.entries, query.endedBefore, query.endedBefore, ...where.parameters]
      }
    },
    instance: render(
      `SELECT ${select(stateColumns)} FROM ${state} WHERE job_name = ? AND key = ? ${dialect.name === "pg" ? "FOR NO KEY UPDATE" : ""}`
    ),
    countOf: render(`SELECT COUNT(*) AS entries FROM ${run} WHERE job_name = ? AND key = ?`),
    oldEntries: render(
      `SELECT ${select(runColumns)} FROM ${run} WHERE job_name = ? AND key = ? AND seq <= ? ORDER BY seq`
    ),
    putBaseline: render(`INSERT INTO ${baseline} (job_name, key, seq, state) VALUES (?, ?, ?, ?)
      ON CONFLICT (job_name, key) DO UPDATE SET seq = excluded.seq, state = excluded.state`),
    dropEntries: render(`DELETE FROM ${run} WHERE job_name = ? AND key = ? AND seq <= ?`)
  }
}
