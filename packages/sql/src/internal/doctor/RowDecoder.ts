/**
 * Decodes rows that may hold anything: a value that its column cannot hold is a finding, never a defect.
 *
 * @internal
 */
import { Either, ParseResult, Schema } from "effect"
import { Control, JobState, type JobStore, LogEntry } from "tickwork"
import { fieldsOf, otherColumnOf, stateColumnOf } from "../migrations/Tables.ts"
import { isInRange, nested, parseJson } from "../statements/Decode.ts"
import * as Finding from "./Finding.ts"

export type Row = Readonly<Record<string, unknown>>

/** What a row holds, or what is wrong with it. */
export type Read<A> = Either.Either<A, Finding.Finding>

export interface Location extends Finding.Location {
  readonly table: string
}

const integers = fieldsOf("integer")

const json = fieldsOf("json")

const unreadable = (
  { table, ...location }: Location,
  field: string,
  stored: unknown,
  reason: string
): Finding.Finding => {
  const columnOf = table.endsWith("job_state") ? stateColumnOf : otherColumnOf
  const column = columnOf.get(field)?.name ?? field
  const shown = typeof stored === "bigint" ? String(stored) : stored
  return Finding.make("unreadable-value", location, { table, column, stored: shown, reason })
}

const parse = (text: string): Either.Either<unknown, string> => {
  const parsed = parseJson(text)
  return "fault" in parsed ? Either.left(`it ${parsed.fault}`) : Either.right(parsed.value)
}

/** PostgreSQL's integers come as text, or as the application has configured its client. */
const integerOf = (value: unknown): unknown => {
  const isInteger = typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value))
  return isInteger && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const valuesOf = (row: Row, location: Location): Read<Row> => {
  const values: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(row)) {
    if (json.has(field) && value instanceof Uint8Array)
      return Either.left(unreadable(location, field, value, "it is not JSON"))
    if (json.has(field) && typeof value === "string") {
      const parsed = parse(value)
      if (Either.isLeft(parsed)) return Either.left(unreadable(location, field, value, parsed.left))
      values[field] = parsed.right
    } else if (integers.has(field)) {
      const integer = integerOf(value)
      if (typeof integer === "number" && Number.isInteger(integer) && !isInRange(integer))
        return Either.left(unreadable(location, field, value, "it is out of range"))
      values[field] = integer
    } else values[field] = value
  }
  return Either.right(values)
}

const decoder = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema, { exact: true })
  return (values: Row, location: Location): Read<A> =>
    Either.mapLeft(decode(nested({ ...values })), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      const [first = "", second] = (issue?.path ?? []).map(String)
      const field = `${first}.${second}` in values ? `${first}.${second}` : first
      return unreadable(location, field, values[field], issue?.message ?? error.message)
    })
}

const reader = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = decoder(schema)
  return (row: Row, location: Location): Read<A> =>
    Either.flatMap(valuesOf(row, location), (values) => decode(values, location))
}

export const entryOf: (row: Row, location: Location) => Read<LogEntry.LogEntry> = reader(LogEntry.LogEntry)

export const stateOf: (row: Row, location: Location) => Read<JobState.JobState> = reader(JobState.JobState)

export const requestOf: (row: Row, location: Location) => Read<Control.StoredRequest> = reader(
  Schema.Struct({ id: Schema.Int, doneAt: Schema.NullOr(Schema.Int), ...Control.Request.fields })
)

/** A row of `job_definition`. */
export const definitionOf: (row: Row, location: Location) => Read<JobStore.StoredDefinition> = reader(
  Schema.Struct({
    id: Schema.Int,
    jobName: Schema.String,
    version: Schema.Int,
    definition: Schema.String,
    renamedFrom: Schema.String
  })
)

/** A row of `job_process`. */
export const processOf: (row: Row, location: Location) => Read<JobStore.Process> = reader(
  Schema.Struct({
    id: Schema.Int,
    owner: Schema.String,
    beat: Schema.Int,
    at: Schema.Int,
    everyMs: Schema.Int,
    definitions: Schema.Array(Schema.Int)
  })
)

/** The state that a row of `job_baseline` holds as JSON. */
export const baselineOf = ({ jobName, key, seq, state }: Row, location: Location): Read<JobState.JobState> => {
  const fail = (reason: string) => unreadable(location, "state", state, reason)
  return Either.mapLeft(parse(String(state)), fail).pipe(
    Either.filterOrLeft(
      (parsed) => typeof parsed === "object" && parsed !== null,
      () => fail("it is not an object")
    ),
    Either.flatMap((parsed) =>
      Either.mapLeft(stateOf({ ...parsed, jobName, key }, location), ({ found }) => fail(String(found.reason)))
    ),
    Either.filterOrLeft(
      (state) => state.seq === Number(seq),
      (state) => unreadable(location, "seq", seq, `the state in its row is that of entry ${state.seq}`)
    )
  )
}
