import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Ref, Schema, type Scope } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import * as Databases from "./support/Databases.ts"

type Provided = JobStore.JobStore | SqlClient.SqlClient | Job.JobTransaction
/** One life of a process: it opens the registry, does something, and ends. */
const life = <A, E>(
  store: Databases.Store,
  jobs: Jobs.Jobs<Provided>,
  does: (tick: Tick.Service) => Effect.Effect<A, E, Provided>
) =>
  Layer.build(Tick.layer(jobs)).pipe(
    Effect.flatMap((built) => does(Context.get(built, Tick.Tick))),
    Effect.scoped,
    Effect.provide(store)
  )

const sending = () => {
  const sent: Array<string> = []
  const send = Job.make("send", { payload: Schema.Struct({ to: Schema.String }) }, (run) =>
    Effect.sync(() => {
      sent.push(run.payload.to)
    })
  )
  return { send, sent }
}

for (const [name, describeHere, database] of Databases.all) {
  describeHere(`instances on ${name}`, () => {
    const promise = (text: string, test: Effect.Effect<void, unknown, Scope.Scope>) =>
      it.scopedLive(text, () => Effect.provide(test, Logger.remove(Logger.defaultLogger)))

    promise(
      "a run that is enqueued in a transaction of the caller's is enqueued with it, or not at all",
      Effect.gen(function* () {
        const store = yield* database
        const { send, sent } = sending()
        yield* life(store, Jobs.make(send), (tick) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const enqueue = (to: string) => tick.enqueue(send, { to }, { key: to })
            yield* Effect.flip(sql.withTransaction(Effect.zipRight(enqueue("eve"), Effect.fail("undone"))))
            yield* sql.withTransaction(Effect.zipRight(enqueue("ada"), enqueue("grace")))
          })
        )
        yield* life(store, Jobs.make(send), ({ once }) => once)
        assert.deepStrictEqual(sent.sort(), ["ada", "grace"])
        yield* life(store, Jobs.make(send), ({ once }) => once)
        assert.strictEqual(sent.length, 2, "once")
      })
    )

    promise(
      "many runs are enqueued together, inside a transaction of the caller's, too, or not at all",
      Effect.gen(function* () {
        const store = yield* database
        const { send, sent } = sending()
        const many = Array.from({ length: 250 }, (_, n) => ({ to: `p${n}` }))
        yield* life(store, Jobs.make(send), (tick) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const key = ({ to }: { readonly to: string }) => to
            yield* Effect.flip(sql.withTransaction(Effect.zipRight(tick.enqueueAll(send, many), Effect.fail("undone"))))
            const first = yield* sql.withTransaction(tick.enqueueAll(send, many.slice(0, 150), { key }))
            assert.isTrue(first.every(({ outcome }) => outcome === "new"))
            const both = yield* tick.enqueueAll(send, [...many, ...many], { key })
            assert.deepStrictEqual(
              both.map(({ outcome }) => outcome),
              many.map((_, n) => (n < 150 ? "duplicate" : "new")).concat(many.map(() => "duplicate"))
            )
            assert.deepStrictEqual(
              both.map((one) => one.key),
              [...many, ...many].map(key)
            )
          })
        )
        yield* life(store, Jobs.make(send), ({ once }) => once)
        assert.deepStrictEqual(sent.sort(), many.map(({ to }) => to).sort())
      })
    )

    promise(
      "of all that are enqueued at once under one key, together or alone, one is new",
      Effect.gen(function* () {
        const store = yield* database
        const { send } = sending()
        yield* life(store, Jobs.make(send), (tick) =>
          Effect.gen(function* () {
            const batches = [3, 60, 120, 150].map((size) => Array.from({ length: size }, (_, n) => ({ to: `p${n}` })))
            const key = ({ to }: { readonly to: string }) => to
            const bulk = batches.map((payloads) => tick.enqueueAll(send, payloads, { key }))
            const alone = batches
              .flat()
              .map((one) => Effect.map(tick.enqueue(send, one, { key: one.to }), (it) => [it]))
            const answers = yield* Effect.all([...bulk, ...alone, ...bulk], { concurrency: "unbounded" })
            const added = answers.flat().filter(({ outcome }) => outcome === "new")
            assert.strictEqual(added.length, 150)
            assert.strictEqual(new Set(added.map((one) => one.key)).size, 150)
          })
        )
      })
    )

    promise(
      "a transactional job enqueues what its success leaves to be done, and nothing where it fails",
      Effect.gen(function* () {
        const store = yield* database
        const { send, sent } = sending()
        const asks = { tick: null as Tick.Service | null, isBroken: true }
        const plan = Job.make(
          "plan",
          Effect.suspend(() => asks.tick?.enqueue(send, { to: "ada" }) ?? Effect.void).pipe(
            Effect.zipRight(Effect.suspend(() => (asks.isBroken ? Effect.fail("no luck") : Effect.void)))
          )
        ).pipe(Job.every("1 hour"), Job.transactional)
        const again = (first: (tick: Tick.Service) => Effect.Effect<unknown, unknown>) =>
          life(store, Jobs.make(send, plan), (tick) => {
            asks.tick = tick
            return Effect.zipRight(first(tick), tick.once)
          })
        yield* again(({ once }) => once)
        assert.deepStrictEqual(sent, [])
        asks.isBroken = false
        yield* again((tick) => Effect.zipRight(tick.request("trigger", plan), tick.once))
        yield* again(() => Effect.void)
        assert.deepStrictEqual(sent, ["ada"])
      })
    )

    promise(
      "each key keeps its state, its memory and its history over a restart; what is forgotten begins anew",
      Effect.gen(function* () {
        const store = yield* database
        const memory = { schema: Schema.Struct({ times: Schema.Number }), initial: { times: 0 } }
        let peers = ["ada", "grace"]
        const ping = Job.make("ping", { keys: Effect.sync(() => peers), memory }, (run) =>
          Ref.update(run.memory, ({ times }) => ({ times: times + 1 }))
        ).pipe(Job.every("1 hour"))
        const jobs = Jobs.make(ping)
        const stored = Effect.flatMap(JobStore.JobStore, (store) =>
          Effect.map(store.load(["ping"]), (states) =>
            states.map(({ key, memory, totalRuns }) => [key, totalRuns, memory?.value]).sort()
          )
        )
        yield* life(store, jobs, ({ once }) => once)
        peers = ["ada", "grace", "heidi"]
        const states = yield* life(store, jobs, ({ request, once }) =>
          request("trigger", ping, { key: "ada" }).pipe(Effect.zipRight(once), Effect.zipRight(stored))
        )
        assert.deepStrictEqual(states, [
          ["ada", 2, { times: 2 }],
          ["grace", 1, { times: 1 }],
          ["heidi", 1, { times: 1 }]
        ])
        const after = yield* life(store, jobs, ({ request, once }) =>
          Effect.all([request("forget", ping, { key: "ada" }), request("forget", ping, { key: "grace" }), once]).pipe(
            Effect.zipRight(stored)
          )
        )
        assert.deepStrictEqual(after, [
          ["ada", 1, { times: 1 }],
          ["grace", 1, { times: 1 }],
          ["heidi", 1, { times: 1 }]
        ])
      })
    )

    promise(
      "what a job comes after may have ended in an earlier life",
      Effect.gen(function* () {
        const store = yield* database
        const ran: Array<string> = []
        const note = (text: string) => Effect.sync(() => ran.push(text))
        const fetch = Job.make("fetch", note("fetch")).pipe(Job.every("1 hour"))
        const index = Job.make("index", note("index")).pipe(Job.after([fetch]))
        yield* life(store, Jobs.make(fetch), ({ once }) => once)
        yield* life(store, Jobs.make(fetch, index), ({ once }) => once)
        yield* life(store, Jobs.make(fetch, index), ({ once }) => once)
        assert.deepStrictEqual(ran, ["fetch", "index"])
      })
    )
  })
}
