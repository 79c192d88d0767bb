/**
 * A codec over the runtime values that the state of an Effect `Schedule` is made of.
 *
 * Plain JSON stays plain JSON; everything else becomes `{ "$": tag, "v": … }`. It never guesses: a value that
 * cannot be carried (a function, a class instance, a cycle) is refused with the path at which it stands.
 *
 * @since 0.1.0
 */
import {
  BigDecimal,
  Cause,
  Chunk,
  Data,
  DateTime,
  Duration,
  Either,
  Exit,
  FiberId,
  HashMap,
  HashSet,
  List,
  Option
} from "effect"
import type { Json } from "../../CadenceState.ts"

/**
 * Says where a state holds something that no store can keep, and what stands there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unstorable {
  readonly path: string
  readonly found: string
}

type Encode = (value: unknown, path: string) => Json
type Decode = (json: Json) => unknown

/** One kind of value: how to recognise, write and read it. */
interface Kind {
  readonly tag: string
  readonly is: (value: unknown) => boolean
  readonly write: (value: never, encode: Encode, path: string) => Json
  readonly read: (json: never, decode: Decode) => unknown
}

const kind = <A, J extends Json>(
  tag: string,
  is: (value: unknown) => boolean,
  write: (value: A, encode: Encode, path: string) => J,
  read: (json: J, decode: Decode) => unknown
): Kind => ({ tag, is, write, read })

const list = (values: Iterable<unknown>, encode: Encode, path: string): ReadonlyArray<Json> =>
  Array.from(values, (value, index) => encode(value, `${path}[${index}]`))

const pairs = (values: Iterable<readonly [unknown, unknown]>, encode: Encode, path: string) =>
  Array.from(values, ([key, value], index) => [encode(key, `${path}.key${index}`), encode(value, `${path}.${index}`)])

const readPairs = (json: ReadonlyArray<ReadonlyArray<Json>>, decode: Decode) =>
  json.map(([key, value]) => [decode(key ?? null), decode(value ?? null)] as const)

/** A subclass would come back without what it adds. */
const isOf = (constructor: { readonly prototype: object }, value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === constructor.prototype

const kinds: ReadonlyArray<Kind> = [
  kind<undefined, null>(
    "undefined",
    (value) => value === undefined,
    () => null,
    () => undefined
  ),
  kind<number, string>(
    "number",
    (value) => typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)),
    (value) => (Object.is(value, -0) ? "-0" : String(value)),
    Number
  ),
  kind<bigint, string>("bigint", (value) => typeof value === "bigint", String, BigInt),
  kind<Option.Option<unknown>, ReadonlyArray<Json>>(
    "Option",
    Option.isOption,
    (value, encode, path) => Option.match(value, { onNone: () => [], onSome: (a) => [encode(a, `${path}.value`)] }),
    (json, decode) => (json.length === 0 ? Option.none() : Option.some(decode(json[0] as Json)))
  ),
  kind<Either.Either<unknown, unknown>, readonly [boolean, Json]>(
    "Either",
    Either.isEither,
    (value, encode, path) =>
      Either.isRight(value)
        ? [true, encode(value.right, `${path}.right`)]
        : [false, encode(value.left, `${path}.left`)],
    ([right, json], decode) => (right ? Either.right(decode(json)) : Either.left(decode(json)))
  ),
  kind<Exit.Exit<unknown, unknown>, readonly [boolean, Json]>(
    "Exit",
    Exit.isExit,
    (value, encode, path) =>
      Exit.isSuccess(value)
        ? [true, encode(value.value, `${path}.value`)]
        : [false, encode(value.cause, `${path}.cause`)],
    ([success, json], decode) =>
      success ? Exit.succeed(decode(json)) : Exit.failCause(decode(json) as Cause.Cause<unknown>)
  ),
  kind<Cause.Cause<unknown>, ReadonlyArray<Json>>(
    "Cause",
    Cause.isCause,
    (value, encode, path) => [
      list(Cause.failures(value), encode, `${path}.failures`),
      list(Cause.defects(value), encode, `${path}.defects`),
      Cause.isInterrupted(value)
    ],
    ([failures, defects, interrupted], decode) => {
      const causes: Array<Cause.Cause<unknown>> = [
        ...(failures as ReadonlyArray<Json>).map((json) => Cause.fail(decode(json))),
        ...(defects as ReadonlyArray<Json>).map((json) => Cause.die(decode(json)))
      ]
      if (interrupted === true) causes.push(Cause.interrupt(FiberId.none))
      return causes.reduce<Cause.Cause<unknown>>(Cause.sequential, Cause.empty)
    }
  ),
  kind<Duration.Duration, ReadonlyArray<Json>>(
    "Duration",
    Duration.isDuration,
    (value) =>
      Duration.match(value, {
        onMillis: (millis): ReadonlyArray<Json> => (Number.isFinite(millis) ? [millis] : []),
        onNanos: (nanos) => [String(nanos)]
      }),
    ([value]) =>
      value === undefined
        ? Duration.infinity
        : typeof value === "string"
          ? Duration.nanos(BigInt(value))
          : Duration.millis(value as number)
  ),
  kind<Chunk.Chunk<unknown>, ReadonlyArray<Json>>("Chunk", Chunk.isChunk, list, (json, decode) =>
    Chunk.fromIterable(json.map(decode))
  ),
  kind<List.List<unknown>, ReadonlyArray<Json>>("List", List.isList, list, (json, decode) =>
    List.fromIterable(json.map(decode))
  ),
  kind<HashMap.HashMap<unknown, unknown>, ReadonlyArray<ReadonlyArray<Json>>>(
    "HashMap",
    HashMap.isHashMap,
    pairs,
    (json, decode) => HashMap.fromIterable(readPairs(json, decode))
  ),
  kind<HashSet.HashSet<unknown>, ReadonlyArray<Json>>("HashSet", HashSet.isHashSet, list, (json, decode) =>
    HashSet.fromIterable(json.map(decode))
  ),
  kind<DateTime.DateTime, number | string>(
    "DateTime",
    DateTime.isDateTime,
    (value) => (DateTime.isZoned(value) ? DateTime.formatIsoZoned(value) : value.epochMillis),
    (json) =>
      typeof json === "number" ? DateTime.unsafeMake(json) : Option.getOrThrow(DateTime.makeZonedFromString(json))
  ),
  kind<BigDecimal.BigDecimal, string>(
    "BigDecimal",
    BigDecimal.isBigDecimal,
    BigDecimal.format,
    BigDecimal.unsafeFromString
  ),
  kind<Date, number>(
    "Date",
    (value) => isOf(Date, value),
    (value) => value.getTime(),
    (json) => new Date(json ?? Number.NaN)
  ),
  kind<Map<unknown, unknown>, ReadonlyArray<ReadonlyArray<Json>>>(
    "Map",
    (value) => isOf(Map, value),
    pairs,
    (json, decode) => new Map(readPairs(json, decode))
  ),
  kind<Set<unknown>, ReadonlyArray<Json>>(
    "Set",
    (value) => isOf(Set, value),
    list,
    (json, decode) => new Set(json.map(decode))
  )
]

