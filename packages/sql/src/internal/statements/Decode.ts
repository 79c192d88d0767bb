/**
 * Decodes rows as drivers give them, each by itself: one that cannot be read says why, and stops no other.
 *
 * It knows the columns, and never what a statement means.
 *
 * @internal
 */
import { Schema } from "effect"
import { Control, JobState, LogEntry, Position } from "tickwork"
import {
  type Columns,
  entryColumns,
  logColumns,
  type Named,
  otherColumnOf,
  stateColumnOf,
  stateColumns
} from "../migrations/Tables.ts"

export type Row = Record<string, unknown>

/** The fields of a table, and those of the structs among them, each with the name that it has in a row. */
interface Shape {
  readonly empty: Record<string, unknown>
  readonly plain: ReadonlyArray<string>
  readonly structs: ReadonlyArray<{
    readonly name: string
    readonly empty: Record<string, unknown>
    readonly fields: ReadonlyArray<readonly [name: string, field: string]>
  }>
}

const emptyOf = (names: Iterable<string>): Record<string, unknown> =>
  Object.fromEntries([...names].map((name) => [name, null]))

const shapeOf = (columns: Columns): Shape => {
  const fields = Object.values(columns).map(({ field }) => field)
  const plain = fields.filter((field) => !field.includes("."))
  const structs = [...new Set(fields.flatMap((field) => (field.includes(".") ? [field.split(".")[0] ?? ""] : [])))].map(
    (name) => {
      const own = fields
        .filter((field) => field.startsWith(`${name}.`))
        .map((field) => [field.slice(name.length + 1), field] as const)
      return { name, fields: own, empty: emptyOf(own.map(([inner]) => inner)) }
    }
  )
  return { plain, structs, empty: emptyOf([...plain, ...structs.map(({ name }) => name)]) }
}

const state = shapeOf(stateColumns)
const entry = shapeOf(logColumns)

/**
 * A row whose fields such as `position.nextAt` are those of its position. Each object is a copy of an empty one, since one
 * that grows field by field costs several times the memory.
 */
export const nested = (row: Record<string, unknown>): Record<string, unknown> => {
  if (!("position.cadence" in row)) return row
  const { empty, plain, structs } = isState(row) ? state : entry
  const whole = { ...empty }
  for (const field of plain) whole[field] = row[field]
  for (const { empty, fields, name } of structs) {
    const struct = { ...empty }
    for (const [inner, field] of fields) struct[inner] = row[field]
    whole[name] = struct
  }
  return whole
}

/** JSON that nests deeper than this may overflow the stack where it is written again. */
const deepest = 500

/** True where brackets nest too deeply; those inside of strings do not count. */
const isTooDeep = (text: string): boolean => {
  if (text.length <= deepest) return false
  let depth = 0
  let isInString = false
  // a pattern for strings would overflow its stack on a long one
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === "\\") index += 1
    else if (character === '"') isInString = !isInString
    else if (isInString) continue
    else if (character === "[" || character === "{") depth += 1
    else if (character === "]" || character === "}") depth -= 1
    if (depth > deepest) return true
  }
  return false
}

/** Why a value cannot be read. */
export class Fault {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** What a JSON text holds, or why it cannot be read. */
export const parseJson = (text: string): { readonly value: unknown } | { readonly fault: string } => {
  if (isTooDeep(text)) return { fault: `holds JSON that nests deeper than ${deepest}` }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { fault: "is not JSON" }
  }
}

/** No instant is further from the epoch, and no count is higher. */
const most = 8.64e15

/** True for an integer that can be an instant, in ms since the epoch, or a count. */
export const isInRange = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) <= most

const isAnyCadence = Schema.is(Position.Position.fields.cadence)

/** True for the state of a cadence; most have no optional field, and are known as such much sooner than a schema does. */
const isCadence = (value: any): boolean => {
  const { anchor, definition, seed, state, steps } = value ?? {}
  const isPlain =
    typeof definition === "string" &&
    typeof anchor === "number" &&
    typeof seed === "number" &&
    Number.isSafeInteger(steps) &&
    steps >= 0 &&
    state !== undefined &&
    Object.keys(value).length === 5
  return isPlain || isAnyCadence(value)
}

/** A set answers much sooner than a schema. */
const oneOf = (words: ReadonlyArray<unknown>) => {
  const known = new Set(words)
  return (value: unknown) => known.has(value)
}

