/**
 * Decodes and encodes the memory of an instance. It stores nothing: the log entry of a success does.
 *
 * @internal
 */
import { Cause, Either } from "effect"
import type { Memory } from "../Definition.ts"
import * as EncodedValue from "../schedule/EncodedValue.ts"
import * as ErrorText from "./ErrorText.ts"

/** The memory at the start of a run. */
export interface Remembered<out M> {
  readonly value: M
  /** True where it differs from the stored value, so that it is written even without a change. */
  readonly isMigrated: boolean
}

const migrated = <M>(
  { migrate }: Memory<M>,
  stored: EncodedValue.EncodedValue,
  reason: string
): Either.Either<Remembered<M>, string> =>
  migrate === undefined
    ? Either.left(reason)
    : Either.try({
        try: () => ({ value: migrate(EncodedValue.encodedOf(stored)), isMigrated: true }),
        catch: (error) => `${reason}; migrate threw ${ErrorText.render(Cause.fail(error))}`
      })

/** The memory that is stored, or why it cannot be read. */
export const read = <M>(
  memory: Memory<M>,
  stored: EncodedValue.EncodedValue | null
): Either.Either<Remembered<M>, string> => {
  if (stored === null) return Either.right({ value: memory.initial, isMigrated: false })
  const decoded = Either.map(EncodedValue.decode(memory.schema, stored), (value) => ({ value, isMigrated: false }))
  return Either.orElse(decoded, (reason) => migrated(memory, stored, reason))
}

/** The stored form of a memory, or why it cannot be stored. */
export const write = <M>({ schema }: Memory<M>, value: M): Either.Either<EncodedValue.EncodedValue, string> =>
  EncodedValue.encode(schema, value)
