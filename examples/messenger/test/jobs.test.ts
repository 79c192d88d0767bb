import { SqlClient } from "@effect/sql"
import { describe, it } from "@effect/vitest"
import { Effect, Option, Random } from "effect"
import { Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { expect } from "vitest"
import { writeMessages } from "../src/DemoUser.ts"
import * as Inbox from "../src/Inbox.ts"
import { prekeyReplenishment } from "../src/jobs/prekeyReplenishment.ts"
import { purgeExpired } from "../src/jobs/purgeExpired.ts"
import { stats } from "../src/jobs/stats.ts"
import { syncSend } from "../src/jobs/syncSend.ts"
import * as Outbox from "../src/Outbox.ts"
import * as Prekeys from "../src/Prekeys.ts"
import * as Stats from "../src/Stats.ts"
import * as bench from "./support/bench.ts"

const replenish = Jobs.make(prekeyReplenishment)

const send = (recipient: string, text: string) =>
  Outbox.write({ sender: "ada", recipient, text, lifetime: "30 seconds" })

const messages = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT sender, recipient, body FROM messages ORDER BY recipient`
)

const advance = (duration: `${number} ${"hours" | "seconds"}`) =>
  Effect.flatMap(ManualClock.ManualClock, (time) => time.advance(duration))

const stockOf = (peer: string) =>
  Effect.map(Prekeys.stocks, (stocks) => stocks.find((stock) => stock.peer === peer)?.unexpired)

describe("sync_send", () => {
  it.effect("delivers each message to its peer and empties the outbox", () =>
    Effect.gen(function* () {
      yield* Tick.once
      yield* Effect.forEach(["grace", "linus", "grace"], (recipient) => send(recipient, `for ${recipient}`))
      yield* advance("5 seconds")
      expect(yield* Tick.once).toMatchObject([{ jobName: "sync_send", status: "success" }])
      expect(yield* messages).toEqual(
        ["grace", "grace", "linus"].map((recipient) => ({ sender: "ada", recipient, body: `for ${recipient}` }))
      )
      expect(yield* Outbox.waiting).toEqual([])
    }).pipe(Effect.provide(bench.layer(Jobs.make(prekeyReplenishment, syncSend))))
  )

  it.effect("keeps the messages of an offline peer, fails, and delivers to the others", () =>
    Effect.gen(function* () {
      yield* Tick.once
      yield* Effect.forEach(["grace", "linus"], (recipient) => send(recipient, `for ${recipient}`))
      yield* advance("5 seconds")
      const [run] = yield* Tick.once
      expect(run).toMatchObject({
        status: "error",
        error: expect.stringContaining("grace is offline: 1 not delivered")
      })
      expect(yield* messages).toMatchObject([{ recipient: "linus" }])
      expect(yield* Outbox.waiting).toMatchObject([{ recipient: "grace" }])
    }).pipe(
      Effect.provide(
        bench.layer(Jobs.make(prekeyReplenishment, syncSend), {
          peers: [{ name: "ada" }, { name: "grace", dropsEvery: 1 }, { name: "linus" }]
        })
      )
    )
  )

  it.effect("uses one prekey for each message, and none twice", () =>
    Effect.gen(function* () {
      yield* Tick.once
      const first = yield* send("grace", "one")
      const second = yield* send("grace", "two")
      expect(second.prekeyId).not.toBe(first.prekeyId)
      expect(yield* stockOf("grace")).toBe(bench.policy.full - 2)
      yield* Inbox.receive("grace", first)
      expect(Option.isNone(yield* Prekeys.useUp("grace", first.prekeyId))).toBe(true)
    }).pipe(Effect.provide(bench.layer(replenish)))
  )
})

describe("a peer", () => {
  it.effect("keeps a message that arrives twice once, and refuses it after its deletion", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Tick.once
      const envelope = yield* send("grace", "once")
      const answers = yield* Effect.all([Inbox.receive("grace", envelope), Inbox.receive("grace", envelope)])
      expect(answers.map(({ _tag }) => _tag)).toEqual(["Kept", "Kept"])
      expect(yield* messages).toHaveLength(1)
      yield* sql`DELETE FROM messages`
      expect((yield* Inbox.receive("grace", envelope))._tag).toBe("Refused")
    }).pipe(Effect.provide(bench.layer(replenish)))
  )

  it.effect("refuses a forged message without losing a prekey", () =>
    Effect.gen(function* () {
      yield* Tick.once
      const envelope = yield* send("grace", "true")
      const forged = { ...envelope, sender: "linus" }
      expect(yield* Inbox.receive("grace", forged)).toMatchObject({ _tag: "Refused" })
      expect(yield* Inbox.receive("linus", envelope)).toMatchObject({ _tag: "Refused" })
      expect(yield* Inbox.receive("grace", envelope)).toMatchObject({ _tag: "Kept" })
    }).pipe(Effect.provide(bench.layer(replenish)))
  )
})

describe("prekey_replenishment", () => {
  it.effect("fills up each peer that is low, and is next due an hour later", () =>
    Effect.gen(function* () {
      expect(yield* Tick.once).toMatchObject([{ status: "success", position: { nextAt: bench.start + 3_600_000 } }])
      expect(yield* Prekeys.stocks).toEqual(["ada", "grace", "linus"].map((peer) => ({ peer, unexpired: 6 })))
    }).pipe(Effect.provide(bench.layer(replenish)))
  )

  it.effect("is skipped with a reason while each peer holds the minimum", () =>
    Effect.gen(function* () {
      yield* Tick.once
      yield* send("grace", "five are left")
      yield* advance("1 hours")
      expect(yield* Tick.once).toMatchObject([
        { status: "skipped", reason: expect.stringContaining("prekeys are low") }
      ])
      expect(yield* stockOf("grace")).toBe(5)
    }).pipe(Effect.provide(bench.layer(replenish)))
  )

  it.effect("counts neither handed out nor expired prekeys", () =>
    Effect.gen(function* () {
      yield* Tick.once
      yield* Effect.replicateEffect(send("grace", "three are left"), 3)
      yield* advance("1 hours")
      expect(yield* Tick.once).toMatchObject([{ status: "success" }])
      expect(yield* stockOf("grace")).toBe(6)
      yield* advance("24 hours")
      expect(yield* stockOf("linus")).toBe(0)
    }).pipe(Effect.provide(bench.layer(replenish)))
  )
})

describe("purge_expired", () => {
  it.effect("deletes messages, envelopes and prekeys when they expire, and not before", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = Effect.map(
        sql<{ n: number }>`
          SELECT COUNT(*) AS n FROM messages UNION ALL SELECT COUNT(*) FROM outbox
          UNION ALL SELECT COUNT(*) FROM prekeys`,
        (rows) => rows.map(({ n }) => n)
      )
      yield* Tick.once
      yield* Inbox.receive("grace", yield* send("grace", "delivered"))
      yield* Outbox.remove(1 + bench.policy.full)
      yield* send("linus", "not delivered")
      yield* advance("20 seconds")
      yield* Tick.once
      expect(yield* rows).toEqual([1, 1, 17])
      yield* advance("10 seconds")
      yield* Tick.once
      expect(yield* rows).toEqual([0, 0, 16])
      yield* advance("24 hours")
      yield* Tick.once
      const left = yield* sql`SELECT id FROM prekeys WHERE expires_at <= ${bench.start + 86_400_000}`
      expect(left).toEqual([])
    }).pipe(Effect.provide(bench.layer(Jobs.make(prekeyReplenishment, purgeExpired))))
  )
})

describe("stats", () => {
  it.effect("keeps the last count only", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Tick.once
      yield* send("grace", "one")
      yield* advance("10 seconds")
      yield* Tick.once
      expect(Option.map(yield* Stats.latest, Stats.toText)).toEqual(
        Option.some("0 messages kept, 1 in the outbox, 17 prekeys left")
      )
      expect(yield* sql`SELECT id FROM stats`).toHaveLength(1)
    }).pipe(Effect.provide(bench.layer(Jobs.make(prekeyReplenishment, stats))))
  )
})

describe("the demo's user", () => {
  it.effect("writes from one peer to another", () =>
    Effect.gen(function* () {
      yield* Tick.once
      const [envelope] = yield* Outbox.waiting
      expect(envelope?.sender).not.toBe(envelope?.recipient)
    }).pipe(
      Effect.provide(bench.layer(Jobs.make(prekeyReplenishment, writeMessages))),
      Effect.withRandom(Random.make("demo"))
    )
  )

  it.effect("fails with the name of a peer that has no prekey left", () =>
    Effect.gen(function* () {
      expect(yield* Tick.once).toMatchObject([
        { status: "error", error: expect.stringContaining("has no prekey left") }
      ])
    }).pipe(Effect.provide(bench.layer(Jobs.make(writeMessages))))
  )
})
