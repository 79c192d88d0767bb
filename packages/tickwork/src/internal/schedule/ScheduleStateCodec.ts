/**
 * How the state of a schedule is stored between two steps: as it is, through a Schema, or in memory only.
 *
 * A codec turns state into JSON and back; it steps nothing and stores nothing.
 *
 * @internal
 */
import { Data, Either, Function as Fn, type ParseResult, Schema } from "effect"
import type { Json } from "../../CadenceState.ts"
import * as IssueText from "../IssueText.ts"
import * as StateCodec from "./StateCodec.ts"

/** The state of a schedule holds something that cannot be stored. */
export class UnstorableStateError extends Schema.TaggedError<UnstorableStateError>("tickwork/UnstorableStateError")(
  "UnstorableStateError",
  { path: Schema.String, found: Schema.String }
) {
  override get message() {
    return `schedule ${this.reason}, got ${this.found}. ${UnstorableStateError.cure}`
  }
  get reason() {
    return `must hold what can be stored at ${this.path}`
  }
  static readonly cure =
    'Keep plain data in the state, give a Schema for it ({ state: MyState }), or keep it in this process ({ state: "memory only" }).'
}

/** To and from what a store keeps. A changed schedule is recognised by the text of `describe`. */
export interface ScheduleStateCodec {
  readonly encode: (state: unknown) => Either.Either<Json, UnstorableStateError>
  readonly decode: (json: Json, initial: unknown) => unknown
  readonly canRead: (json: Json) => boolean
  readonly describe: (initial: Json) => string
}

const encode = (state: unknown): Either.Either<Json, UnstorableStateError> =>
  Either.mapLeft(StateCodec.encode(state), (unstorable) => new UnstorableStateError(unstorable))

/** Stores plain data and everything that the state of Effect's own schedules holds. */
export const plain: ScheduleStateCodec = {
  encode,
  decode: StateCodec.decode,
  canRead: () => true,
  describe: (initial) => JSON.stringify(initial)
}

/** Stores what a Schema encodes. State that the Schema cannot decode counts as the state of another definition. */
export const through = <State, Encoded>(schema: Schema.Schema<State, Encoded>): ScheduleStateCodec => {
  const write = Schema.encodeUnknownEither(schema)
  const read = Fn.compose(StateCodec.decode, Schema.decodeUnknownEither(schema))
  const unwritable = (error: ParseResult.ParseError) =>
    new UnstorableStateError({ path: "state", found: IssueText.of(error) })
  return {
    encode: (state) => Either.flatMap(Either.mapLeft(write(state), unwritable), encode),
    decode: (json) => Either.getOrThrow(read(json)),
    canRead: (json) => Either.isRight(read(json)),
    describe: plain.describe
  }
}

/** State that is passed on in memory, and is `null` in a store. */
class InMemory extends Data.Class<{ readonly state: unknown }> {
  toJSON(): null {
    return null
  }
}

/** Keeps the state in this process: after a restart the planned instant stands, and the schedule begins again. */
export const memoryOnly: ScheduleStateCodec = {
  encode: (state) => Either.right(new InMemory({ state }) as unknown as Json),
  decode: (json: unknown, initial) => (json instanceof InMemory ? json.state : initial),
  canRead: () => true,
  describe: () => "in memory only"
}
