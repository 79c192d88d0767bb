/**
 * Rows as they are stored, read with suspicion: what does not say what it should is told, and never a defect.
 *
 * @internal
 */
import { Either, ParseResult, Schema } from "effect"
import { Control, Integrity, JobRun, JobState } from "tickwork"
import { fieldsOf, integerColumns, jsonColumns } from "../Tables.ts"

export type Row = Readonly<Record<string, unknown>>

/** What a row says, or what is wrong with it. */
export type Read<A> = Either.Either<A, Integrity.Finding>

export interface Place extends Integrity.Where {
  readonly table: string
}

const integers = new Set<string>(fieldsOf(integerColumns))

const columnOf = (field: PropertyKey): string =>
  String(field).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const shown = (stored: unknown): unknown => (typeof stored === "bigint" ? String(stored) : stored)

const unreadable = (place: Place, column: string, stored: unknown, reason: string): Integrity.Finding =>
  Integrity.make("value-cannot-be-read", place, { table: place.table, column, stored: shown(stored), reason })

const isInteger = (value: unknown): boolean =>
  typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value))

/** PostgreSQL's integers come as text, or as the client of the application wants them. */
const integerOf = (value: unknown): unknown =>
  isInteger(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value

const parse = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: () => JSON.parse(text) as unknown, catch: () => "it is no JSON" })

/** One line's cadence is mostly that of the line before. */
const remembering = () => {
  let last = "null"
  let parsed = parse(last)
  return (text: string) => {
    if (text !== last) {
      parsed = parse(text)
      last = text
    }
    return parsed
  }
}

const parsers = new Map<string, typeof parse>(jsonColumns.map((column) => [column, remembering()]))

/** What a row says, in its place: it is fresh, and nobody else's. */
const valuesOf = (row: Row, place: Place): Read<Row> => {
  const values = row as Record<string, unknown>
  for (const field in values) {
    const value = values[field]
    if (value === null || typeof value === "number") continue
    const parser = parsers.get(field)
    if (parser !== undefined && typeof value === "string") {
      const parsed = parser(value)
      if (Either.isLeft(parsed)) return Either.left(unreadable(place, columnOf(field), value, parsed.left))
      values[field] = parsed.right
    } else if (integers.has(field)) values[field] = integerOf(value)
  }
  return Either.right(values)
}

const decoder = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (row: Row, place: Place): Read<A> =>
    Either.flatMap(valuesOf(row, place), (values) =>
      Either.mapLeft(decode(values), (error) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
        const field = issue?.path[0] ?? ""
        return unreadable(place, columnOf(field), row[String(field)], issue?.message ?? error.message)
      })
    )
}

export const stateOf = decoder(JobState.JobState)
export const lineOf = decoder(JobRun.JobRun)

const Asked = Schema.Struct({
  id: Schema.Int,
  doneAt: Schema.NullOr(Schema.Int),
  ...Control.Request.fields
})

export const requestOf = decoder(Asked)

/** The state that a baseline holds. */
export const baselineOf = (row: Row, place: Place): Read<JobState.JobState> =>
  Either.flatMap(
    Either.mapLeft(parse(String(row.state)), (reason) => unreadable(place, "state", row.state, reason)),
    (state) =>
      typeof state === "object" && state !== null
        ? Either.mapLeft(stateOf({ ...state, jobName: row.jobName, key: row.key }, place), (finding) =>
            unreadable(place, "state", row.state, String(finding.found.reason))
          )
        : Either.left(unreadable(place, "state", row.state, "it is no object"))
  )