/** What a field holds beside its kind. */
const shapes: ReadonlyMap<string, (value: any) => boolean> = new Map(
  Object.entries({
    "position.cadence": (value) => isCadence(value) && isInRange(value.anchor) && Number.isFinite(value.seed),
    "position.retry": Schema.is(Position.Position.fields.retry),
    "position.paused": Schema.is(Position.Position.fields.paused),
    "position.manual": Schema.is(Position.Position.fields.manual),
    memory: Schema.is(JobState.JobState.fields.memory),
    payload: Schema.is(JobState.JobState.fields.payload),
    definitions: Schema.is(Schema.Array(Schema.Int)),
    lastStatus: Schema.is(JobState.JobState.fields.lastStatus),
    lastVerdict: Schema.is(JobState.JobState.fields.lastVerdict),
    "claim.progress": Schema.is(JobState.Claim.fields.progress),
    report: Schema.is(LogEntry.LogEntry.fields.report),
    "claim.trigger": oneOf(LogEntry.LogEntry.fields.trigger.literals),
    status: oneOf(LogEntry.Status.literals),
    verdict: oneOf(LogEntry.Verdict.literals),
    missedBecause: oneOf(LogEntry.MissedBecause.literals),
    trigger: oneOf(LogEntry.LogEntry.fields.trigger.literals),
    verb: oneOf(Control.Verb.literals)
  } satisfies Record<string, (value: any) => boolean>)
)

/** Counts and numbers of attempts and entries. */
const counts = new Set(
  ["totalRuns", "totalErrors", "failures", "seq", "durationMs", "lastDurationMs", "count", "attempt"].concat([
    "position.attempt",
    "claim.token",
    "claim.renewals"
  ])
)

const ofKind = {
  integer: (stored: unknown, field: string): unknown => {
    // PostgreSQL's integers come as text, or as the application has configured its client
    const isText = typeof stored === "bigint" || (typeof stored === "string" && /^-?\d+$/.test(stored))
    const value = isText ? Number(stored) : stored
    if (typeof value !== "number") return new Fault("is not a number")
    const isGood = isInRange(value) || (counts.has(field) && Number.isFinite(value) && value <= most)
    return isGood && (value >= 0 || !counts.has(field)) ? value : new Fault("holds a number out of range")
  },
  json: (stored: unknown): unknown => {
    const isValue = typeof stored === "object" && !(stored instanceof Uint8Array)
    if (typeof stored !== "string") return isValue ? stored : new Fault("is not JSON")
    const parsed = parseJson(stored)
    return "fault" in parsed ? new Fault(parsed.fault) : parsed.value
  },
  text: (stored: unknown): unknown => (typeof stored === "string" ? stored : new Fault("is not a text"))
}

/** More texts or objects than this are not kept to be shared. */
export const mostShared = 1000
const shared = new Map<string, string>()

/** A text of the program that many rows hold: each copy of it would take memory for as long as its row is known. */
const share = (text: string): string => {
  const known = shared.get(text)
  if (known !== undefined) return known
  if (shared.size === mostShared) shared.clear()
  shared.set(text, text)
  return text
}

/** What a field holds, with the texts in it shared. */
const sharingOf: ReadonlyMap<string, (value: any) => unknown> = new Map(
  Object.entries({
    jobName: share,
    "position.cadence": (cadence) => Object.assign(cadence, { definition: share(cadence.definition) })
  } satisfies Record<string, (value: any) => unknown>)
)

/** Reads what a column holds; `null` where it is empty. */
const readerOf = ({ field, isNullable, kind }: Named): ((stored: unknown) => unknown) => {
  const read = ofKind[kind === "prose" ? "text" : kind]
  const sharing = sharingOf.get(field)
  const isGood = shapes.get(field)
  const other = new Fault(kind === "json" ? "holds JSON of another shape" : "holds a word that is unknown here")
  const empty = isNullable ? null : new Fault("is empty")
  return (stored) => {
    if (stored === null) return empty
    const value = read(stored, field)
    if (value instanceof Fault) return value
    if (isGood !== undefined && !isGood(value)) return other
    return sharing === undefined ? value : sharing(value)
  }
}

const isState = (row: Row): boolean => "claim.token" in row

/** How the fields of a result are read: all its rows have the same ones. */
type Readers = ReadonlyArray<readonly [column: Named, read: (stored: unknown) => unknown]>

const readersOf = (columns: ReadonlyMap<string, Named>): ReadonlyMap<string, Readers[number]> =>
  new Map([...columns].map(([field, column]) => [field, [column, readerOf(column)]]))

const ofState = readersOf(stateColumnOf)
const ofOthers = readersOf(otherColumnOf)

const readers = (row: Row): Readers => {
  const known = isState(row) ? ofState : ofOthers
  return Object.keys(row).flatMap((field) => {
    const reader = known.get(field)
    return reader === undefined ? [] : [reader]
  })
}

/** Reads a row in place; answers why it cannot be read. */
const faultOf = (row: Row, readers: Readers): string | null => {
  for (const [{ field, name }, read] of readers) {
    const value = read(row[field])
    if (value instanceof Fault) return `the column "${name}" ${value.reason}`
    row[field] = value
  }
  return null
}

