/**
 * The tables and indexes of this release, as the statements of migration 100. They are changed in place until the first
 * release; after it they never change.
 *
 * @internal
 */
import type { Dialect } from "../statements/Dialect.ts"
import {
  type Columns,
  columnsOfEntry,
  controlColumns,
  definitionColumns,
  type Names,
  processColumns,
  qualify,
  quote,
  stateColumns
} from "./Tables.ts"

const define = (columns: Columns, { integer }: Dialect): string =>
  Object.entries(columns)
    .map(([name, { isNullable, kind }]) => {
      const type = kind === "integer" ? integer : "TEXT"
      return `${quote(name)} ${type}${isNullable ? "" : " NOT NULL"}`
    })
    .join(",\n    ")

const place = "partition SMALLINT NOT NULL"

const state = (names: Names, dialect: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.state)} (
    id ${dialect.identity},
    ${define(stateColumns, dialect)},
    ${place},
    UNIQUE (job_name, key)
  )${dialect.roomForUpdates}`

/** SQLite reads a table as fast: its rows are in one file with those of no other application. */
const byPlace = (names: Names, dialect: Dialect): ReadonlyArray<string> =>
  dialect.name === "sqlite"
    ? []
    : [`CREATE ${index(names, dialect, names.state, "by_partition", "(partition, job_name, key)")}`]

/** SQLite takes the schema before the index, PostgreSQL before the table. */
const index = (names: Names, { name }: Dialect, table: string, suffix: string, columns: string): string =>
  name === "sqlite"
    ? `INDEX ${qualify(names, `${table}_${suffix}`)} ON ${quote(table)} ${columns}`
    : `INDEX ${quote(`${table}_${suffix}`)} ON ${qualify(names, table)} ${columns}`

// each index of every entry costs a run as much as its state does: people's queries make do with these
const log = (names: Names, dialect: Dialect): ReadonlyArray<string> => {
  const { entry } = names
  const columns = Object.keys(columnsOfEntry).map((column) => `e.${quote(column)}`)
  return [
    `CREATE TABLE ${qualify(names, entry)} (
    id ${dialect.logId},
    instance ${dialect.integer} NOT NULL,
    ${define(columnsOfEntry, dialect)}
  )`,
    `CREATE UNIQUE ${index(names, dialect, entry, "of_instance", "(instance, seq)")}`,
    `CREATE ${index(names, dialect, entry, "by_start", "(started_at, instance)")}`,
    // most entries are successes, and no query filters for them
    `CREATE ${index(names, dialect, entry, "by_status", "(status, started_at, instance) WHERE status <> 'success'")}`,
    `CREATE VIEW ${qualify(names, names.log)} AS SELECT e.id, e.instance, s.job_name, s.key, ${columns.join(", ")}
    FROM ${qualify(names, entry)} AS e LEFT JOIN ${qualify(names, names.state)} AS s ON s.id = e.instance`
  ]
}

const baseline = (names: Names, { integer }: Dialect): string =>
  `CREATE TABLE ${qualify(names, names.baseline)} (
    instance ${integer} PRIMARY KEY NOT NULL,
    seq ${integer} NOT NULL,
    state TEXT NOT NULL
  )`

const control = (names: Names, dialect: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${qualify(names, names.control)} (
    id ${dialect.identity},
    ${define(controlColumns, dialect)},
    ${place},
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
  ...byPlace(names, dialect),
  ...log(names, dialect),
  baseline(names, dialect),
  ...control(names, dialect),
  definitions(names, dialect),
  processes(names, dialect)
]
