/**
 * What the tables of this release look like: their columns and their indexes, as the migrations make them.
 *
 * A test holds it equal to what they make. It makes nothing itself.
 *
 * @internal
 */
import { controlColumns, type Names, runColumns, stateColumns } from "./Tables.ts"

export interface Index {
  readonly name: string
  readonly table: string
  readonly columns: ReadonlyArray<string>
  readonly isUnique: boolean
}

/** Each table with its columns, in any order. */
export const tables = (names: Names): ReadonlyArray<readonly [table: string, columns: ReadonlyArray<string>]> => [
  [names.state, [...Object.keys(stateColumns), "paused_at", "version"]],
  [names.run, [...Object.keys(runColumns), "id"]],
  [names.baseline, ["job_name", "key", "seq", "state"]],
  [names.control, [...Object.keys(controlColumns), "id", "done_at"]],
  [names.migrations, ["migration_id", "created_at", "name"]]
]

/** The indexes beside the primary keys. */
export const indexes = ({ control, run }: Names): ReadonlyArray<Index> => [
  { name: `${run}_of_instance`, table: run, columns: ["job_name", "key", "seq"], isUnique: true },
  { name: `${run}_by_start`, table: run, columns: ["started_at"], isUnique: false },
  { name: `${run}_by_job`, table: run, columns: ["job_name", "started_at", "key"], isUnique: false },
  { name: `${run}_by_status`, table: run, columns: ["status", "started_at"], isUnique: false },
  { name: `${run}_by_job_status`, table: run, columns: ["job_name", "status", "started_at"], isUnique: false },
  { name: `${control}_by_end`, table: control, columns: ["done_at"], isUnique: false }
]
