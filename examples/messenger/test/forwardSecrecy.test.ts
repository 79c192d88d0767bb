import { Reactivity } from "@effect/experimental"
import { FileSystem } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { expect } from "vitest"
import { prekeyReplenishment } from "../src/jobs/prekeyReplenishment.ts"
import { purgeExpired } from "../src/jobs/purgeExpired.ts"
import { syncSend } from "../src/jobs/syncSend.ts"
import * as Outbox from "../src/Outbox.ts"
import * as bench from "./support/bench.ts"

const policy = { minimum: 600, full: 600, lifetime: Duration.days(1) }
const written = 500

/** Bodies of many lengths, so that SQLite moves rows to make room. */
const bodyOf = (number: number): string => `message ${number} said: ${"psst ".repeat((number * 37) % 90)}`

/** The 32 secret bytes of a stored key. */
const secretOf = (key: Uint8Array): Buffer => Buffer.from(key.subarray(-32))

const prekeys = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ id: number; secret: Uint8Array }>`SELECT id, secret_key AS secret FROM prekeys`
)

/** The bytes of the database file and of its write-ahead log. */
const bytes = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const file = yield* bench.File
  const parts = yield* Effect.forEach([file, `${file}-wal`], (name) => fs.readFile(name))
  return Buffer.concat(parts)
})

const foundIn = (all: Buffer, wanted: ReadonlyArray<Buffer | string>) =>
  wanted.filter((one) => all.includes(one)).length

describe("forward secrecy", () => {
  it.effect(
    "after a purge no byte of an expired message or a used prekey is in the file or its log",
    () =>
      Effect.gen(function* () {
        const time = yield* ManualClock.ManualClock
        yield* Tick.once
        const all = yield* prekeys
        const peers = ["ada", "grace", "linus"]
        const bodies = Array.from({ length: written }, (_, number) => bodyOf(number))
        const used = yield* Effect.forEach(bodies, (text, number) =>
          Outbox.write({
            sender: peers[number % 3] ?? "",
            recipient: peers[(number + 1) % 3] ?? "",
            text,
            lifetime: number % 7 === 0 ? "4 seconds" : "30 seconds"
          })
        )
        const usedIds = new Set(used.map(({ prekeyId }) => prekeyId))
        const usedUp = all.filter(({ id }) => usedIds.has(id)).map(({ secret }) => secretOf(secret))
        const unused = all.filter(({ id }) => !usedIds.has(id)).map(({ secret }) => secretOf(secret))

        yield* time.advance("5 seconds")
        yield* Tick.once
        const delivered = bodies.filter((_, number) => number % 7 !== 0)
        // the search finds what must still be there: delivered messages and unused prekeys
        expect(foundIn(yield* bytes, [...delivered, ...unused])).toBe(delivered.length + unused.length)

        yield* time.advance("30 seconds")
        const runs = yield* Tick.once
        expect(runs).toContainEqual(expect.objectContaining({ jobName: "purge_expired", status: "success" }))
        const after = yield* bytes
        expect(foundIn(after, usedUp)).toBe(0)
        expect(foundIn(after, bodies)).toBe(0)
        expect(
          foundIn(
            after,
            used.map(({ sealed }) => Buffer.from(sealed))
          )
        ).toBe(0)
        expect(foundIn(after, unused)).toBe(unused.length)
      }).pipe(Effect.provide(bench.layer(Jobs.make(prekeyReplenishment, syncSend, purgeExpired), { policy }))),
    60_000
  )

  it.effect("a purge that cannot empty the log since another process reads is an error that says so", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const reader = yield* SqliteClient.make({ filename: yield* bench.File })
      yield* reader.unsafe("BEGIN")
      yield* reader.unsafe("SELECT name FROM peers")
      expect(yield* Tick.once).toMatchObject([
        { status: "error", error: expect.stringContaining("another process reads") }
      ])
      yield* reader.unsafe("COMMIT")
      yield* time.advance("10 seconds")
      expect(yield* Tick.once).toMatchObject([{ status: "skipped" }, { status: "success", attempt: 1 }])
    }).pipe(Effect.scoped, Effect.provide([bench.layer(Jobs.make(purgeExpired)), Reactivity.layer]))
  )
})
