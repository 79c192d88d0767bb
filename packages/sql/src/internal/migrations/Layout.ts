/**
 * The tables and indexes of this release, as the statements of migration 100. They are changed in place until the first
 * release; after it they never change.
 *
 * @internal
 */
import type { Dialect } from "../statements/Dialect.ts"
import { type Columns, controlColumns, type Names, quote, runColumns, stateColumns } from "./Tables.ts"

const define = (columns: Columns, { integer }: Dialect): string =>
  Object.entries(columns)
    .map(([name, { isNullable, kind }]) => {
      const type = kind === "integer" ? integer : "TEXT"
      return `${quote(name)} ${type}${isNullable ? "" : " NOT NULL"}`
    })
    .join(",\n    ")

const state = ({ state }: Names, dialect: Dialect): string =>
  `CREATE TABLE ${quote(state)} (
    ${define(stateColumns, dialect)},
    PRIMARY KEY (job_name, key)
  ) ${dialect.withoutRowId}`

const log = ({ run }: Names, dialect: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${quote(run)} (
    id ${dialect.logId},
    ${define(runColumns, dialect)}
  )`,
  `CREATE UNIQUE INDEX ${quote(`${run}_of_instance`)} ON ${quote(run)} (job_name, key, seq)`,
  `CREATE INDEX ${quote(`${run}_by_start`)} ON ${quote(run)} (started_at)`,
  `CREATE INDEX ${quote(`${run}_by_job`)} ON ${quote(run)} (job_name, started_at, key)`,
  // most entries are successes, and no query filters for them
  `CREATE INDEX ${quote(`${run}_by_status`)} ON ${quote(run)} (status, started_at) WHERE status <> 'success'`,
  `CREATE INDEX ${quote(`${run}_by_job_status`)} ON ${quote(run)} (job_name, status, started_at)
    WHERE status <> 'success'`
]

const baseline = ({ baseline }: Names, { integer, withoutRowId }: Dialect): string =>
  `CREATE TABLE ${quote(baseline)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`

const control = ({ control }: Names, dialect: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${quote(control)} (
    id ${dialect.identity},
    ${define(controlColumns, dialect)},
    done_at ${dialect.integer}
  )`,
  `CREATE INDEX ${quote(`${control}_by_end`)} ON ${quote(control)} (done_at)`
]

export const create = (names: Names, dialect: Dialect): ReadonlyArray<string> => [
  state(names, dialect),
  ...log(names, dialect),
  baseline(names, dialect),
  ...control(names, dialect)
]
