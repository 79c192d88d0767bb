/**
 * A message on its way, sealed for the one prekey that opens it.
 *
 * Its number is that of the prekey, since a prekey is used once. It never carries a readable word of the message.
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

/** As a row of the outbox. */
export const Row = Schema.Struct(fields(Schema.Uint8ArrayFromSelf))

/** As a line on the wire. */
export const Line = Schema.Struct(fields(Schema.Uint8ArrayFromBase64))

export type Envelope = typeof Row.Type
