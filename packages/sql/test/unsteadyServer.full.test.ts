/**
 * A PostgreSQL server that is slow, that admits no client for a while, or that is reached by another way from one moment
 * to the next.
 */
import { assert, it } from "@effect/vitest"
import { DatabaseError } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Effect, Layer, Redacted } from "effect"
import * as Beating from "./support/Beating.ts"

Postgres.describeOnPostgres("a server whose every statement takes two seconds", () => {
  it.scopedLive("loses and doubles no instant, and is not left for another", () =>
    Effect.gen(function* () {
      const direct = yield* Postgres.schema
      const proxy = yield* Proxy.make(direct)
      const { goesOn, stop, tick } = yield* Beating.start(proxy.url, { direct })
      proxy.delay(2000)
      yield* goesOn
      assert.isTrue((yield* tick.health).store.isReachable)
      proxy.delay(0)
      yield* goesOn
      yield* stop
    })
  )
})

Postgres.describeOnPostgres("a server that fails over", () => {
  it.scopedLive("is followed, whether the old connections are cut or go silent", () =>
    Effect.gen(function* () {
      const direct = yield* Postgres.schema
      const [first, second] = [yield* Proxy.make(direct), yield* Proxy.make(direct)]
      const front = yield* Proxy.make(first.url)
      const { goesOn, stop, tick } = yield* Beating.start(front.url, { direct, statementTimeout: "1 second" })
      front.leadTo(second.url)
      first.close()
      yield* goesOn
      first.open()
      front.leadTo(first.url)
      second.hang()
      yield* goesOn
      assert.isTrue((yield* tick.health).store.isReachable)
      yield* stop
    })
  )
})

const refusals = {
  "57P03": "the database system is starting up",
  "53300": "sorry, too many clients already"
}

for (const [code, message] of Object.entries(refusals)) {
  Postgres.describeOnPostgres(`a server that says ${code}, ${message}`, () => {
    it.scopedLive("is tried again until it admits clients, and health says so meanwhile", () =>
      Effect.gen(function* () {
        const direct = yield* Postgres.schema
        const proxy = yield* Proxy.make(direct)
        const { goesOn, stop, tick } = yield* Beating.start(proxy.url, { direct })
        proxy.refuse(code, message)
        yield* Eventually.isTrue(
          "health says why",
          Effect.map(tick.health, ({ store }) => !store.isReachable && store.error?.includes(message) === true)
        )
        proxy.open()
        yield* goesOn
        yield* stop
      })
    )

    it.scopedLive("cannot be opened, with the reason", () =>
      Effect.gen(function* () {
        const proxy = yield* Proxy.make(yield* Postgres.schema)
        proxy.refuse(code, message)
        const url = Redacted.make(proxy.url)
        const error = yield* Effect.flip(Layer.build(PgJobStore.layerPg({ url })))
        assert.instanceOf(error, DatabaseError.DatabaseError)
        assert.strictEqual(error.reason, "unreachable")
        assert.include(error.message, message)
      })
    )
  })
}
