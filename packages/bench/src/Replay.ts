/**
 * The floor: better-sqlite3 alone makes the row writes of a trace, with prepared statements, on the same tables and
 * indexes. It decides nothing and reads nothing.
 */
import * as fs from "node:fs"
import type Database from "better-sqlite3"
import { Effect, type Scope } from "effect"
import * as File from "./File.ts"
import * as Measure from "./Measure.ts"
import type { Trace } from "./Trace.ts"

interface Prepared {
  readonly statement: Database.Statement
  readonly parameters: ReadonlyArray<unknown>
}

const copyOf = ({ filename, synchronous }: File.File): Effect.Effect<File.File, never, Scope.Scope> =>
  Effect.tap(File.make(synchronous), (copy) => Effect.sync(() => fs.copyFileSync(filename, copy.filename)))

export class Replay {
  readonly filename: string
  readonly #database: Database
  readonly #writes: ReadonlyArray<Prepared>

  constructor(database: Database, filename: string, { start, writes }: Trace) {
    this.filename = filename
    database.pragma("journal_mode = WAL")
    database.pragma(`synchronous = ${start.synchronous.toUpperCase()}`)
    this.#database = database
    const statements = new Map<string, Database.Statement>()
    this.#writes = writes.map(({ parameters, sql }) => {
      const statement = statements.get(sql) ?? database.prepare(sql)
      statements.set(sql, statement)
      return { statement, parameters }
    })
  }

  /** This part of the writes, in the given number of commits. */
  commit(commits: number, from = 0, to = 1): void {
    const writes = this.#writes.slice(Math.round(from * this.#writes.length), Math.round(to * this.#writes.length))
    const each = Math.max(1, Math.ceil(writes.length / commits))
    const [begin, commit] = [this.#database.prepare("BEGIN IMMEDIATE"), this.#database.prepare("COMMIT")]
    for (let first = 0; first < writes.length; first += each) {
      begin.run()
      for (const { parameters, statement } of writes.slice(first, first + each)) {
        if (statement.run(...parameters).changes !== 1) throw new Error("the floor did not find the row of a write")
      }
      commit.run()
    }
  }
}

/** The floor on a copy of the file that the trace began with. */
export const open = (trace: Trace): Effect.Effect<Replay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { filename } = yield* copyOf(trace.start)
    return new Replay(yield* File.open(filename), filename, trace)
  })

/** The cost of all writes, in the given number of commits. */
export const spent = (trace: Trace, commits: number): Effect.Effect<Measure.Spent> =>
  Effect.scoped(Effect.map(open(trace), (replay) => Measure.spentSync(() => replay.commit(commits))))
