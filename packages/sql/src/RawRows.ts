/**
 * Rows as they are stored, read with suspicion: what does not say what it should is told, and never a defect.
 *
 * @internal
 */
import { Either, ParseResult, Schema } from "effect"
import { Integrity, JobRun, JobState, Kept } from "tickwork"
import { fieldsOf, integerColumns, jsonColumns } from "./Tables.ts"

export type Row = Readonly<Record<string, unknown>>

/** What a row says, or what is wrong with it. */
export type Read<A> = Either.Either<A, Integrity.Finding>

export interface Place extends Integrity.Where {
  readonly table: string
}

const json = new Set<string>(jsonColumns)
const integers = new Set<string>(fieldsOf(integerColumns))

const columnOf = (field: PropertyKey): string =>
  String(field).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const unreadable = (place: Place, column: string, stored: unknown, reason: string): Integrity.Finding =>
  Integrity.make("value-cannot-be-read", place, { table: place.table, column, stored, reason })

/** PostgreSQL's integers come as text. */
const integerOf = (value: unknown): unknown =>
  typeof value === "string" && /^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value

const parsedJson = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: () => JSON.parse(text) as unknown, catch: () => "it is no JSON" })

const valuesOf = (row: Row, place: Place): Read<Record<string, unknown>> => {
  const values: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(row)) {
    if (json.has(field) && typeof value === "string") {
      const parsed = parsedJson(value)
      if (Either.isLeft(parsed)) return Either.left(unreadable(place, columnOf(field), value, parsed.left))
      values[field] = parsed.right
    } else values[field] = integers.has(field) ? integerOf(value) : value
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
  verb: Schema.Literal("pause", "resume", "trigger", "cancel", "enqueue", "forget"),
  jobName: Schema.String,
  key: Schema.String,
  at: Schema.Int,
  by: Schema.String,
  why: Schema.String,
  dueAt: Schema.NullOr(Schema.Int),
  payload: Schema.NullOr(Kept.Kept)
})

export const requestOf = decoder(Asked)

/** The state that a baseline holds. */
export const baselineOf = (row: Row, place: Place): Read<JobState.JobState> =>
  Either.flatMap(
    Either.mapLeft(parsedJson(String(row.state)), (reason) => unreadable(place, "state", row.state, reason)),
    (state) =>
      typeof state === "object" && state !== null
        ? Either.mapLeft(stateOf({ ...state, jobName: row.jobName, key: row.key }, place), (finding) =>
            unreadable(place, "state", row.state, String(finding.found.reason))
          )
        : Either.left(unreadable(place, "state", row.state, "it is no object"))
  )
