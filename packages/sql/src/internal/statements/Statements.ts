/**
 * The SQL of the store service, one text for every dialect; each statement takes many rows as parameters.
 *
 * Statements compare and write, and none of them decides. One reads the database's clock, for diagnosis alone.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import { type Control, type JobState, JobStore, type LogEntry } from "tickwork"
import {
  type Columns,
  columnsOfEntry,
  controlColumns,
  definitionColumns,
  type Names,
  placeColumns,
  processColumns,
  qualify,
  quote,
  stateColumns
} from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"
import type { Expressions } from "./Given.ts"
import * as Lists from "./Lists.ts"
import { compareAndSet, type ForRows, insert, list, putFields, remembered, valueOf } from "./RowStatements.ts"

/** A select list that names each column as its field. */
export const select = (columns: Columns, of = ""): string =>
  Object.entries(columns)
    .map(([column, { field }]) => `${of}${quote(column)} AS ${quote(field)}`)
    .join(", ")

/** The id of an instance by its name and key. */
export const idOf = (state: string, jobName = "?", key = "?"): string =>
  `(SELECT id FROM ${state} WHERE job_name = ${jobName} AND key = ${key})`

// a save changes neither the creation time nor the renewal counter
const { claim_renewals: _renewals, created_at: _createdAt, job_name: _jobName, key: _key, ...saved } = stateColumns
const addedColumns: Columns = { ...stateColumns, ...placeColumns }
const requestColumns: Columns = { ...controlColumns, ...placeColumns }
const savedFields = Object.values(saved).map(({ field }) => field)

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "object" && a !== null && JSON.stringify(a) === JSON.stringify(b))

// for people only
const shown = new Set(["claim.claimedAt", "claim.progress"])
const comparedFields = savedFields.filter((field) => !shown.has(field)).map(valueOf)

/** True where a row is already what a save makes it. */
export const isSaved = (stored: JobState.JobState, { state }: JobStore.Save): boolean =>
  comparedFields.every((read) => isSame(read(stored), read(state)))

/** True where a row already has the claim. */
export const isClaimed = (stored: JobState.JobState, { state }: JobStore.Claim): boolean => {
  const { owner, scheduledAt, token, trigger } = stored.claim
  const { claim } = state
  return (
    token === claim.token && owner === claim.owner && scheduledAt === claim.scheduledAt && trigger === claim.trigger
  )
}

/** Two stores in one database never hear one another; a name of PostgreSQL has 63 bytes at most. */
const channelOf = (table: string): string => `tickwork_${createHash("md5").update(table).digest("hex")}`

/** The statements over tables of these names. */
/** How many states are read at a time. */
export const loadPage = 1000

