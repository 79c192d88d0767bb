/**
 * Findings in plain words: what is wrong, and what to do, each in one line.
 *
 * It knows the words of each code and judges nothing.
 *
 * @internal
 */
import type { Code, Finding } from "./Finding.ts"

type Facts = Readonly<Record<string, unknown>>

interface Words {
  readonly text: (found: Facts) => string
  readonly cure: string | ((found: Facts) => string)
}

/** As it is written in the tables: a field as its column. */
const column = (field: unknown): string => String(field).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const value = (stored: unknown): string => (stored === null || stored === undefined ? "empty" : JSON.stringify(stored))

const isInstant = (field: unknown): boolean => /(At|For|\bat)$/.test(String(field))

const instant = (at: unknown): string => {
  const date = new Date(Number(at))
  return Number.isNaN(date.getTime()) ? value(at) : date.toISOString()
}

/** A number that stands for an instant is shown as both. */
const valueOf = (field: unknown, stored: unknown): string =>
  isInstant(field) && typeof stored === "number" ? `${stored} (${instant(stored)})` : value(stored)

const columns = (fields: unknown): string => (Array.isArray(fields) ? fields.map(column).join(", ") : column(fields))

const numbers = ({ first, last }: Facts): string => (first === last ? `line ${first}` : `lines ${first} to ${last}`)

const were = ({ first, last }: Facts): string => (first === last ? "is" : "are")

