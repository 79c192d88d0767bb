/**
 * The statement that renews a process and its shards, on the tables that Sharding's own storage makes.
 */
import { Runner, RunnerAddress, RunnerStorage, ShardId, ShardingConfig, SqlRunnerStorage } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Context, Duration, Effect, Layer } from "effect"
import * as Renewal from "../src/internal/Renewal.ts"

const prefix = "renewed"
const one = RunnerAddress.make("one", 1)
const other = RunnerAddress.make("other", 1)
const shards = [1, 2, 3].map((id) => ShardId.make("default/4", id))

const start = Effect.gen(function* () {
  const client = yield* Layer.build(Postgres.client(yield* Postgres.schema, 3))
  const storage = Layer.scoped(RunnerStorage.RunnerStorage, SqlRunnerStorage.make({ prefix })).pipe(
    Layer.provide(ShardingConfig.layer({ shardLockDisableAdvisory: true })),
    Layer.provide(Layer.succeedContext(client))
  )
  const sql = Context.get(client, SqlClient.SqlClient)
  const lists: Array<string> = []
  const shardLockExpiration = Duration.seconds(15)
  const renew = Renewal.make({ sql, prefix, shardLockExpiration, onList: (list) => lists.push(list) })
  const { acquire, register } = Context.get(yield* Layer.build(storage), RunnerStorage.RunnerStorage)
  const join = (address: RunnerAddress.RunnerAddress) =>
    register(Runner.make({ address, groups: ["default/4"], weight: 1 }), true)
  return { sql, lists, renew, acquire, join }
})

Postgres.describeOnPostgres("a renewal", () => {
  it.scoped("keeps the process and its shards from expiring, and those of no other process", () =>
    Effect.gen(function* () {
      const { acquire, join, renew, sql } = yield* start
      for (const [address, some] of [
        [one, shards.slice(0, 2)],
        [other, shards.slice(2)]
      ] as const) {
        yield* join(address)
        yield* acquire(address, some)
      }
      const past = sql.literal("now() - INTERVAL '14 seconds'")
      yield* sql`UPDATE renewed_runners SET last_heartbeat = ${past}`
      yield* sql`UPDATE renewed_locks SET acquired_at = ${past}`
      assert.deepStrictEqual(yield* renew(one, shards.slice(0, 2)), shards.slice(0, 2))
      const young = sql.literal("INTERVAL '10 seconds'")
      const renewed =
        yield* sql`SELECT address FROM renewed_runners WHERE timezone('UTC', now()) - last_heartbeat < ${young}`
      assert.deepStrictEqual(renewed, [{ address: "one:1" }])
      const locks = yield* sql`SELECT address FROM renewed_locks WHERE timezone('UTC', now()) - acquired_at < ${young}`
      assert.deepStrictEqual(locks, [{ address: "one:1" }, { address: "one:1" }])
    })
  )

  it.scoped("answers the shards that the process still has", () =>
    Effect.gen(function* () {
      const { acquire, join, renew, sql } = yield* start
      yield* join(one)
      yield* acquire(one, shards)
      assert.deepStrictEqual(yield* renew(one, shards), shards)
      yield* sql`UPDATE renewed_locks SET address = 'other:1' WHERE shard_id = ${shards[1]?.toString() ?? ""}`
      assert.deepStrictEqual(new Set(yield* renew(one, shards)), new Set([shards[0], shards[2]]))
      yield* sql`DELETE FROM renewed_locks`
      assert.deepStrictEqual(yield* renew(one, shards), [])
      assert.deepStrictEqual(yield* renew(one, []), [])
    })
  )

  it.scoped("tells another list where a process comes, falls ill or expires, and else the same", () =>
    Effect.gen(function* () {
      const { join, lists, renew, sql } = yield* start
      yield* join(one)
      const distinct = Effect.map(Effect.repeatN(renew(one, []), 1), () => new Set(lists).size)
      assert.strictEqual(yield* distinct, 1)
      yield* join(other)
      assert.strictEqual(yield* distinct, 2)
      yield* sql`UPDATE renewed_runners SET healthy = FALSE WHERE address = 'other:1'`
      assert.strictEqual(yield* distinct, 3)
      yield* sql`UPDATE renewed_runners SET last_heartbeat = now() - INTERVAL '1 hour' WHERE address = 'other:1'`
      assert.strictEqual(yield* distinct, 3)
      assert.strictEqual(lists.at(-1), lists[0])
    })
  )
})