/** A name as text, whatever its column holds. */
export const nameOf = (stored: unknown): string =>
  stored instanceof Uint8Array ? `x'${Buffer.from(stored).toString("hex")}'` : String(stored ?? "")

/** A number that still tells the place of a row among others: SQLite sorts other values after all numbers. */
export const numberOf = (stored: unknown): number => (isInRange(Number(stored)) ? Number(stored) : most)

/** The claim in a row that cannot be read, where its own columns can be; else `null`. */
const claimOf = (row: Row): JobState.Claim | null => {
  const values = Object.keys(JobState.Claim.fields).map((name) => {
    const field = `claim.${name}`
    return [name, ofState.get(field)?.[1](row[field])] as const
  })
  const claim = Object.fromEntries(values)
  const isRead = ["owner", "token", "renewals"].every((name) => !(claim[name] instanceof Fault))
  const known = values.map(([name, value]) => [name, value instanceof Fault ? null : value])
  return isRead ? (Object.fromEntries(known) as JobState.Claim) : null
}

/** What is known of a row that cannot be read; `undefined` where the rest says nothing. */
const rest = (row: Row, unreadable: string): unknown => {
  const ref = { jobName: nameOf(row.jobName), key: nameOf(row.key), unreadable }
  if (isState(row)) return JobState.ofUnreadable({ ...ref, claim: claimOf(row) })
  if ("verb" in row) {
    const empty = { at: 0, by: "", why: "", dueAt: null, payload: null, doneAt: row.doneAt === null ? null : 0 }
    return { verb: "pause", ...ref, ...empty, id: Number(row.id) } satisfies Control.StoredRequest
  }
  if (!("startedAt" in row)) return undefined
  const entry = LogEntry.ofUnreadable({ ...ref, seq: numberOf(row.seq), startedAt: numberOf(row.startedAt) })
  return "position.cadence" in row ? entry : LogEntry.entryOf(entry)
}

/** What is known of a row that cannot be read. */
export const unreadable = (row: Row): unknown => rest(row, faultOf(row, readers(row)) ?? "")

/** How the values of these columns become a row, in their order. */
export const plan = (columns: Columns) => {
  const { empty, structs } = shapeOf(columns)
  const fields = Object.entries(columns).map(([name, column]) => {
    const [first = "", inner] = column.field.split(".")
    const read = readerOf({ ...column, name })
    return { field: column.field, struct: inner === undefined ? null : first, name: inner ?? first, read }
  })
  const blank = (): Record<string, any> => {
    const row: Record<string, any> = { ...empty }
    for (const { empty, name } of structs) row[name] = { ...empty }
    return row
  }
  return { blank, fields }
}

/**
 * Decodes rows of values in the order of these columns: many rows are read much sooner without their names. Those that
 * cannot be read are so marked.
 */
const decoder = <A>(columns: Columns): ((rows: ReadonlyArray<ReadonlyArray<unknown>>) => ReadonlyArray<A>) => {
  const { blank, fields } = plan(columns)
  const whole = (values: ReadonlyArray<unknown>): unknown => {
    const whole = blank()
    for (let index = 0; index < fields.length; index++) {
      const { name, read, struct } = fields[index] as (typeof fields)[number]
      const value = read(values[index])
      if (value instanceof Fault) return undefined
      if (value === null) continue
      if (struct === null) whole[name] = value
      else whole[struct][name] = value
    }
    return whole
  }
  const faulty = (values: ReadonlyArray<unknown>) =>
    unreadable(Object.fromEntries(fields.map(({ field }, index) => [field, values[index]])))
  return (rows) => rows.map((values) => (whole(values) ?? faulty(values)) as A)
}

export const decodeStates = decoder<JobState.JobState>(stateColumns)

export const decodeEntries = decoder<LogEntry.Entry>(entryColumns)

export const decodeLogEntries = decoder<LogEntry.LogEntry>(logColumns)

/**
 * The values of rows, which it changes in place: no other code holds the rows. Those that cannot be read are so marked,
 * or left out where nothing is known of what they are about.
 */
export const decode = <A>(rows: ReadonlyArray<Row>): ReadonlyArray<A> => {
  // one after the other, so that no row is kept beside what it holds
  const all = rows as Array<unknown>
  let kept = 0
  const [first] = rows
  const read = first === undefined ? [] : readers(first)
  for (const row of rows) {
    const fault = faultOf(row, read)
    const value = fault === null ? nested(row) : rest(row, fault)
    if (value !== undefined) all[kept++] = value
  }
  all.length = kept
  return all as ReadonlyArray<unknown> as ReadonlyArray<A>
}
