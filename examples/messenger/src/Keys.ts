/**
 * X25519 keys, and how they are kept in a column.
 *
 * A key in memory is an opaque handle: printing or logging one never shows its bytes.
 */

import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPair, KeyObject } from "node:crypto"
import { Effect, ParseResult, Schema } from "effect"

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly secretKey: KeyObject
}

/** A new pair, made off the event loop. */
export const generate: Effect.Effect<KeyPair> = Effect.async((resume) => {
  generateKeyPair("x25519", undefined, (error, publicKey, privateKey) => {
    resume(error === null ? Effect.succeed({ publicKey, secretKey: privateKey }) : Effect.die(error))
  })
})

/** What two parties agree on when each knows its own secret half and the other's public half. */
export const agree = (secretKey: KeyObject, publicKey: KeyObject): Uint8Array =>
  diffieHellman({ privateKey: secretKey, publicKey })

const Key = Schema.declare((u: unknown): u is KeyObject => u instanceof KeyObject)

const stored = (read: (bytes: Buffer) => KeyObject, write: (key: KeyObject) => Buffer) =>
  Schema.transformOrFail(Schema.Uint8ArrayFromSelf, Key, {
    strict: true,
    decode: (bytes, _, ast) =>
      ParseResult.try({
        try: () => read(Buffer.from(bytes)),
        catch: () => new ParseResult.Type(ast, "bytes", "not an X25519 key")
      }),
    encode: (key) => ParseResult.succeed(write(key))
  })

export const PublicKey = stored(
  (key) => createPublicKey({ key, format: "der", type: "spki" }),
  (key) => key.export({ format: "der", type: "spki" })
)

export const SecretKey = stored(
  (key) => createPrivateKey({ key, format: "der", type: "pkcs8" }),
  (key) => key.export({ format: "der", type: "pkcs8" })
)
