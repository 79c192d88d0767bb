/**
 * The floor: better-sqlite3 alone, on the same tables, columns and indexes.
 *
 * It writes what a durable run writes, row by row with prepared statements, and decides nothing.
 */
import Database from "better-sqlite3"
import { Effect, type Scope } from "effect"
import type { File } from "./File.ts"

const owner = "a-host,00000000-0000-0000-0000-000000000000,pid%3A%5B4026531836%5D/12345/123456/0-123456789"

const claimSql = `UPDATE job_state SET claim_token = claim_token + 1, claim_owner = ?, claimed_at = ?, claimed_for = ?
  WHERE id = ? AND claim_token = ? AND claim_owner IS NULL`

const saveSql = `UPDATE job_state SET last_run_at = ?, last_duration_ms = ?, last_status = ?, last_error = ?,
    last_reason = ?, last_success_at = ?, total_runs = ?, total_errors = ?, updated_at = ?, next_at = ?,
    scheduled_at = ?, attempt = ?, cadence = ?, seq = ?, claim_owner = ?, claim_token = ?, claimed_at = ?,
    claimed_for = ?
  WHERE id = ? AND claim_token = ? AND claim_owner IS ?`

const writeSql = `INSERT INTO job_entry (instance, seq, status, "trigger", attempt, scheduled_at, started_at,
    last_at, duration_ms, error, reason, count, next_at, next_scheduled_at, next_attempt, cadence)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

interface Line {
  readonly id: number
  readonly cadence: string
  seq: number
  token: number
  claimedAt: number
  scheduledAt: number
}

/** A statement that has to change its row; anything else is a fault of the benchmark. */
const must = ({ changes }: { readonly changes: number }): void => {
  if (changes !== 1) throw new Error("the floor did not find the row that it was to change")
}

export class Raw {
  readonly database: Database
  readonly #lines: ReadonlyArray<Line>
  readonly #statements

  constructor({ filename, synchronous }: File) {
    this.database = new Database(filename)
    this.database.pragma("journal_mode = WAL")
    this.database.pragma(`synchronous = ${synchronous.toUpperCase()}`)
    this.#lines = this.database
      .prepare("SELECT id, cadence, seq, claim_token AS token, 0 AS claimedAt, 0 AS scheduledAt FROM job_state")
      .all() as ReadonlyArray<Line>
    const prepare = (sql: string) => this.database.prepare(sql)
    this.#statements = {
      begin: prepare("BEGIN IMMEDIATE"),
      commit: prepare("COMMIT"),
      claim: prepare(claimSql),
      save: prepare(saveSql),
      write: prepare(writeSql)
    }
  }

  /** Each job once, `perCommit` of them in a commit, which also has the claims of the next ones. */
  runEach(now: () => number, perCommit: number, scheduledAt = now()): void {
    for (let from = 0; from < this.#lines.length + perCommit; from += perCommit) {
      this.#inTransaction(() => {
        for (const line of this.#lines.slice(Math.max(0, from - perCommit), from)) this.#record(line, now(), false)
        for (const line of this.#lines.slice(from, from + perCommit)) this.#claim(line, now(), scheduledAt)
      })
    }
  }

  /** A row of state and one of its request for each of these keys, `perCommit` of them in a commit. */
  addEach(keys: ReadonlyArray<string>, perCommit: number): void {
    const [state, request] = [this.#copyOf("job_state"), this.#copyOf("job_control")]
    for (let from = 0; from < keys.length; from += perCommit) {
      this.#inTransaction(() => {
        for (const key of keys.slice(from, from + perCommit)) {
          must(request.run(key))
          must(state.run(key))
        }
      })
    }
  }

  /** Adds the first row of a table again, under another key. */
  #copyOf(table: string) {
    const columns = this.database
      .prepare(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'id'`)
      .all() as ReadonlyArray<{ readonly name: string }>
    const names = columns.map(({ name }) => `"${name}"`)
    const values = names.map((name) => (name === '"key"' ? "?" : name))
    return this.database.prepare(`INSERT INTO ${table} (${names}) SELECT ${values} FROM ${table} LIMIT 1`)
  }

  /** The first job this number of times, each run in its own commit, which also has the claim of the next one. */
  runOneByOne(now: () => number, runs: number): void {
    const line = this.#lines[0] as Line
    this.#inTransaction(() => this.#claim(line, now()))
    for (let run = 1; run <= runs; run++) this.#inTransaction(() => this.#record(line, now(), run < runs))
  }

  #inTransaction(write: () => void): void {
    this.#statements.begin.run()
    write()
    this.#statements.commit.run()
  }

  #claim(line: Line, now: number, scheduledAt = now): void {
    must(this.#statements.claim.run(owner, now, scheduledAt, line.id, line.token))
    line.token += 1
    line.claimedAt = now
    line.scheduledAt = scheduledAt
  }

  #record(line: Line, now: number, isClaimedAgain: boolean): void {
    const { cadence, claimedAt, id, scheduledAt, token } = line
    const { save, write } = this.#statements
    const seq = line.seq + 1
    const next = isClaimedAgain ? { owner, token: token + 1, claimedAt: now } : { owner: null, token, claimedAt: null }
    const ended = [claimedAt, 0, "success", null, null, claimedAt, seq, 0, now, now, now, 1, cadence, seq]
    must(save.run(...ended, next.owner, next.token, next.claimedAt, next.claimedAt, id, token, owner))
    const run = [id, seq, "success", "schedule", 1, scheduledAt, claimedAt, claimedAt, 0, null, null, 1]
    must(write.run(...run, now, now, 1, cadence))
    line.seq = seq
    line.token = next.token
    line.claimedAt = now
    line.scheduledAt = now
  }
}

/** The floor on a file with tables, until the scope closes. */
export const open = (file: File): Effect.Effect<Raw, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Raw(file)),
    ({ database }) => Effect.sync(() => database.close())
  )
