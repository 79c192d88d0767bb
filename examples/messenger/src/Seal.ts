/**
 * Seals and opens messages: a key agreement for each message, HKDF-SHA256 and ChaCha20-Poly1305. The sender keeps no
 * secret of a message and the receiver deletes the prekey, so an opened message cannot be opened again.
 */
import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject } from "node:crypto"
import { DateTime, Effect, Schema } from "effect"
import type { Envelope } from "./Envelope.ts"
import * as Keys from "./Keys.ts"

/** The envelope was changed, or was sealed for another prekey. */
export class CannotOpenError extends Schema.TaggedError<CannotOpenError>("messenger/CannotOpenError")(
  "CannotOpenError",
  {
    prekeyId: Schema.Int,
    recipient: Schema.String
  }
) {
  override get message() {
    return `${this.recipient} cannot open message ${this.prekeyId}: it was changed, or sealed for another prekey`
  }
}

const algorithm = "chacha20-poly1305"
const tagLength = 16
const keyLength = 32
const nonceLength = 12

type Header = Omit<Envelope, "ephemeral" | "sealed">

/** The header is readable, and authenticated. */
const headerBytes = ({ expiresAt, prekeyId, recipient, sender, writtenAt }: Header) =>
  Buffer.from(
    JSON.stringify([prekeyId, sender, recipient, DateTime.toEpochMillis(writtenAt), DateTime.toEpochMillis(expiresAt)])
  )

/** Each key agreement derives one key and one nonce, so no nonce is used twice. */
const derive = (agreed: ReadonlyArray<Uint8Array>, ephemeral: Uint8Array) => {
  const bytes = Buffer.from(hkdfSync("sha256", Buffer.concat(agreed), ephemeral, algorithm, keyLength + nonceLength))
  return { key: bytes.subarray(0, keyLength), nonce: bytes.subarray(keyLength) }
}

/** The sender's identity key takes part in the agreement, which authenticates the sender. */
export const seal = (
  header: Header,
  keys: { readonly senderSecret: KeyObject; readonly prekeyPublic: KeyObject },
  text: string
): Effect.Effect<Envelope> =>
  Effect.gen(function* () {
    const once = yield* Keys.generate
    const ephemeral = Schema.encodeSync(Keys.PublicKey)(once.publicKey)
    const agreed = [Keys.agree(once.secretKey, keys.prekeyPublic), Keys.agree(keys.senderSecret, keys.prekeyPublic)]
    const { key, nonce } = derive(agreed, ephemeral)
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength })
    cipher.setAAD(headerBytes(header), { plaintextLength: Buffer.byteLength(text) })
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
    return { ...header, ephemeral, sealed }
  })

export const open = (
  envelope: Envelope,
  keys: { readonly senderPublic: KeyObject; readonly prekeySecret: KeyObject }
): Effect.Effect<string, CannotOpenError> =>
  Effect.try({
    try: () => {
      const ephemeral = Schema.decodeSync(Keys.PublicKey)(envelope.ephemeral)
      const agreed = [Keys.agree(keys.prekeySecret, ephemeral), Keys.agree(keys.prekeySecret, keys.senderPublic)]
      const { key, nonce } = derive(agreed, envelope.ephemeral)
      const sealed = Buffer.from(envelope.sealed)
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength })
      decipher.setAAD(headerBytes(envelope), { plaintextLength: sealed.length - tagLength })
      decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
      return Buffer.concat([decipher.update(sealed.subarray(0, -tagLength)), decipher.final()]).toString("utf8")
    },
    catch: () => new CannotOpenError({ prekeyId: envelope.prekeyId, recipient: envelope.recipient })
  })
