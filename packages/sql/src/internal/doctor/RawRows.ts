/**
 * Rows as they are stored, read with suspicion: what does not say what it should is told, and never a defect.
 *
 * @internal
 */
import { Either, ParseResult, Schema } from "effect"
import { Control, JobState, LogEntry } from "tickwork"
import { fieldsOf, integerColumns, jsonColumns } from "../migrations/Tables.ts"
import * as Integrity from "./Integrity.ts"

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

/** What values say, where they are those of a Schema. */
const decoder = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (values: Row, place: Place): Read<A> =>
    Either.mapLeft(decode(values), (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      const field = issue?.path[0] ?? ""
      return unreadable(place, columnOf(field), values[String(field)], issue?.message ?? error.message)
    })
}

const reader =
  <A>(decode: (values: Row, place: Place) => Read<A>) =>
  (row: Row, place: Place): Read<A> =>
    Either.flatMap(valuesOf(row, place), (values) => decode(values, place))

const { status: statuses, trigger: triggers } = LogEntry.LogEntry.fields
const [isStatus, isTrigger] = [new Set<unknown>(statuses.literals), new Set<unknown>(triggers.literals)]

const isInstant = (value: unknown): boolean => Number.isSafeInteger(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0
const isText = (value: unknown): boolean => typeof value === "string"
const isNull = (value: unknown): boolean => value === null
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value)

/** What the fields of most lines are. */
const plain: ReadonlyArray<
  readonly [field: Exclude<keyof LogEntry.LogEntry, "cadence">, is: (value: unknown) => boolean]
> = [
  ["jobName", isText],
  ["key", isText],
  ["seq", isCount],
  ["status", (value) => isStatus.has(value)],
  ["trigger", (value) => isTrigger.has(value)],
  ["attempt", isCount],
  ["scheduledAt", isInstant],
  ["startedAt", isInstant],
  ["lastAt", isInstant],
  ["durationMs", (value) => isInstant(value) && Number(value) >= 0],
  ["error", orNull(isText)],
  ["reason", orNull(isText)],
  ["count", isCount],
  ["nextAt", orNull(isInstant)],
  ["nextScheduledAt", orNull(isInstant)],
  ["nextAttempt", isCount],
  ["retry", isNull],
  ["paused", isNull],
  ["manual", isNull],
  ["memory", isNull]
]

/** No row has it for a cadence. */
const none = Symbol()

/**
 * Reads lines that follow on each other. A plain one is known by the types of its fields and by its cadence, which is
 * that of a line before: its Schema would say the same, and take several times as long.
 */
const lines = (): ((values: Row, place: Place) => Read<LogEntry.LogEntry>) => {
  const decode = decoder(LogEntry.LogEntry)
  let known: unknown = none
  return (values, place) => {
    const { cadence } = values
    if (cadence === known && plain.every(([field, is]) => is(values[field]))) {
      return Either.right(values as unknown as LogEntry.LogEntry)
    }
    const line = decode(values, place)
    if (Either.isRight(line)) known = cadence
    return line
  }
}

export const lineOf = reader(lines())

const stateIn = decoder(JobState.JobState)

export const stateOf: (row: Row, place: Place) => Read<JobState.JobState> = reader(stateIn)

const Asked = Schema.Struct({
  id: Schema.Int,
  doneAt: Schema.NullOr(Schema.Int),
  ...Control.Request.fields
})

export const requestOf: (row: Row, place: Place) => Read<Control.StoredRequest> = reader(decoder(Asked))

/** The state that a baseline holds. */
export const baselineOf = (row: Row, place: Place): Read<JobState.JobState> =>
  Either.flatMap(
    Either.mapLeft(parse(String(row.state)), (reason) => unreadable(place, "state", row.state, reason)),
    (state) =>
      typeof state === "object" && state !== null
        ? Either.mapLeft(stateIn({ ...state, jobName: row.jobName, key: row.key }, place), (finding) =>
            unreadable(place, "state", row.state, String(finding.found.reason))
          )
        : Either.left(unreadable(place, "state", row.state, "it is no object"))
  )
