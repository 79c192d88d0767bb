/**
 * The way of one process to the database goes silent and comes back.
 */
import { assert, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Effect } from "effect"
import { Placement } from "tickwork"
import * as Member from "./support/Member.ts"

Postgres.describeOnPostgres("a process whose way to the database goes silent", () => {
  it.scopedLive("gives up its partitions, the others take them, and it has some again once the way is back", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const proxy = yield* Proxy.make(url)
      const [other, cut] = [yield* Member.start(url), yield* Member.start(proxy.url)]
      yield* Eventually.isTrue("both share the partitions", Member.areShared([other, cut]))
      proxy.hang()
      yield* Eventually.isTrue("the other one has all", Member.hasAll(other))
      yield* Eventually.isTrue(
        "this one has none",
        Effect.map(cut.health, ({ partitions }) => partitions === 0)
      )
      assert.isNumber((yield* cut.health).noneSince)
      proxy.open()
      yield* Eventually.isTrue("both share the partitions again", Member.areShared([other, cut]))
      assert.strictEqual((yield* other.owned).length + (yield* cut.owned).length, Placement.partitions)
    })
  )
})
