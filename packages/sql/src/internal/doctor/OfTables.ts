/**
 * What is wrong with the file, with its tables and with what is known of their making.
 *
 * It looks at no row of a job.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Effect } from "effect"
import * as Integrity from "./Integrity.ts"
import { type Findings, type Look, nowhere } from "./Look.ts"
import * as Shape from "./Shape.ts"

const columnsOf = ({ dialect, read }: Look, table: string) =>
  Effect.map(
    dialect.name === "sqlite"
      ? read("SELECT name FROM pragma_table_info(?)", [table])
      : read(
          `SELECT a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped`,
          [table]
        ),
    (rows) => new Set(rows.map(({ name }) => String(name)))
  )

/** The indexes of a table, each with its columns in their order and whether it is unique. */
const indexesOf = ({ dialect, read }: Look, table: string) =>
  Effect.map(
    dialect.name === "sqlite"
      ? read(
          `SELECT l.name AS name, l."unique" AS "isUnique", i.name AS "column"
            FROM pragma_index_list(?) l, pragma_index_info(l.name) i ORDER BY l.name, i.seqno`,
          [table]
        )
      : read(
          `SELECT c.relname AS name, i.indisunique AS "isUnique", a.attname AS "column"
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid,
              unnest(i.indkey) WITH ORDINALITY k (number, place), pg_attribute a
            WHERE t.relname = $1 AND pg_table_is_visible(t.oid) AND i.indisvalid
              AND a.attrelid = t.oid AND a.attnum = k.number ORDER BY c.relname, k.place`,
          [table]
        ),
    (rows) => {
      const found = new Map<string, string>()
      for (const { column, isUnique, name } of rows) {
        const before = found.get(String(name)) ?? (isUnique === true || Number(isUnique) === 1 ? "unique" : "")
        found.set(String(name), `${before} ${column}`)
      }
      return found
    }
  )

/** What is missing of the tables, and which of them can be read: one with a column less is not looked at. */
export const shape = (look: Look) =>
  Effect.gen(function* () {
    const findings: Array<Integrity.Finding> = []
    const whole = new Set<string>()
    for (const [table, columns] of Shape.tables(look.names)) {
      const found = yield* columnsOf(look, table)
      const missing = columns.filter((column) => !found.has(column))
      if (missing.length === 0) whole.add(table)
      else if (found.size === 0) findings.push(Integrity.make("table-is-missing", nowhere, { table }))
      else {
        for (const column of missing) findings.push(Integrity.make("column-is-missing", nowhere, { table, column }))
      }
    }
    for (const table of whole) {
      const there = yield* indexesOf(look, table)
      for (const { columns, condition, isUnique, name } of Shape.indexes(look.names)[table] ?? []) {
        const found = there.get(name)
        if (found === [isUnique ? "unique" : "", ...columns].join(" ")) continue
        const facts = {
          index: name,
          table,
          columns: columns.join(", "),
          isUnique,
          condition,
          isThere: found !== undefined
        }
        findings.push(Integrity.make("index-is-missing", nowhere, facts))
      }
    }
    return { findings, whole }
  })

/** What SQLite finds wrong with its file. */
export const file = ({ dialect, read }: Look): Effect.Effect<Findings, SqlError.SqlError> =>
  dialect.name !== "sqlite"
    ? Effect.succeed([])
    : Effect.map(read("PRAGMA quick_check(10)"), (rows) =>
        rows.flatMap((row) => {
          const message = String(Object.values(row)[0])
          return message === "ok" ? [] : [Integrity.make("file-is-damaged", nowhere, { message })]
        })
      )
