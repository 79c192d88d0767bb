/**
 * The tables and their columns: `job_state`, one row for each instance; `job_entry`, the log, and `job_log`, the same with
 * the names of the instances; `job_baseline`, the fold of pruned entries; `job_control`, the requests; `job_definition`, what releases say of the jobs; and `job_process`, the
 * processes that are alive.
 *
 * The migrations make the tables, not this module.
 *
 * @since 0.1.0
 */
import { Record } from "effect"

/**
 * The names of the tables under a prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface Names {
  /** Where the tables are: a schema of PostgreSQL, `main` of SQLite; empty leaves it to the session. */
  readonly schema: string
  readonly state: string
  readonly entry: string
  /** The view of the entries that names their instances. */
  readonly log: string
  readonly baseline: string
  readonly control: string
  readonly definition: string
  readonly process: string
  readonly migrations: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const names = (prefix: string, schema: string): Names => ({
  schema,
  state: `${prefix}job_state`,
  entry: `${prefix}job_entry`,
  log: `${prefix}job_log`,
  baseline: `${prefix}job_baseline`,
  control: `${prefix}job_control`,
  definition: `${prefix}job_definition`,
  process: `${prefix}job_process`,
  migrations: `${prefix}tickwork_migrations`
})

/** A name as SQL writes it. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A table with its schema, so that no search path and no temporary table decides which one is meant. */
export const qualify = ({ schema }: Pick<Names, "schema">, name: string): string =>
  schema === "" ? quote(name) : `${quote(schema)}.${quote(name)}`

/**
 * What a column holds: `integer`, a count or an instant in ms since the epoch; `json`; `text`, of this program; `prose`, of
 * users and programs.
 */
export type Kind = "integer" | "json" | "prose" | "text"

export interface Column {
  /** The field that it holds: `position.nextAt` is a field of its position. */
  readonly field: string
  readonly kind: Kind
  readonly isNullable: boolean
}

export type Columns = Readonly<Record<string, Column>>

const column =
  (kind: Kind) =>
  (field: string): Column => ({ field, kind, isNullable: false })

const integer = column("integer")
const json = column("json")
const prose = column("prose")
const text = column("text")

const nullable = (column: Column): Column => ({ ...column, isNullable: true })

/** The columns of `job_state`, a `JobState`. */
export const stateColumns: Columns = {
  job_name: text("jobName"),
  key: text("key"),
  last_run_at: nullable(integer("lastRunAt")),
  last_duration_ms: nullable(integer("lastDurationMs")),
  last_status: nullable(text("lastStatus")),
  last_verdict: nullable(text("lastVerdict")),
  last_error: nullable(prose("lastError")),
  last_reason: nullable(prose("lastReason")),
  last_success_at: nullable(integer("lastSuccessAt")),
  succeeded_at: nullable(integer("succeededAt")),
  occurrence_at: nullable(integer("occurrenceAt")),
  concluded_at: nullable(integer("concludedAt")),
  total_runs: integer("totalRuns"),
  total_errors: integer("totalErrors"),
  failures: integer("failures"),
  created_at: integer("createdAt"),
  updated_at: integer("updatedAt"),
  next_at: nullable(integer("position.nextAt")),
  scheduled_at: nullable(integer("position.scheduledAt")),
  attempt: integer("position.attempt"),
  cadence: json("position.cadence"),
  retry: nullable(json("position.retry")),
  paused: nullable(json("position.paused")),
  manual: nullable(json("position.manual")),
  memory: nullable(json("memory")),
  payload: nullable(json("payload")),
  seq: integer("seq"),
  claim_owner: nullable(text("claim.owner")),
  claim_token: integer("claim.token"),
  claim_renewals: integer("claim.renewals"),
  claimed_at: nullable(integer("claim.claimedAt")),
  claimed_for: nullable(integer("claim.scheduledAt")),
  claimed_as: nullable(text("claim.trigger")),
  progress: nullable(json("claim.progress"))
}

/** The column of `job_state` and `job_control` that says where an instance is: it is written with the row, and never changes. */
export const placeColumns: Columns = { partition: integer("partition") }

