/**
 * The differences between the SQL of SQLite and PostgreSQL. All other text is the same in both.
 *
 * A dialect is a value: it never runs anything.
 *
 * @internal
 */
import type { Job, JobStore } from "tickwork"
import { arrays, type Given, values } from "./Given.ts"

/** A condition on rows, and the parameters that say which are meant. */
export interface Among<A> {
  readonly condition: string
  readonly parameters: (wanted: ReadonlyArray<A>) => ReadonlyArray<unknown>
}

/** How the changes of a table of requests are numbered, whatever the clocks of hosts show. */
export interface Changes {
  /** Takes the next number in its own statement; empty where every transaction has one. */
  readonly next: string
  /** The number of a change made now. */
  readonly current: string
  /** The number of a change made by a statement that takes no number itself. */
  readonly following: string
  /** A number that no later change is below. */
  readonly mark: string
}

export interface Dialect {
  readonly name: "sqlite" | "pg"
  /** Takes a text in which each parameter is a `?`. */
  readonly render: (text: string) => string
  /** Compares values of which both may be NULL. */
  readonly is: string
  /** Many rows as parameters of one statement. */
  readonly given: Given
  readonly jobNames: Among<string>
  readonly claimOwners: Among<string>
  readonly partitions: Among<number>
  readonly refs: Among<JobStore.Ref>
  /** Locks the rows of `stored` in their order, so that two transactions never deadlock; empty where a transaction has all. */
  readonly lock: (others: "awaited" | "passed over") => string
  /** The types in which the tables are made. */
  readonly integer: string
  /** An id that is never used twice. */
  readonly identity: string
  /** The id of a log entry: the cheapest one. */
  readonly logId: string
  /** Ends a table whose rows change often and keep their keys. */
  readonly roomForUpdates: string
  /** Begins a transaction that reads the database as it is at one moment, and writes nothing. */
  readonly beginSnapshot: string
  /** A column whose condition is no reason to choose an index: the one that gives the order is better. */
  readonly unindexed: (column: string) => string
  /** How many bytes these tables have, or the whole database, and how many of them are free. */
  readonly size: (tables: ReadonlyArray<string>) => string
  /** True where a column holds values of its type alone. */
  readonly isTyped: boolean
  /** The values of a column as one JSON array. */
  readonly list: (column: string) => string
  /** Free text as it can be stored. */
  readonly storable: (text: string) => string
  /** Numbers the changes of a table of requests, so that those after a mark can be read. */
  readonly changes: (schema: string, table: string) => Changes
  /** Tells those who listen to a channel, once the transaction is committed; empty where they find out by themselves. */
  readonly announce: (channel: string) => string
  /** What the clock of its host shows, in ms since the epoch; NULL where that is the clock of this process. */
  readonly clock: string
  /** The isolation levels that a transaction may name. */
  readonly isolations: ReadonlyArray<Job.Isolation>
  /** 64-bit integers come back as text. */
  readonly integersAreText: boolean
}

export const sqlite: Dialect = {
  name: "sqlite",
  render: (text) => text,
  is: "IS",
  given: values,
  jobNames: {
    condition: "job_name IN (SELECT value FROM json_each(?))",
    parameters: (names) => [JSON.stringify(names)]
  },
  claimOwners: {
    condition: "claim_owner IN (SELECT value FROM json_each(?))",
    parameters: (owners) => [JSON.stringify(owners)]
  },
  partitions: {
    condition: "partition IN (SELECT value FROM json_each(?))",
    parameters: (partitions) => [JSON.stringify(partitions)]
  },
  refs: {
    condition: "(job_name, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
    parameters: (refs) => [JSON.stringify(refs.map(({ jobName, key }) => [jobName, key]))]
  },
  lock: () => "",
  integer: "INTEGER",
  identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
  logId: "INTEGER PRIMARY KEY",
  roomForUpdates: "",
  beginSnapshot: "BEGIN",
  unindexed: (column) => `+${column}`,
  size: () => `SELECT page_count * page_size AS bytes, freelist_count * page_size AS "freeBytes"
    FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count()`,
  isTyped: false,
  list: (column) => `json_group_array(${column})`,
  storable: (text) => text,
  // ids of requests and their ends come from one counter
  changes: (schema, table) => {
    const [sequence, name] = [
      schema === "" ? "sqlite_sequence" : `"${schema}".sqlite_sequence`,
      `'${table.replaceAll("'", "''")}'`
    ]
    const current = `(SELECT seq FROM ${sequence} WHERE name = ${name})`
    return {
      next: `UPDATE ${sequence} SET seq = seq + 1 WHERE name = ${name}`,
      current,
      following: `(COALESCE(${current}, 0) + 1)`,
      mark: `SELECT COALESCE(${current}, 0) + 1 AS mark`
    }
  },
  announce: () => "",
  clock: "NULL",
  isolations: [],
  integersAreText: false
}

/** Numbers the parameters outside quotes. */
const numbered = (text: string): string => {
  let count = 0
  return text.replace(/"[^"]*"|\?/g, (found) => {
    if (found !== "?") return found
    count += 1
    return `$${count}`
  })
}

const transactionId = "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"

export const pg: Dialect = {
  name: "pg",
  render: numbered,
  is: "IS NOT DISTINCT FROM",
  given: arrays,
  jobNames: {
    condition: "job_name = ANY (CAST(? AS TEXT[]))",
    parameters: (names) => [names]
  },
  claimOwners: {
    condition: "claim_owner = ANY (CAST(? AS TEXT[]))",
    parameters: (owners) => [owners]
  },
  partitions: {
    condition: "partition = ANY (CAST(? AS SMALLINT[]))",
    parameters: (partitions) => [partitions]
  },
  refs: {
    condition: "(job_name, key) IN (SELECT * FROM unnest(CAST(? AS TEXT[]), CAST(? AS TEXT[])))",
    parameters: (refs) => [refs.map(({ jobName }) => jobName), refs.map(({ key }) => key)]
  },
  lock: (others) => `FOR NO KEY UPDATE OF stored ${others === "passed over" ? "SKIP LOCKED" : ""}`,
  integer: "BIGINT",
  identity: "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
  logId: "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
  // a new version on the same page needs no new entry in an index
  roomForUpdates: " WITH (fillfactor = 45)",
  beginSnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
  // it knows how many rows there are of each
  unindexed: (column) => column,
  size: (
    tables
  ) => `SELECT CAST(${tables.map((name) => `pg_total_relation_size('${name.replaceAll("'", "''")}')`).join(" + ")} AS BIGINT) AS bytes,
    NULL AS "freeBytes"`,
  isTyped: true,
  // a client reads JSON as the application has configured it, and text as it is
  list: (column) => `CAST(json_agg(${column}) AS TEXT)`,
  // its TEXT holds every character but this one
  storable: (text) => (text.includes("\u0000") ? text.replaceAll("\u0000", "\ufffd") : text),
  // a transaction that commits late keeps the mark below its own number until then
  changes: () => ({
    next: "",
    current: transactionId,
    following: transactionId,
    mark: "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS mark"
  }),
  announce: (channel) => `SELECT pg_notify('${channel}', $1)`,
  clock: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
  isolations: ["read committed", "repeatable read", "serializable"],
  integersAreText: true
}