const days = (from: unknown, to: unknown): string => {
  const hours = (Number(to) - Number(from)) / 3_600_000
  return hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`
}

const whoWrote =
  "Find out what else writes to these tables, or restore a copy from before; if nothing does, report it with the lines around"

const words: Readonly<Record<Code, Words>> = {
  "state-is-not-the-fold": {
    text: ({ expected, field, stored }) =>
      `${column(field)} is ${valueOf(field, stored)}, and its log says ${valueOf(field, expected)}`,
    cure: ({ expected, field }) =>
      `Stop what writes to job_state beside Tickwork; with the application stopped, set ${column(field)} to ${typeof expected === "number" || expected === null ? valueOf(field, expected) : "what the last line that says something of it says"}, or forget the instance`
  },
  "state-contradicts-itself": {
    text: ({ field, stored, why }) => `${column(field)} is ${valueOf(field, stored)}, which cannot be: ${why}`,
    cure: ({ field }) =>
      `Stop what writes to job_state beside Tickwork; with the application stopped, correct ${column(field)}, or forget the instance`
  },
  "half-a-claim": {
    text: ({ missing, there }) => `it is half claimed: ${columns(there)} is set, and ${columns(missing)} is empty`,
    cure: "With every process of the application stopped, set claim_owner, claimed_at, claimed_for and claimed_as to NULL"
  },
  "lines-are-missing": {
    text: (found) => `${numbers(found)} of its log ${were(found)} missing`,
    cure: "Restore them from a copy from before, or go on without: its counts cannot be checked any more. Use JobLog.prune instead of DELETE"
  },
  "line-twice": {
    text: () => "it is in the log twice",
    cure: "With the application stopped, delete the row with the higher id, and make the unique index of job_log again"
  },
  "line-contradicts-itself": {
    text: ({ field, status, stored, why }) =>
      `${column(field)} of this ${status} is ${valueOf(field, stored)}, which cannot be: ${why}`,
    cure: whoWrote
  },
  "lines-beyond-the-state": {
    text: (found) =>
      `${numbers(found)} of its log ${were(found)} beyond line ${found.stateSeq}, its last one by job_state`,
    cure: "Do not run it before it is settled: its next line would be written over one of these. Restore job_state and job_log from one and the same copy"
  },
  "lines-without-an-instance": {
    text: (found) =>
      `there ${found.lines === 1 ? "is 1 line" : `are ${found.lines} lines`} of its log, and no row in job_state`,
    cure: "Restore its row in job_state from a copy, or delete these lines: a new instance of this name would stumble over them"
  },
  "baseline-without-an-instance": {
    text: () => "there is a row in job_baseline, and none in job_state",
    cure: "Restore its row in job_state from a copy, or delete the one in job_baseline"
  },
  "baseline-does-not-join": {
    text: ({ baselineSeq, first, stateSeq }) =>
      Number(baselineSeq) > Number(stateSeq)
        ? `its baseline stands for the log up to line ${baselineSeq}, and its state for line ${stateSeq}`
        : `its baseline stands for the log up to line ${baselineSeq}, and the next line that is there is ${first}`,
    cure: "Restore job_state, job_log and job_baseline from one and the same copy; prune with JobLog.prune alone"
  },
  "baseline-contradicts-itself": {
    text: ({ seq, stateSeq }) => `its row in job_baseline says line ${seq}, and the state in that row line ${stateSeq}`,
    cure: "With the application stopped, set seq of this row of job_baseline to the one in its state, or restore the row from a copy"
  },
  "value-cannot-be-read": {
    text: ({ column, reason, stored, table }) =>
      `${table}.${column} holds ${value(stored)}, which cannot be read: ${reason}`,
    cure: ({ column, table }) =>
      `With the application stopped, restore ${column} of this row of ${table} from a copy, or forget the instance`
  },
  "table-is-missing": {
    text: ({ table }) => `the table ${table} is missing`,
    cure: "Check the prefix; where it is right, restore the table from a copy. Its rows were not looked at"
  },
  "column-is-missing": {
    text: ({ column, table }) => `the column ${table}.${column} is missing`,
    cure: "Restore the table from a copy, or add the column as docs/state-and-log.md tells. The rows of the table were not looked at"
  },
  "index-is-missing": {
    text: ({ columns, index, isThere, isUnique, table }) =>
      `the ${isUnique === true ? "unique " : ""}index ${index} on ${table} (${String(columns)}) is ${isThere === true ? "another one" : "missing"}`,
    cure: ({ columns, condition, index, isThere, isUnique, table }) => {
      const first = isThere === true ? `DROP INDEX "${index}"; ` : ""
      const where = typeof condition === "string" ? ` WHERE ${condition}` : ""
      return `${first}CREATE ${isUnique === true ? "UNIQUE " : ""}INDEX "${index}" ON "${table}" (${String(columns)})${where}`
    }
  },
  "migration-is-missing": {
    text: ({ id, latest, name, table }) => `${table} does not name migration ${id} of ${latest}, "${name}"`,
    cure: "Start the application of this release once: it brings older tables up to date; where later migrations are named, restore the register from a copy"
  },
  "tables-are-newer": {
    text: ({ id, latest, table }) => `${table} names migration ${id}, and this release knows ${latest}`,
    cure: "Use the release that the application uses: nothing further was checked"
  },
  "file-is-damaged": {
    text: ({ message }) => `SQLite finds its file damaged: ${message}`,
    cure: "Stop the application, keep a copy of the file, restore the last good one, or save what can be read with sqlite3's .recover"
  },
  "instant-in-the-future": {
    text: ({ field, now, stored }) => `${column(field)} is ${instant(stored)}, and it is ${instant(now)} now`,
    cure: "Check the clocks of all machines that write here; where one was set back, nothing has to be done"
  },
  "claim-of-the-gone": {
    text: ({ claimedAt, owner }) =>
      `it is claimed since ${instant(claimedAt)} by process ${String(owner).split("/")[1] ?? owner}, which has ended`,
    cure: "Start the application: it finds the run, records it as interrupted and tries it again"
  },
  "claim-is-old": {
    text: ({ claimedAt, now, owner }) =>
      `it is claimed since ${instant(claimedAt)}, for ${days(claimedAt, now)}, by ${owner}`,
    cure: "Look whether that process still runs it; if it has ended, the claim passes on a lease after the application starts. Give the job a Job.timeout"
  },
  overdue: {
    text: ({ dueAt, now }) => `it is due since ${instant(dueAt)}, for ${days(dueAt, now)}, and nobody runs it`,
    cure: "Is the application running, and is the job still in it? Tick.explain says what it waits for; forget what is not needed any more"
  },
  "request-waits": {
    text: ({ at, id, now, verb }) => `request ${id} to ${verb} it waits since ${instant(at)}, for ${days(at, now)}`,
    cure: "Is the application running, and is the job in it? A request is done by a process that knows the job, as soon as the instance is free"
  },
  "request-for-nobody": {
    text: ({ at, id, verb }) =>
      `request ${id} to ${verb} it, of ${instant(at)}, is for an instance that does not exist`,
    cure: "Check the name and the key; if it was not meant for a job that is yet to come, delete the row of job_control"
  }
}

/** What is wrong, in one line. */
export const toText = ({ code, found, jobName, key, seq }: Finding): string => {
  const text = words[code].text(found)
  if (jobName === null) return text
  const line = seq === null ? "" : `, line ${seq}`
  const instance = key === null || key === "" ? `job "${jobName}"` : `instance "${key}" of job "${jobName}"`
  return `${instance}${line}: ${text}`
}

/** What to do, in one line. */
export const cure = ({ code, found }: Finding): string => {
  const { cure } = words[code]
  return typeof cure === "string" ? cure : cure(found)
}