/** The columns of `job_log` that an entry of the history has, an `Entry`. */
export const entryColumns: Columns = {
  job_name: text("jobName"),
  key: text("key"),
  seq: integer("seq"),
  status: text("status"),
  verdict: nullable(text("verdict")),
  missed_because: nullable(text("missedBecause")),
  trigger: text("trigger"),
  attempt: integer("attempt"),
  scheduled_at: integer("scheduledAt"),
  started_at: integer("startedAt"),
  last_at: integer("lastAt"),
  duration_ms: integer("durationMs"),
  error: nullable(prose("error")),
  reason: nullable(prose("reason")),
  count: integer("count")
}

/** The columns of `job_log` that a `Sample` has, beside the one that is computed. */
export const sampledColumns: Columns = Record.filter(entryColumns, (_, name) =>
  ["job_name", "key", "status", "verdict", "trigger", "attempt", "duration_ms", "count"].includes(name)
)

/** The columns of a `Sample`. */
export const sampleColumns: Columns = { ...sampledColumns, late_by: integer("lateByMs") }

/** The columns of `job_log`, a `LogEntry`. */
export const logColumns: Columns = {
  ...entryColumns,
  next_at: nullable(integer("position.nextAt")),
  next_scheduled_at: nullable(integer("position.scheduledAt")),
  next_attempt: integer("position.attempt"),
  cadence: json("position.cadence"),
  retry: nullable(json("position.retry")),
  paused: nullable(json("position.paused")),
  manual: nullable(json("position.manual")),
  memory: nullable(json("memory")),
  report: nullable(json("report")),
  // the longest comes last: a row is read up to the last column that is selected
  stack: nullable(prose("stack"))
}

const { job_name: _jobName, key: _key, ...ofEntry } = logColumns

/** The columns of `job_entry` beside its id and that of its instance. */
export const columnsOfEntry: Columns = ofEntry

/** The columns of `job_control` that the store fills in. */
export const storedColumns: Columns = { id: integer("id"), done_at: nullable(integer("doneAt")) }

/** The columns of `job_control` that a request has, a `Control.Request`. */
export const controlColumns: Columns = {
  verb: text("verb"),
  job_name: text("jobName"),
  key: text("key"),
  at: integer("at"),
  by: prose("by"),
  why: prose("why"),
  due_at: nullable(integer("dueAt")),
  payload: nullable(json("payload"))
}

/** The columns of `job_definition`, a `JobDefinition`, beside its id. */
export const definitionColumns: Columns = {
  job_name: text("jobName"),
  version: integer("version"),
  definition: text("definition"),
  renamed_from: text("renamedFrom")
}

/** The columns of `job_process`, a `Process`, beside its id. */
export const processColumns: Columns = {
  owner: text("owner"),
  beat: integer("beat"),
  at: integer("at"),
  every_ms: integer("everyMs"),
  definitions: json("definitions")
}

const all: ReadonlyArray<readonly [column: string, Column]> = [
  stateColumns,
  logColumns,
  controlColumns,
  storedColumns,
  definitionColumns,
  processColumns,
  placeColumns
].flatMap((columns) => Object.entries(columns))

/** The fields of all tables that hold this kind. */
export const fieldsOf = (kind: Kind): ReadonlySet<string> =>
  new Set(all.flatMap(([, column]) => (column.kind === kind ? [column.field] : [])))

/** The columns of all tables that hold integers. */
export const integerColumns: ReadonlySet<string> = new Set(
  all.flatMap(([name, { kind }]) => (kind === "integer" ? [name] : []))
)

/** A column with its name. */
export interface Named extends Column {
  readonly name: string
}

const byField = (...columns: ReadonlyArray<Columns>): ReadonlyMap<string, Named> =>
  new Map(
    columns.flatMap((some) =>
      Object.entries(some).map(([name, column]) => [column.field, { ...column, name }] as const)
    )
  )

/** The columns of `job_state` by their fields. */
export const stateColumnOf = byField(stateColumns)

/** The columns of the other tables by their fields. */
export const otherColumnOf = byField(logColumns, controlColumns, storedColumns, definitionColumns, processColumns)
