/**
 * The tables and indexes of this release, as the statements of migration 100. They are changed in place until the first
 * release; after it they never change.
 *
 * @internal
 */
import type { Dialect } from "../statements/Dialect.ts"
import {
  type Columns,
  controlColumns,
  definitionColumns,
  type Names,
  processColumns,
  qualify,
  quote,
  runColumns,
  stateColumns
} from "./Tables.ts"

const define = (columns: Columns, { integer }: Dialect): string =>
  Object.entries(columns)
    .map(([name, { isNullable, kind }]) => {
      const type = kind === "integer" ? integer : "TEXT"
      return `${quote(name)} ${type}${isNullable ? "" : " NOT NULL"}`
    })
    .join(",\n    ")

const state = (names: Names, dialect: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.state)} (
    ${define(stateColumns, dialect)},
    PRIMARY KEY (job_name, key)
  ) ${dialect.withoutRowId}`

/** SQLite takes the schema before the index, PostgreSQL before the table. */
const index = (names: Names, { name }: Dialect, table: string, suffix: string, columns: string): string =>
  name === "sqlite"
    ? `INDEX ${qualify(names, `${table}_${suffix}`)} ON ${quote(table)} ${columns}`
    : `INDEX ${quote(`${table}_${suffix}`)} ON ${qualify(names, table)} ${columns}`

const log = (names: Names, dialect: Dialect): ReadonlyArray<string> => {
  const { run } = names
  return [
    `CREATE TABLE ${qualify(names, run)} (
    id ${dialect.logId},
    ${define(runColumns, dialect)}
  )`,
    `CREATE UNIQUE ${index(names, dialect, run, "of_instance", "(job_name, key, seq)")}`,
    `CREATE ${index(names, dialect, run, "by_start", "(started_at)")}`,
    `CREATE ${index(names, dialect, run, "by_job", "(job_name, started_at, key)")}`,
    // most entries are successes, and no query filters for them
    `CREATE ${index(names, dialect, run, "by_status", "(status, started_at) WHERE status <> 'success'")}`,
    `CREATE ${index(names, dialect, run, "by_job_status", "(job_name, status, started_at) WHERE status <> 'success'")}`
  ]
}

const baseline = (names: Names, { integer, withoutRowId }: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.baseline)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`

const control = (names: Names, dialect: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${qualify(names, names.control)} (
    id ${dialect.identity},
    ${define(controlColumns, dialect)},
    done_at ${dialect.integer},
    done_no ${dialect.integer}
  )`,
  `CREATE ${index(names, dialect, names.control, "by_end", "(done_at)")}`,
  `CREATE ${index(names, dialect, names.control, "by_change", "(done_no)")}`,
  // those that are done are many for an hour, and are looked for by their instance no more
  `CREATE ${index(names, dialect, names.control, "pending", "(done_at, job_name, key) WHERE done_at IS NULL")}`
]

const definitions = (names: Names, dialect: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.definition)} (
    id ${dialect.identity},
    ${define(definitionColumns, dialect)}
  )`

const processes = (names: Names, dialect: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.process)} (
    id ${dialect.identity},
    ${define(processColumns, dialect)}
  )`

export const create = (names: Names, dialect: Dialect): ReadonlyArray<string> => [
  state(names, dialect),
  ...log(names, dialect),
  baseline(names, dialect),
  ...control(names, dialect),
  definitions(names, dialect),
  processes(names, dialect)
]
