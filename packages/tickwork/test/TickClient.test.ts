import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { Job, JobStore, Jobs, TickClient } from "tickwork"

class Mailer extends Context.Tag("Mailer")<Mailer, { readonly send: Effect.Effect<void> }>() {}

const body = Effect.flatMap(Mailer, ({ send }) => send)
const mail = Job.make("mail", { payload: Schema.Number }, () => body)
const purge = Job.make("purge", body).pipe(Job.every("1 hour"))
const ping = Job.make("ping", { keys: Effect.succeed(["ada"]) }, () => body).pipe(Job.every("1 hour"))
const other = Job.make("other", body).pipe(Job.every("1 hour"))
const otherMail = Job.make("other mail", { payload: Schema.Number }, () => body)

// what the jobs need is not provided, and nothing but the store is
const live = Layer.provideMerge(TickClient.layer(Jobs.make(mail, purge, ping)), JobStore.layerMemory)

const waiting = Effect.flatMap(JobStore.JobStore, ({ pending }) =>
  Effect.map(pending, (all) => all.map(({ by, jobName, key, verb }) => [verb, jobName, key, by]))
)

describe("a client", () => {
  it.effect("stores what it is asked for, and answers as the tick does", () =>
    Effect.gen(function* () {
      const first = yield* TickClient.enqueue(mail, 1, { key: "one", at: 7 })
      assert.deepStrictEqual(first, { key: "one", runKey: "mail/one/7", outcome: "new" })
      const again = yield* TickClient.enqueueAll(mail, [1, 2], { key: (n) => ["", "one", "two"][n] ?? "" })
      assert.deepStrictEqual(
        again.map(({ outcome }) => outcome),
        ["duplicate", "new"]
      )
      yield* TickClient.pause(purge, { by: "ada" })
      yield* TickClient.resume(purge, { by: "ada" })
      yield* TickClient.trigger(mail, { key: "two" })
      yield* TickClient.cancel(mail, { key: "two" })
      yield* TickClient.forget(mail, { key: "two" })
      assert.deepStrictEqual(yield* waiting, [
        ["enqueue", "mail", "one", ""],
        ["enqueue", "mail", "two", ""],
        ["pause", "purge", "", "ada"],
        ["resume", "purge", "", "ada"],
        ["trigger", "mail", "two", ""],
        ["cancel", "mail", "two", ""],
        ["forget", "mail", "two", ""]
      ])
    }).pipe(Effect.provide(live))
  )

  it.effect("refuses jobs that it was not made of, keys that a job does not have, and bad payloads", () =>
    Effect.gen(function* () {
      const unknown: ReadonlyArray<Effect.Effect<void, { readonly _tag: string }, TickClient.TickClient>> = [
        Effect.asVoid(TickClient.enqueue(otherMail, 1)),
        Effect.asVoid(TickClient.enqueueAll(otherMail, [1])),
        TickClient.pause(other),
        TickClient.trigger(ping, { key: "eve" })
      ]
      for (const refused of unknown) assert.strictEqual((yield* Effect.flip(refused))._tag, "InstanceNotFoundError")
      assert.strictEqual((yield* Effect.flip(TickClient.enqueue(mail, "one" as never)))._tag, "EnqueueError")
      assert.deepStrictEqual(yield* waiting, [])
    }).pipe(Effect.provide(live))
  )
})
