/**
 * What the tables of this release look like: their columns and their indexes, as the migrations make them.
 *
 * A test holds it equal to what they make. It makes nothing itself.
 *
 * @internal
 */
import { controlColumns, type Names, runColumns, stateColumns } from "../migrations/Tables.ts"

export interface Index {
  readonly name: string
  readonly columns: ReadonlyArray<string>
  readonly isUnique: boolean
  /** Which rows it has; `null` for all. */
  readonly condition: string | null
}

/** Each table with its columns, in any order. */
export const tables = (names: Names): ReadonlyArray<readonly [table: string, columns: ReadonlyArray<string>]> => [
  [names.state, [...Object.keys(stateColumns)]],
  [names.run, [...Object.keys(runColumns), "id"]],
  [names.baseline, ["job_name", "key", "seq", "state"]],
  [names.control, [...Object.keys(controlColumns), "id", "done_at"]],
  [names.migrations, ["migration_id", "created_at", "name", "layout"]]
]

const index = (name: string, ...columns: ReadonlyArray<string>): Index => ({
  name,
  columns,
  isUnique: false,
  condition: null
})

const failures = { condition: "status <> 'success'" }

/** The indexes of each table, beside its primary key. */
export const indexes = ({ control, run }: Names): Readonly<Record<string, ReadonlyArray<Index>>> => ({
  [run]: [
    { ...index(`${run}_of_instance`, "job_name", "key", "seq"), isUnique: true },
    index(`${run}_by_start`, "started_at"),
    index(`${run}_by_job`, "job_name", "started_at", "key"),
    { ...index(`${run}_by_status`, "status", "started_at"), ...failures },
    { ...index(`${run}_by_job_status`, "job_name", "status", "started_at"), ...failures }
  ],
  [control]: [index(`${control}_by_end`, "done_at")]
})
