import { inspect } from "node:util"
import { describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { expect } from "vitest"
import * as Keys from "../src/Keys.ts"
import * as Seal from "../src/Seal.ts"

const header = {
  prekeyId: 7,
  sender: "ada",
  recipient: "grace",
  writtenAt: DateTime.unsafeMake(1000),
  expiresAt: DateTime.unsafeMake(2000)
}

const sealed = Effect.gen(function* () {
  const sender = yield* Keys.generate
  const prekey = yield* Keys.generate
  const envelope = yield* Seal.seal(
    header,
    { senderSecret: sender.secretKey, prekeyPublic: prekey.publicKey },
    "Lunch at noon? 🍲"
  )
  return { envelope, keys: { senderPublic: sender.publicKey, prekeySecret: prekey.secretKey } }
})

describe("a sealed message", () => {
  it.effect("opens with the secret half of its prekey", () =>
    Effect.gen(function* () {
      const { envelope, keys } = yield* sealed
      expect(yield* Seal.open(envelope, keys)).toBe("Lunch at noon? 🍲")
    })
  )

  it.effect("does not open with another prekey, for another sender, or after any change", () =>
    Effect.gen(function* () {
      const { envelope, keys } = yield* sealed
      const other = yield* Keys.generate
      const flipped = Uint8Array.from(envelope.sealed, (byte, index) => (index === 0 ? byte ^ 1 : byte))
      const attempts = [
        Seal.open(envelope, { ...keys, prekeySecret: other.secretKey }),
        Seal.open(envelope, { ...keys, senderPublic: other.publicKey }),
        Seal.open({ ...envelope, expiresAt: DateTime.unsafeMake(9999) }, keys),
        Seal.open({ ...envelope, sealed: flipped }, keys),
        Seal.open({ ...envelope, sealed: flipped.subarray(0, 3) }, keys),
        Seal.open({ ...envelope, ephemeral: flipped }, keys)
      ]
      for (const attempt of attempts) expect((yield* Effect.flip(attempt))._tag).toBe("CannotOpenError")
    })
  )

  it.effect("has a secret key that prints none of its bytes", () =>
    Effect.gen(function* () {
      const { secretKey } = yield* Keys.generate
      expect(inspect(secretKey, { depth: 9, showHidden: true })).not.toMatch(/Buffer|Uint8Array/)
      expect(JSON.stringify(secretKey)).toBe("{}")
    })
  )
})
