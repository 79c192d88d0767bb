/**
 * The log of an instance, in pages, handed to its check.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Effect, Either } from "effect"
import type { JobStore } from "tickwork"
import { quote, runColumns } from "../migrations/Tables.ts"
import { select } from "../statements/Statements.ts"
import type * as Integrity from "./Integrity.ts"
import type { Findings, Look } from "./Look.ts"
import * as RawRows from "./RawRows.ts"

export const pageSize = 1000

/** Behind which line a page begins: its number, and its id, for a number may be there twice. */
export type Place = readonly [seq: unknown, id: unknown]

export const beginning: Place = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]

const after = (rows: ReadonlyArray<RawRows.Row>, before: Place): Place => {
  const last = rows.at(-1)
  return last === undefined ? before : [last.seq, last.id]
}

/** A page as it was read, and where the next one begins. */
export interface Page {
  readonly rows: ReadonlyArray<RawRows.Row>
  readonly end: Place
  readonly isLast: boolean
}

export const text = ({ dialect, names }: Pick<Look, "dialect" | "names">, isBounded: boolean): string =>
  dialect.render(`SELECT id, ${select(runColumns)} FROM ${quote(names.run)}
    WHERE job_name = ? AND key = ? AND seq >= ? AND (seq > ? OR id > ?) ${isBounded ? "AND seq < ?" : ""}
    ORDER BY seq, id LIMIT ${pageSize}`)

/** The page behind a place; of lines before a number, where one is given. */
export const page = (
  look: Look,
  { jobName, key }: JobStore.Ref,
  place: Place,
  before: number | null = null
): Effect.Effect<Page, SqlError.SqlError> => {
  const [seq, id] = place
  const parameters = [jobName, key, seq, seq, id, ...(before === null ? [] : [before])]
  return Effect.map(look.read(text(look, before !== null), parameters), (rows) => ({
    rows,
    end: after(rows, place),
    isLast: rows.length < pageSize
  }))
}

/** Hands a page to the check of its instance; answers what is wrong with each line by itself. */
export const take = (
  { names }: Look,
  { jobName, key }: JobStore.Ref,
  check: Integrity.Check,
  { rows }: Pick<Page, "rows">
): Findings => {
  const findings: Array<Integrity.Finding> = []
  for (const row of rows) {
    const number = Number(row.seq)
    const seq = Number.isInteger(number) ? number : null
    const line = RawRows.lineOf(row, { table: names.run, jobName, key, seq })
    if (Either.isRight(line)) findings.push(...check.line(line.right))
    else {
      check.unreadableLine(seq)
      findings.push(line.left)
    }
  }
  return findings
}