export const make = (names: Names, dialect: Dialect) => {
  const { claimOwners, given, jobNames, partitions, refs, render } = dialect
  const state = qualify(names, names.state)
  const entry = qualify(names, names.entry)
  const baseline = qualify(names, names.baseline)
  const control = qualify(names, names.control)
  const definition = qualify(names, names.definition)
  const process = qualify(names, names.process)
  /** Instances that may move to another name. */
  const movable = `job_name = ? AND NOT EXISTS (SELECT 1 FROM ${state} s WHERE s.job_name = ? AND s.key = target.key)`
  const putSaved = putFields(dialect, savedFields)
  const quoted = state.replaceAll("'", "''")
  const allKeys = `hashtextextended('tickwork keys ${quoted}', 0)`
  const changes = dialect.changes(names.schema, names.control)
  const channel = channelOf(control)
  const requests = `SELECT id, done_at AS "doneAt", ${select(controlColumns)} FROM ${control}`
  const done = (rows: number) =>
    `WITH given (id, done_at) AS (${given.text(["id", "done_at"], rows)})
      UPDATE ${control} AS target SET done_at = given.done_at, done_no = ${changes.current}, payload = NULL
      FROM given WHERE target.id = given.id`
  const putRequest = putFields(
    dialect,
    Object.values(requestColumns).map(({ field }) => field)
  )
  const submitted = [...Object.keys(requestColumns), "done_at", "marked_at"]
  const inRequest: Expressions = (of) => [
    ...Object.keys(requestColumns).map(of),
    of("done_at"),
    // no mark that was read before is above the number of a change that is made now
    `CASE WHEN ${of("marked_at")} IS NOT NULL THEN ${changes.following} END`
  ]
  const written = ["job_name", "key", ...Object.keys(columnsOfEntry)]
  const inEntry: Expressions = (of) => [idOf(state, of("job_name"), of("key")), ...Object.keys(columnsOfEntry).map(of)]
  const acknowledged = ({ at, id }: JobStore.Acknowledgement, parameters: Array<unknown>): void => {
    parameters.push(id, at)
  }

  const states = `SELECT ${select(stateColumns)} FROM ${state} WHERE`
  const isUnfinished = "(next_at IS NOT NULL OR claim_owner IS NOT NULL OR manual IS NOT NULL)"
  const page = (condition: string) => {
    const rows = `${states} (job_name, key) > (?, ?) AND ${condition} ORDER BY job_name, key LIMIT ${loadPage}`
    return {
      inLists: render(`SELECT ${Lists.select(dialect, stateColumns)} FROM (${rows}) page`),
      inRows: render(rows)
    }
  }
  const ofNames = dialect.unindexed(jobNames.condition)
  const placed = `${jobNames.condition} AND ${partitions.condition}`
  // one statement sees both at one moment; where there are no requests it answers the mark alone
  const since = (among: string) => `SELECT now.mark AS mark, found.* FROM (${changes.mark}) AS now
    LEFT JOIN (${requests} WHERE (done_at IS NULL OR done_no >= ?) ${among}) AS found ON 1 = 1 ORDER BY found.id`

  return {
    /** The states after one, a page of them: rows that are read and done with at once are cheaper to collect. */
    load: { all: page(ofNames), unfinished: page(`${ofNames} AND ${isUnfinished}`) },
    loadPlaced: { all: render(`${states} ${placed}`), unfinished: render(`${states} ${placed} AND ${isUnfinished}`) },
    get: render(`${states} ${refs.condition}`),
    /** Held from counting the claims until the new claims are committed. */
    lockLimit: render(`SELECT pg_advisory_xact_lock(hashtext('tickwork limit ${quoted}'), hashtext(?))`),
    claimed: render(`SELECT CAST(count(*) AS INTEGER) AS claimed FROM ${state}
      WHERE ${jobNames.condition} AND claim_owner IS NOT NULL AND key = COALESCE(?, key)`),
    /** Runs that began after an instant. */
    began: render(`SELECT CAST(count(*) AS INTEGER) AS began FROM ${entry} e JOIN ${state} s ON s.id = e.instance
      WHERE e.started_at > ? AND e.status NOT IN ('skipped', 'control') AND s.key = COALESCE(?, s.key)
        AND s.id IN (SELECT id FROM ${state} WHERE ${jobNames.condition})`),
    names: `SELECT DISTINCT job_name AS "jobName" FROM ${state}`,
    renameState: render(`UPDATE ${state} AS target SET job_name = ?
      WHERE ${movable} AND (claim_owner IS NULL OR NOT (${claimOwners.condition})) RETURNING 1`),
    unrenamed: render(`SELECT CAST(count(*) AS INTEGER) AS waiting FROM ${state} AS target
      WHERE ${movable} AND ${claimOwners.condition}`),
    /** Those of instances that have moved to another name. */
    renameRequests: render(`UPDATE ${control} AS target SET job_name = ? WHERE job_name = ?
      AND NOT EXISTS (SELECT 1 FROM ${state} s WHERE s.job_name = target.job_name AND s.key = target.key)`),
    definitions: `SELECT id, ${select(definitionColumns)} FROM ${definition} ORDER BY id`,
    lockDefinitions: `SELECT pg_advisory_xact_lock(hashtext('tickwork definitions ${definition.replaceAll("'", "''")}'))`,
    define: insert<JobStore.JobDefinition>(dialect, definition, definitionColumns),
    processes: `SELECT id, ${select(processColumns)}, ${dialect.clock} AS clock FROM ${process} ORDER BY id`,
    enter: render(
      `INSERT INTO ${process} (owner, beat, at, every_ms, definitions) VALUES (?, 1, COALESCE(${dialect.clock}, ?), ?, ?) RETURNING id`
    ),
    beat: render(`INSERT INTO ${process} AS target (id, owner, beat, at, every_ms, definitions) VALUES (?, ?, 1, COALESCE(${dialect.clock}, ?), ?, ?)
      ON CONFLICT (id) DO UPDATE SET beat = target.beat + 1, at = excluded.at, every_ms = excluded.every_ms, definitions = excluded.definitions`),
    leave: render(`DELETE FROM ${process} WHERE id = ?`),
    /** The first states of enqueued runs, where nothing is stored under their key; answers which they are. */
    addFirst: insert<JobState.JobState>(
      dialect,
      state,
      addedColumns,
      `ON CONFLICT DO NOTHING RETURNING job_name AS "jobName", key AS key`
    ),
    /** Answers the ids of those that are done already. */
    submit: {
      given,
      text: remembered(
        dialect,
        (rows) => `INSERT INTO ${control} (${list([...Object.keys(requestColumns), "done_at", "done_no"])})
          ${given.text(submitted, rows, inRequest)} RETURNING id, job_name AS "jobName", key AS key`
      ),
      put: (request, parameters) => {
        putRequest(request, parameters)
        parameters.push(request.doneAt, request.doneAt)
      }
    } satisfies ForRows<Control.Request & Pick<Control.StoredRequest, "doneAt">>,
    pending: render(`${requests} WHERE done_at IS NULL ORDER BY id`),
    requestsSince: render(since("")),
    placedSince: render(since(`AND (${partitions.condition} OR ${jobNames.condition})`)),
    pendingOf: render(`${requests} WHERE done_at IS NULL AND ${refs.condition} ORDER BY id`),
    /** Where the requests to read next begin. */
    mark: changes.mark,
    channel,
    announce: dialect.announce(channel),
    /** Held until the requests of these keys are committed, beside others of other keys. */
    lockKeys: render(`SELECT pg_advisory_xact_lock_shared(${allKeys}),
      (SELECT count(pg_advisory_xact_lock(hashtext('tickwork key ${quoted}'), hashtext(key)))
        FROM json_array_elements_text(CAST(? AS JSON)) AS given (key))`),
    /** Held until requests of any keys are committed. */
    lockAllKeys: `SELECT pg_advisory_xact_lock(${allKeys})`,
    // the clock behind the parameter may be ahead of those that are done
    dropDone: render(`DELETE FROM ${control} WHERE done_at < ?
      AND done_at < (SELECT MAX(done_at) FROM ${control}) - ${JobStore.doneRetentionMs}`),
    /** Comes before requests are marked as done. */
    nextChange: changes.next,
    complete: {
      given,
      text: remembered(dialect, done),
      put: acknowledged
    } satisfies ForRows<JobStore.Acknowledgement>,
    /** Marks requests as done where nothing is stored under their key. */
    completeNew: {
      given,
      text: remembered(
        dialect,
        (rows) => `${done(rows)} AND target.done_at IS NULL AND NOT EXISTS (
          SELECT 1 FROM ${state} AS stored WHERE stored.job_name = target.job_name AND stored.key = target.key
        ) RETURNING ${dialect.name === "pg" ? "target." : ""}id AS id`
      ),
      put: acknowledged
    } satisfies ForRows<JobStore.Acknowledgement>,
    forgetState: render(`DELETE FROM ${state}
      WHERE job_name = ? AND key = ? AND claim_token = ? AND claim_owner IS NULL AND seq = ? RETURNING id`),
    forgetUnreadable: render(`DELETE FROM ${state} WHERE job_name = ? AND key = ? RETURNING id`),
    forgetLost: render(`DELETE FROM ${state}
      WHERE job_name = ? AND key = ? AND claim_owner = ? AND claim_token = ? AND claim_renewals = ? RETURNING id`),
    forgetEntries: render(`DELETE FROM ${entry} WHERE instance = ?`),
    forgetBaseline: render(`DELETE FROM ${baseline} WHERE instance = ?`),
    forgetRequests: render(`DELETE FROM ${control} WHERE done_at IS NULL AND job_name = ? AND key = ? AND id < ?`),
    add: insert<JobState.JobState>(dialect, state, addedColumns, "ON CONFLICT DO NOTHING"),
    admit: insert<JobState.JobState>(dialect, state, addedColumns),
    write: {
      given,
      text: remembered(
        dialect,
        (rows) => `INSERT INTO ${entry} AS target (instance, ${list(Object.keys(columnsOfEntry))})
          ${given.text(written, rows, inEntry)} ON CONFLICT (instance, seq) DO UPDATE SET
            last_at = excluded.last_at, duration_ms = excluded.duration_ms, count = target.count + excluded.count,
            next_at = excluded.next_at, next_scheduled_at = excluded.next_scheduled_at, cadence = excluded.cadence,
            retry = excluded.retry, paused = excluded.paused, manual = excluded.manual`
      ),
      put: putFields(dialect, ["jobName", "key"].concat(Object.values(columnsOfEntry).map(({ field }) => field)))
    } satisfies ForRows<LogEntry.LogEntry>,
    save: compareAndSet<JobStore.Save>(dialect, state, {
      columns: Object.keys(saved),
      locked: "awaited",
      withSeq: true,
      put: ({ expected, state }, parameters) => {
        putSaved(state, parameters)
        parameters.push(state.jobName, state.key, expected.token, expected.owner, expected.seq)
      }
    }),
    claim: compareAndSet<JobStore.Claim>(dialect, state, {
      columns: ["claim_token", "claim_owner", "claimed_at", "claimed_for", "claimed_as"],
      // another process that has locked a row is about to claim it
      locked: "passed over",
      put: ({ state }, parameters) => {
        const { claimedAt, owner, scheduledAt, token, trigger } = state.claim
        parameters.push(token, owner, claimedAt, scheduledAt, trigger, state.jobName, state.key, token - 1, null)
      }
    }),
    progress: compareAndSet<JobStore.Progressed>(dialect, state, {
      columns: ["progress"],
      locked: "passed over",
      put: ({ jobName, key, owner, progress, token }, parameters) => {
        parameters.push(JSON.stringify(progress), jobName, key, token, owner)
      }
    }),
    renew: compareAndSet<JobStore.Ref & JobStore.Expected>(dialect, state, {
      columns: [],
      locked: "awaited",
      also: "claim_renewals = claim_renewals + 1",
      put: ({ jobName, key, owner, token }, parameters) => {
        parameters.push(jobName, key, token, owner)
      }
    })
  }
}
