/**
 * How the state of a schedule is kept between two steps: in the store as it is, through a Schema, or in memory only.
 *
 * A keeper turns state into JSON and back; it steps nothing and stores nothing itself.
 *
 * @since 0.1.0
 */
import { Data, Either, Schema } from "effect"
import * as StateCodec from "./StateCodec.ts"

/**
 * The state of a schedule holds something that no store can keep.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnstorableCadence extends Data.TaggedError("UnstorableCadence")<StateCodec.Unstorable> {
  override get message() {
    const cures =
      'give the schedule a Schema for it ({ state: MyState }) or keep it in this process ({ state: "memory only" })'
    return `the state of the schedule holds ${this.found} at ${this.path}, which no store can keep: ${cures}`
  }
}

/**
 * To and from what a store keeps. `describe` is the text by which a changed schedule is told.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleStateCodec {
  readonly encode: (state: unknown) => Either.Either<StateCodec.Json, UnstorableCadence>
  readonly decode: (json: StateCodec.Json, initial: unknown) => unknown
  readonly canRead: (json: StateCodec.Json) => boolean
  readonly describe: (initial: StateCodec.Json) => string
}

const encode = (state: unknown): Either.Either<StateCodec.Json, UnstorableCadence> =>
  Either.mapLeft(StateCodec.encode(state), (unstorable) => new UnstorableCadence(unstorable))

/**
 * Keeps plain data and everything that Effect's own schedules keep.
 *
 * @since 0.1.0
 * @category keepers
 */
export const plain: ScheduleStateCodec = {
  encode,
  decode: (json) => StateCodec.decode(json),
  canRead: () => true,
  describe: (initial) => JSON.stringify(initial)
}

/**
 * Keeps what a Schema can encode: for state that holds objects of a class, say. State that the Schema does not
 * recognise any more counts as the state of another definition.
 *
 * @since 0.1.0
 * @category keepers
 */
export const through = <State, Encoded>(schema: Schema.Schema<State, Encoded>): ScheduleStateCodec => {
  const toJson = Schema.encodeUnknownEither(schema)
  const fromJson = Schema.decodeUnknownEither(schema)
  return {
    encode: (state) =>
      Either.flatMap(
        Either.mapLeft(toJson(state), ({ message }) => new UnstorableCadence({ path: "state", found: message })),
        encode
      ),
    decode: (json) => Either.getOrThrow(fromJson(StateCodec.decode(json))),
    canRead: (json) => Either.isRight(fromJson(StateCodec.decode(json))),
    describe: plain.describe
  }
}

/** State that is handed on in memory, and is nothing in a store. */
class InMemory {
  readonly state: unknown
  constructor(state: unknown) {
    this.state = state
  }
  toJSON(): null {
    return null
  }
}

/**
 * Keeps the state in this process only: after a restart the planned instant stands, and the schedule begins anew.
 *
 * @since 0.1.0
 * @category keepers
 */
export const memoryOnly: ScheduleStateCodec = {
  encode: (state) => Either.right(new InMemory(state) as unknown as StateCodec.Json),
  decode: (json, initial) => {
    const kept: unknown = json
    return kept instanceof InMemory ? kept.state : initial
  },
  canRead: () => true,
  describe: () => "in memory only"
}
