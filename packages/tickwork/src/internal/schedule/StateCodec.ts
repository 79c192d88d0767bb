/**
 * A codec over the runtime values that the state of Effect's own schedules is made of.
 *
 * Plain JSON stays plain JSON; everything else becomes `{ "$": tag, "v": … }`. It never guesses: a value that
 * cannot be carried (a function, a class instance, a cycle) is refused with the path at which it stands.
 *
 * @since 0.1.0
 */
import { Cause, Chunk, Data, Duration, Either, Exit, FiberId, Function as Fn, Option, Predicate } from "effect"
import type { Json } from "../../CadenceState.ts"

/**
 * Says where a state holds something that no store can keep, and what stands there.
 *
 * @since 0.1.0
 * @category models
 */
export class Unstorable extends Data.Class<{ readonly path: string; readonly found: string }> {}

/** One kind of value: how to recognise it, the plainer value that is stored for it, and how to make it of that. */
interface Kind {
  readonly is: (value: unknown) => boolean
  readonly plainOf: (value: never) => unknown
  readonly make: (plain: never) => unknown
}

const kind = <A, Plain>(
  is: (value: unknown) => value is A,
  plainOf: (value: A) => Plain,
  make: (plain: Plain) => unknown
): Kind => ({ is, plainOf, make })

const causeOf = (failures: ReadonlyArray<unknown>, defects: ReadonlyArray<unknown>, isInterrupted: boolean) =>
  [
    ...failures.map(Cause.fail),
    ...defects.map(Cause.die),
    ...(isInterrupted ? [Cause.interrupt(FiberId.none)] : [])
  ].reduce<Cause.Cause<unknown>>(Cause.sequential, Cause.empty)

const kinds = new Map<unknown, Kind>(
  Object.entries({
    undefined: kind(Predicate.isUndefined, Fn.constNull, Fn.constUndefined),
    // those that JSON does not know: others stay as they are
    number: kind(Predicate.isNumber, (number) => (Object.is(number, -0) ? "-0" : String(number)), Number),
    Option: kind(
      Option.isOption,
      (option): { readonly value?: unknown } => (Option.isSome(option) ? { value: option.value } : {}),
      (fields) => ("value" in fields ? Option.some(fields.value) : Option.none())
    ),
    Either: kind(
      Either.isEither,
      (either): { readonly left: unknown } | { readonly right: unknown } =>
        Either.isLeft(either) ? { left: either.left } : { right: either.right },
      (fields) => ("left" in fields ? Either.left(fields.left) : Either.right(fields.right))
    ),
    Exit: kind(
      Exit.isExit,
      (exit): { readonly value?: unknown; readonly cause?: Cause.Cause<unknown> } =>
        Exit.isSuccess(exit) ? { value: exit.value } : { cause: exit.cause },
      ({ cause, value }) => (cause === undefined ? Exit.succeed(value) : Exit.failCause(cause))
    ),
    Cause: kind(
      Cause.isCause,
      (cause) => ({
        failures: Chunk.toArray(Cause.failures(cause)),
        defects: Chunk.toArray(Cause.defects(cause)),
        isInterrupted: Cause.isInterrupted(cause)
      }),
      ({ defects, failures, isInterrupted }) => causeOf(failures, defects, isInterrupted)
    ),
    Duration: kind(
      Duration.isDuration,
      Duration.match({ onMillis: (millis): number | string => millis, onNanos: String }),
      (plain) => (typeof plain === "string" ? Duration.nanos(BigInt(plain)) : Duration.millis(plain))
    ),
    Chunk: kind(Chunk.isChunk, Chunk.toArray, Chunk.fromIterable)
  })
)

/** A subclass would come back without what it adds. */
const isArray = (value: object): value is ReadonlyArray<unknown> => Object.getPrototypeOf(value) === Array.prototype

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
  if (value.constructor === Object) return "an object with a prototype of its own"
  return `an instance of ${value.constructor?.name || "an unnamed class"}`
}

const encoder = () => {
  const open = new Set<object>()
  const object = (value: object, path: string): Json => {
    if (open.has(value)) throw new Unstorable({ path, found: "a cycle" })
    open.add(value)
    const json = structure(value, path)
    open.delete(value)
    return json
  }
  const structure = (value: object, path: string): Json => {
    if (isArray(value)) return Array.from(value, (item, index) => encode(item, `${path}[${index}]`))
    if (!isPlain(value)) return tagged(value, path)
    const fields = Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, encode(field, `${path}.${name}`)])
    )
    return "$" in fields ? { $: "object", v: fields } : fields
  }
  const tagged = (value: unknown, path: string): Json => {
    for (const [tag, { is, plainOf }] of kinds)
      if (is(value)) return { $: tag as string, v: encode(plainOf(value as never), path) }
    throw new Unstorable({ path, found: nameOf(value) })
  }
  const encode = (value: unknown, path: string): Json => {
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
  } catch (refused) {
    if (refused instanceof Unstorable) return Either.left(refused)
    throw refused
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
export const decode = (json: Json): unknown => {
  if (json === null || typeof json !== "object") return json
  if (Array.isArray(json)) return json.map(decode)
  const record = json as { readonly [key: string]: Json }
  const kind = kinds.get(record.$)
  if (kind !== undefined) return kind.make(decode(record.v as Json) as never)
  const fields = record.$ === "object" ? (record.v as { readonly [key: string]: Json }) : record
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, decode(field)]))
}
