/**
 * A sealed message on its way. It has the number of the one prekey that opens it, since a prekey is used once.
 */
import { Schema } from "effect"

const fields = <Bytes extends Schema.Schema<Uint8Array, any>>(bytes: Bytes) => ({
  prekeyId: Schema.Int,
  sender: Schema.NonEmptyString,
  recipient: Schema.NonEmptyString,
  /** The public half of the sender's key for this one message. */
  ephemeral: bytes,
  sealed: bytes,
  writtenAt: Schema.DateTimeUtcFromNumber,
  expiresAt: Schema.DateTimeUtcFromNumber
})

/** A row of the outbox. */
export const Row = Schema.Struct(fields(Schema.Uint8ArrayFromSelf))

/** A line on the wire. */
export const Line = Schema.Struct(fields(Schema.Uint8ArrayFromBase64))

export type Envelope = typeof Row.Type
