/**
 * X25519 keys and their form in a column. A key in memory is an opaque handle: printing it shows none of its bytes.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPair, KeyObject } from "node:crypto"
import { Effect, ParseResult, Schema } from "effect"

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly secretKey: KeyObject
}

/** Generates a pair off the event loop. */
export const generate: Effect.Effect<KeyPair> = Effect.async((resume) => {
  generateKeyPair("x25519", undefined, (error, publicKey, privateKey) => {
    resume(error === null ? Effect.succeed({ publicKey, secretKey: privateKey }) : Effect.die(error))
  })
})

/** The shared secret of two parties, from the secret key of one and the public key of the other. */
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
