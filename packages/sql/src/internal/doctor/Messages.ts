/**
 * The text and the cure of each finding, in one line each. It decides nothing.
 *
 * @internal
 */
import type { Code, Finding } from "./Finding.ts"

type Facts = Readonly<Record<string, unknown>>

interface Message {
  readonly text: (found: Facts) => string
  readonly cure: string | ((found: Facts) => string)
}

/** The column that holds a field. */
const column = (field: unknown): string => String(field).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const columns = (fields: unknown): string => (fields as ReadonlyArray<string>).map(column).join(", ")

const shown = (value: unknown): string => (value === null || value === undefined ? "NULL" : JSON.stringify(value))

const instant = (at: unknown): string => new Date(Number(at)).toISOString()

/** An instant is shown as the number that is stored, and as a date. */
const valueOf = (field: unknown, value: unknown): string =>
  typeof value === "number" && /At$/.test(String(field)) ? `${value} (${instant(value)})` : shown(value)

const entries = ({ first, last }: Facts): string => (first === last ? `entry ${first}` : `entries ${first} to ${last}`)

const are = ({ first, last }: Facts): string => (first === last ? "is" : "are")

const hours = ({ claimedAt, now }: Facts): string => {
  const hours = Math.floor((Number(now) - Number(claimedAt)) / 3_600_000)
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`
}

/** Such as `UTC-07:00`. */
const offset = (minutes: unknown): string => {
  const total = Math.abs(Number(minutes))
  const parts = [Math.floor(total / 60), total % 60].map((part) => String(part).padStart(2, "0"))
  return `UTC${Number(minutes) < 0 ? "-" : "+"}${parts.join(":")}`
}

const reasons: Readonly<Record<string, (found: Facts) => string>> = {
  beyond: ({ stateSeq }) => `job_state ends at entry ${stateSeq}`,
  duplicate: () => "the log holds them already",
  pruned: ({ baselineSeq }) => `job_baseline counts all up to entry ${baselineSeq}`
}

/** The rows of the other tables belong to requests, releases and processes. */
const isOfInstance = (table: unknown): boolean => /job_(state|entry|baseline)$/.test(String(table))

const messages: Readonly<Record<Code, Message>> = {
  "state-mismatch": {
    // values of memory are not among the facts
    text: (found) =>
      "stored" in found
        ? `${column(found.field)} is ${valueOf(found.field, found.stored)}, its log says ${valueOf(found.field, found.expected)}`
        : `${column(found.field)} differs from what its log says`,
    cure: ({ field }) =>
      `Find out what writes to job_state beside Tickwork; then, with the application stopped, set ${column(field)} to what its log says, or forget the instance`
  },
  "missing-entries": {
    text: (found) => `${entries(found)} of its log ${are(found)} missing`,
    cure: "Restore job_state, job_entry and job_baseline from one and the same copy, or go on without: its counts cannot be checked any more. Delete old entries with JobLog.prune alone"
  },
  "unexpected-entries": {
    text: (found) =>
      `${entries(found)} of its log ${are(found)} not counted by job_state: ${reasons[String(found.why)]?.(found)}`,
    cure: ({ why }) =>
      why === "duplicate"
        ? "With the application stopped, delete the rows with the higher id, and create the unique index of job_entry again"
        : "Stop the application, and restore job_state, job_entry and job_baseline from one and the same copy"
  },
  "orphan-rows": {
    text: ({ instance, table }) => `${table} holds rows of instance ${instance}, job_state holds none of that id`,
    cure: ({ table }) => `Restore its row of job_state from a copy, or delete its rows from ${table}`
  },
  "unreadable-value": {
    text: (found) =>
      "stored" in found
        ? `${found.table}.${found.column} cannot be read, got ${shown(found.stored)}: ${found.reason}`
        : `${found.table}.${found.column} cannot be read: ${found.reason}`,
    cure: ({ column, table }) =>
      `With the application stopped, restore ${column} of this row of ${table} from a copy, or ${
        isOfInstance(table) ? "forget the instance" : "delete the row"
      }`
  },
  "damaged-file": {
    text: ({ message }) => `SQLite reports that its file is damaged: ${message}`,
    cure: "Stop the application, keep a copy of the file, and restore the last good one, or save what can be read with sqlite3's .recover"
  },
  "partial-claim": {
    text: ({ missing, set }) => `its claim is partial: ${columns(set)} is set, ${columns(missing)} is NULL`,
    cure: "With every process of the application stopped, set claim_owner, claimed_at, claimed_for and claimed_as to NULL"
  },
  "stale-claim": {
    text: (found) =>
      found.isGone === true
        ? `its claim since ${instant(found.claimedAt)} is held by process ${found.owner}, which has ended`
        : `its claim since ${instant(found.claimedAt)} is ${hours(found)} old, held by ${found.owner}`,
    cure: ({ isGone }) =>
      isGone === true
        ? "Start the application: it records the run as interrupted and tries it again"
        : "Check whether that process still runs it; if it has ended, start the application: the claim passes on after a lease. Give the job a Job.timeout"
  },
  "orphan-request": {
    text: ({ at, id, verb }) =>
      `request ${id} to ${verb} it, from ${instant(at)}, is for an instance that does not exist`,
    cure: "Check the name and the key; if the job is not yet to come, delete the row of job_control"
  },
  "invalid-cadence": {
    text: ({ reason }) => `it does not run, since ${reason}`,
    cure: "Correct what the list of keys says of this key: the job takes it in with its next listing"
  },
  "not-listed": {
    text: ({ count, days }) =>
      `${count} of its instances ${count === 1 ? "is" : "are"} stored, whose keys have not been listed for more than ${days} days`,
    cure: "List them again, forget them, or give its keys forgetAfter"
  },
  "clock-differs": {
    text: ({ byMs }) =>
      `the database's clock is ${Math.abs(Number(byMs))} ms ${Number(byMs) > 0 ? "ahead of" : "behind"} the clock of this host`,
    cure: "Set both by a time server: each process judges instants by the clock of its own host"
  },
  "zone-differs": {
    text: ({ at, database, process, version, zone }) =>
      database === null
        ? `the database does not know the time zone ${zone}`
        : `at ${instant(at)} ${zone} is at ${offset(process)} in the time zone data of this process (${version}), and at ${offset(database)} in the database's`,
    cure: "Update the older of the two: Node, or the server with its time zone data. Jobs go by the process that runs them; a statement that converts times goes by the database"
  }
}

/**
 * What is wrong, in one line.
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = ({ code, found, jobName, key, seq }: Finding): string => {
  const text = messages[code].text(found)
  if (jobName === null) return text
  const entry = seq === null ? "" : `, entry ${seq}`
  const instance = key === null || key === "" ? `job "${jobName}"` : `instance "${key}" of job "${jobName}"`
  return `${instance}${entry}: ${text}`
}

/**
 * What to do, in one line.
 *
 * @since 0.1.0
 * @category rendering
 */
export const cure = ({ code, found }: Finding): string => {
  const { cure } = messages[code]
  return typeof cure === "string" ? cure : cure(found)
}