const readers = new Map(kinds.map((kind) => [kind.tag, kind.read as (json: Json, decode: Decode) => unknown]))

const isPlain = (value: object): value is Record<string, unknown> => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype && Object.getOwnPropertySymbols(value).length === 0
}

const nameOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null) return "an object without a prototype"
  if (prototype === Object.prototype) return "an object with symbols for keys"
  if (prototype === Object.getPrototypeOf(Data.struct({}))) return "what Data.struct or Data.case makes"
  if (prototype === Object.getPrototypeOf(Data.array([]))) return "what Data.array or Data.tuple makes"
  return `an instance of ${value.constructor?.name || "an unnamed class"}`
}

class Refusal {
  readonly unstorable: Unstorable
  constructor(path: string, found: string) {
    this.unstorable = { path, found }
  }
}

const encoder = (): Encode => {
  const open = new Set<object>()
  const object = (value: object, path: string): Json => {
    if (open.has(value)) throw new Refusal(path, "a cycle")
    open.add(value)
    const json = structure(value, path)
    open.delete(value)
    return json
  }
  const structure = (value: object, path: string): Json => {
    if (isOf(Array, value)) return list(value as ReadonlyArray<unknown>, encode, path)
    if (!isPlain(value)) return tagged(value, path)
    const fields = Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, encode(field, `${path}.${name}`)])
    )
    return "$" in fields ? { $: "object", v: fields } : fields
  }
  const tagged = (value: unknown, path: string): Json => {
    const kind = kinds.find((kind) => kind.is(value))
    if (kind === undefined) throw new Refusal(path, nameOf(value))
    return { $: kind.tag, v: kind.write(value as never, encode, path) }
  }
  const encode: Encode = (value, path) => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value
    if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return value
    return typeof value === "object" ? object(value, path) : tagged(value, path)
  }
  return encode
}

/**
 * Turns the state of a schedule into JSON, or says what stands in the way.
 *
 * @example
 * ```ts
 * import { Either, Option } from "effect"
 * import * as StateCodec from "./StateCodec.ts"
 *
 * const stored = Either.getOrThrow(StateCodec.encode([Option.some(1), Infinity]))
 * console.assert(JSON.stringify(StateCodec.decode(stored)) === JSON.stringify([Option.some(1), Infinity]))
 *
 * const refused = StateCodec.encode({ next: () => 1 })
 * console.assert(Either.isLeft(refused) && refused.left.path === "state.next")
 * ```
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (state: unknown): Either.Either<Json, Unstorable> => {
  try {
    return Either.right(encoder()(state, "state"))
  } catch (refusal) {
    if (refusal instanceof Refusal) return Either.left(refusal.unstorable)
    throw refusal
  }
}

/**
 * Reads what {@link encode} wrote.
 *
 * @example
 * ```ts
 * import { Duration, Either } from "effect"
 * import * as StateCodec from "./StateCodec.ts"
 *
 * const stored = Either.getOrThrow(StateCodec.encode(Duration.seconds(5)))
 * console.assert(Duration.toSeconds(StateCodec.decode(stored) as Duration.Duration) === 5)
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode: Decode = (json) => {
  if (json === null || typeof json !== "object") return json
  if (Array.isArray(json)) return json.map(decode)
  const record = json as { readonly [key: string]: Json }
  const read = typeof record.$ === "string" ? readers.get(record.$) : undefined
  if (read !== undefined) return read(record.v as Json, decode)
  const fields = record.$ === "object" ? (record.v as { readonly [key: string]: Json }) : record
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, decode(field)]))
}
