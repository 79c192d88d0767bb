/**
 * The SQL of the store, for SQLite: each statement takes many rows at once, as one JSON parameter.
 *
 * Statements compare and write; none of them decides and none asks the database for the time.
 *
 * @since 0.1.0
 */
import type { JobRun, JobState, JobStore } from "tickwork"
import { type Names, runColumns, stateColumns } from "./Tables.ts"

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const select = (columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([column, field]) => `${quote(column)} AS ${quote(field)}`)
    .join(", ")

/** A field of the current element of `json_each(?) AS given`, by its position. */
const given = (position: number): string => `given.value ->> ${position}`

/** What a save carries ahead of its columns: the claim it expects. */
const saveHead = ["expectedOwner", "expectedToken"]

// a save never touches when a row was made, nor how often its holder has renewed
const savedColumns = Object.keys(stateColumns).filter(
  (column) => !["job_name", "key", "created_at", "claim_renewals"].includes(column)
)
const savedFields = [
  "jobName",
  "key",
  ...savedColumns.map((column) => stateColumns[column as keyof typeof stateColumns])
]

const positionOfSaved = (column: string): number => saveHead.length + 2 + savedColumns.indexOf(column)

const valueOf = (record: object, field: string): unknown => {
  const value = (record as Readonly<Record<string, unknown>>)[field]
  return field === "cadence" ? JSON.stringify(value) : value
}

const valuesOf = (record: object, fields: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  fields.map((field) => valueOf(record, field))

/** The parameter of `save`. */
export const savesToJson = (saves: ReadonlyArray<JobStore.Save>): string =>
  JSON.stringify(saves.map(({ expected, state }) => [expected.owner, expected.token, ...valuesOf(state, savedFields)]))

/** The parameter of `write`. */
export const runsToJson = (runs: ReadonlyArray<JobRun.JobRun>): string =>
  JSON.stringify(runs.map((run) => valuesOf(run, Object.values(runColumns))))

/** The parameter of `add`. */
export const statesToJson = (states: ReadonlyArray<JobState.JobState>): string =>
  JSON.stringify(states.map((state) => valuesOf(state, Object.values(stateColumns))))

/** The parameter of `claim`. */
export const claimsToJson = (claims: ReadonlyArray<JobStore.Claim>): string =>
  JSON.stringify(
    claims.map(({ state }) => [
      state.jobName,
      state.key,
      state.claimToken,
      state.claimOwner,
      state.claimedAt,
      state.scheduledAt
    ])
  )

/** The parameter of `renew`. */
export const holdingsToJson = (claims: ReadonlyArray<JobStore.Ref & JobStore.Expected>): string =>
  JSON.stringify(claims.map(({ jobName, key, owner, token }) => [jobName, key, token, owner]))

/** The parameter of `get`. */
export const refsToJson = (refs: ReadonlyArray<JobStore.Ref>): string =>
  JSON.stringify(refs.map(({ jobName, key }) => [jobName, key]))

/**
 * The statements over tables of these names.
 *
 * @since 0.1.0
 */
export const make = (names: Names) => {
  const state = quote(names.state)
  const run = quote(names.run)
  const instance = (owner: string) =>
    `${state}.job_name = ${given(0)} AND ${state}.key = ${given(1)} AND ${state}.claim_token = ${given(2)} AND ${state}.claim_owner ${owner}`

  return {
    begin: "BEGIN IMMEDIATE",
    commit: "COMMIT",
    rollback: "ROLLBACK",
    load: `SELECT ${select(stateColumns)} FROM ${state} WHERE job_name IN (SELECT value FROM json_each(?))`,
    get: `SELECT ${select(stateColumns)} FROM ${state}
      WHERE (job_name, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
    add: `INSERT INTO ${state} (${Object.keys(stateColumns).join(", ")})
      SELECT ${Object.keys(stateColumns)
        .map((_, index) => given(index))
        .join(", ")} FROM json_each(?) AS given WHERE true ON CONFLICT DO NOTHING`,
    save: `UPDATE ${state} SET ${savedColumns.map((column) => `${column} = ${given(positionOfSaved(column))}`).join(", ")}
      FROM json_each(?) AS given
      WHERE ${state}.job_name = ${given(2)} AND ${state}.key = ${given(3)}
        AND ${state}.claim_token = ${given(1)} AND ${state}.claim_owner IS ${given(0)}
      RETURNING ${state}.job_name AS "jobName", ${state}.key AS "key"`,
    write: `INSERT INTO ${run} (${Object.keys(runColumns).map(quote).join(", ")})
      SELECT ${Object.keys(runColumns)
        .map((_, index) => given(index))
        .join(", ")} FROM json_each(?) AS given WHERE true
      ON CONFLICT (job_name, key, seq) DO UPDATE SET
        last_at = excluded.last_at, duration_ms = excluded.duration_ms, count = ${run}.count + excluded.count,
        next_at = excluded.next_at, next_scheduled_at = excluded.next_scheduled_at, cadence = excluded.cadence`,
    claim: `UPDATE ${state}
      SET claim_token = claim_token + 1, claim_owner = ${given(3)}, claimed_at = ${given(4)}, scheduled_at = ${given(5)}
      FROM json_each(?) AS given
      WHERE ${state}.job_name = ${given(0)} AND ${state}.key = ${given(1)}
        AND ${state}.claim_token = ${given(2)} - 1 AND ${state}.claim_owner IS NULL
      RETURNING ${state}.job_name AS "jobName", ${state}.key AS "key"`,
    renew: `UPDATE ${state} SET claim_renewals = claim_renewals + 1
      FROM json_each(?) AS given WHERE ${instance(`= ${given(3)}`)}`,
    runs: `SELECT ${select(runColumns)} FROM ${run}`
  }
}

/**
 * @since 0.1.0
 */
export type Statements = ReturnType<typeof make>
