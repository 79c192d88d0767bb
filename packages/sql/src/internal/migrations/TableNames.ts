/**
 * Which prefixes and schemas the names of the tables may have, by one rule for both databases: PostgreSQL cuts a longer
 * name without an error, and does not find it again.
 *
 * @internal
 */
import { Effect } from "effect"
import { DatabaseError } from "../../DatabaseError.ts"
import * as Dialect from "../statements/Dialect.ts"
import * as Migrations from "./Migrations.ts"
import * as Tables from "./Tables.ts"

/** In bytes. */
const longestName = 63

const unprefixed = Tables.names("", "")

const created = /^CREATE (?:UNIQUE )?(?:TABLE|INDEX|VIEW) "([^"]+)"/

/** Every table, index and view that the migrations create. */
const all: ReadonlyArray<string> = [
  unprefixed.migrations,
  ...Migrations.all.flatMap(({ statements }) =>
    statements(unprefixed, Dialect.pg).flatMap((statement) => created.exec(statement)?.[1] ?? [])
  )
]

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** The longest prefix in bytes. */
export const longestPrefix: number = longestName - Math.max(...all.map(bytesOf))

const faultOf = (what: string, text: string, longest: number): string | null => {
  if (text.includes("\u0000")) return `${what} must not hold the character U+0000`
  if (/\p{Cs}/u.test(text)) return `${what} must be well-formed Unicode`
  const bytes = bytesOf(text)
  return bytes > longest ? `${what} must be at most ${longest} bytes long, got ${bytes}` : null
}

export interface Chosen {
  readonly prefix?: string | undefined
  readonly schema?: string | undefined
}

const fault = ({ prefix = "", schema }: Chosen): string | null => {
  if (/^sqlite_/i.test(prefix)) return "the prefix must not begin with sqlite_, which SQLite reserves"
  if (schema === "") return "the schema must not be empty"
  return faultOf("the prefix", prefix, longestPrefix) ?? faultOf("the schema", schema ?? "", longestName)
}

/** Fails where the tables cannot be named so. */
export const check = (chosen: Chosen, database: string): Effect.Effect<void, DatabaseError> =>
  Effect.suspend(() => {
    const detail = fault(chosen)
    return detail === null ? Effect.void : new DatabaseError({ database, reason: "invalid option", detail })
  })
