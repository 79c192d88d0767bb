/**
 * Finds rows of the definitions and of the processes that cannot be read.
 *
 * @internal
 */
import { Effect, Either, Option, Stream } from "effect"
import { type Columns, definitionColumns, processColumns, qualify } from "../migrations/Tables.ts"
import { nameOf } from "../statements/Decode.ts"
import { select } from "../statements/Statements.ts"
import type { Finding } from "./Finding.ts"
import * as Reader from "./Reader.ts"
import * as RowDecoder from "./RowDecoder.ts"

const rowsPerPage = 1000

const unreadable = (
  reader: Reader.Reader,
  table: string,
  columns: Columns,
  decode: (row: RowDecoder.Row, location: RowDecoder.Location) => RowDecoder.Read<unknown>
): Reader.Findings => {
  const text = `SELECT id, ${select(columns)} FROM ${qualify(reader.names, table)} WHERE id > ? ORDER BY id LIMIT ${rowsPerPage}`
  return Reader.pages<Finding, unknown>(Number.MIN_SAFE_INTEGER, (after) =>
    Effect.map(reader.read(text, [after]), (found) => ({
      rows: found.flatMap((row) => {
        const jobName = "jobName" in row ? nameOf(row.jobName) : null
        return Option.toArray(Either.getLeft(decode(row, { table, jobName, key: null })))
      }),
      next: found.length < rowsPerPage ? null : found.at(-1)?.id
    }))
  )
}

export const all = (reader: Reader.Reader): Reader.Findings =>
  Stream.concat(
    unreadable(reader, reader.names.definition, definitionColumns, RowDecoder.definitionOf),
    unreadable(reader, reader.names.process, processColumns, RowDecoder.processOf)
  )
