/**
 * A value of the user's as a store keeps it: a memory or a payload.
 *
 * It turns values into JSON and back through a Schema; it stores nothing itself.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Schema } from "effect"
import type { Json } from "../../CadenceState.ts"
import * as IssueText from "../IssueText.ts"
import * as PlainText from "../PlainText.ts"
import * as StateCodec from "./StateCodec.ts"

/**
 * The stored form: an object around the value, so that a value of `null` differs from no value.
 *
 * @since 0.1.0
 * @category models
 */
export const EncodedValue = Schema.Struct({ value: Schema.Unknown as unknown as Schema.Schema<Json> })

/**
 * @since 0.1.0
 * @category models
 */
export interface EncodedValue extends Schema.Schema.Type<typeof EncodedValue> {}

/** Short enough to leave room for the cure in what a run keeps of its error. */
const longestReason = 400

/** The error in one line, without the value; what a user's transformation throws may quote it. */
const reasonOf = (error: unknown): string => {
  const reason = ParseResult.isParseError(error)
    ? IssueText.of(error)
    : `a transformation of the schema threw ${error instanceof Error ? error.constructor.name : `a ${typeof error}`}`
  return PlainText.shorten(PlainText.of(reason), longestReason)
}

/**
 * What a store keeps of a value, or why it cannot be kept.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = <A, I>(schema: Schema.Schema<A, I>, value: A): Either.Either<EncodedValue, string> =>
  Either.try({ try: () => Schema.encodeSync(schema)(value), catch: reasonOf }).pipe(
    Either.flatMap((encoded) =>
      Either.mapBoth(StateCodec.encode(encoded), {
        onLeft: ({ found, path }) => `it holds ${found} at ${path}, which no store can keep`,
        onRight: (value) => ({ value })
      })
    )
  )

/**
 * The encoded value that a store has kept, before a Schema reads it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encodedOf = ({ value }: EncodedValue): unknown => StateCodec.decode(value)

/**
 * The value that a store has kept, or why the Schema does not read it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = <A, I>(schema: Schema.Schema<A, I>, kept: EncodedValue): Either.Either<A, string> =>
  Either.try({ try: () => Schema.decodeUnknownSync(schema)(encodedOf(kept)), catch: reasonOf })
