/**
 * Processes of one group share the partitions.
 */
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  Runners,
  Sharding,
  ShardingConfig,
  SqlRunnerStorage
} from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { ClusterPlacement } from "@tickwork/cluster"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Pooler from "@tickwork/test-support/Pooler"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Chunk, Context, Effect, Fiber, Layer, Metric, Option, Stream } from "effect"
import { Placement } from "tickwork"
import * as Member from "./support/Member.ts"

const sqlOf = (url: string) =>
  Effect.map(Layer.build(Postgres.client(url, 1)), (context) => Context.get(context, SqlClient.SqlClient))

Postgres.describeOnPostgres("the processes of a group", () => {
  it.scopedLive("share the partitions, though they start at once, and take over those of one that stops", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const start = Member.start(url)
      const [first, second, third] = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
      yield* Eventually.isTrue("three share them", Member.areShared([first, second, third]))
      yield* third.leave
      yield* Eventually.isTrue("two share them", Member.areShared([first, second]))
      const { noneSince, partitions } = yield* first.health
      assert.strictEqual(partitions, (yield* first.owned).length)
      assert.isNull(noneSince)
    })
  )

  it.scopedLive("hear of one that comes or goes, and need not read who there is", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const rarely = { ...Member.quick, refreshAssignmentsInterval: "1 hour" } as const
      const first = yield* Member.start(url, rarely)
      yield* Eventually.isTrue("one has all", Member.hasAll(first))
      const second = yield* Member.start(url, rarely)
      yield* Eventually.isTrue("two share them", Member.areShared([first, second]))
      yield* second.leave
      yield* Eventually.isTrue("one has all again", Member.hasAll(first))
    })
  )

  it.scopedLive("leave those of another group, or with another number of shards, alone", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const members = yield* Effect.forEach(
        [
          Member.quick,
          { ...Member.quick, group: "gpu" },
          { ...Member.quick, shardsPerGroup: 64 },
          { ...Member.quick, prefix: "other" }
        ],
        (options) => Member.start(url, options)
      )
      for (const member of members) yield* Eventually.isTrue("it has all partitions", Member.hasAll(member))
    })
  )

  it.scopedLive("have some though job bodies have every connection of the pool", () =>
    Effect.gen(function* () {
      const client = yield* Layer.build(Postgres.client(yield* Postgres.schema, 1))
      const live = Layer.provide(ClusterPlacement.layerSql(Member.quick), Layer.succeedContext(client))
      yield* Context.get(client, SqlClient.SqlClient).reserve
      const member = yield* Member.of(live)
      yield* Eventually.isTrue("it has all partitions", Member.hasAll(member))
    })
  )

  it.scopedLive("share them through a pooler by transaction, which gives each statement another session", () =>
    Effect.gen(function* () {
      const few = { ...Member.quick, shardsPerGroup: 32 }
      const url = yield* Pooler.make(yield* Postgres.schema, 3)
      const [first, second] = yield* Effect.all([Member.start(url, few), Member.start(url, few)])
      yield* Eventually.isTrue("two share them", Member.areShared([first, second]))
      yield* second.leave
      yield* Eventually.isTrue("one has all", Member.hasAll(first))
    })
  )

  it.scopedLive("lock by UTC, whatever the time zone of the database", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* (yield* sqlOf(url)).unsafe(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET TimeZone = 'Asia/Tokyo'`)
      yield* Eventually.isTrue("it has all partitions", Member.hasAll(yield* Member.start(url)))
      const sql = yield* sqlOf(url)
      const [found] = yield* sql<{ zone: string; age: string }>`SELECT current_setting('TimeZone') AS zone,
        extract(epoch FROM timezone('UTC', now()) - max(acquired_at)) AS age FROM tickwork_cluster_locks`
      assert.strictEqual(found?.zone, "Asia/Tokyo")
      assert.isBelow(Math.abs(Number(found?.age)), 600)
    })
  )

  it.scopedLive("say that the partitions have changed, and how many there are", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const live = Layer.provide(ClusterPlacement.layerSql(Member.quick), Layer.fresh(Postgres.client(url, 1)))
      const { changes, owns } = Context.get(yield* Layer.build(live), Placement.Placement)
      const seen = yield* Effect.fork(
        Stream.runCollect(
          Stream.takeUntil(
            Stream.map(changes, () => owns(0)),
            (has) => has
          )
        )
      )
      assert.isTrue(Option.getOrThrow(Chunk.last(yield* Fiber.join(seen))))
      const gauge = Metric.gauge("tickwork_partitions", { description: "Partitions that this process takes care of" })
      assert.isAbove((yield* Metric.value(gauge)).value, 0)
    })
  )
})

/** A cluster as an application has it, with a setting or two of its own. */
const ownSharding = (url: string, port: number) =>
  Layer.fresh(
    Sharding.layer.pipe(
      Layer.provide([Runners.layerNoop, RunnerHealth.layerNoop]),
      Layer.provide([MessageStorage.layerNoop, Layer.orDie(SqlRunnerStorage.layer)]),
      Layer.provide(
        ShardingConfig.layer({
          runnerAddress: Option.some(RunnerAddress.make("localhost", port)),
          shardLockDisableAdvisory: true,
          entityMessagePollInterval: "200 millis",
          refreshAssignmentsInterval: "200 millis"
        })
      ),
      Layer.provide(Postgres.client(url, 3))
    )
  )

Postgres.describeOnPostgres("the processes of a cluster that the application has", () => {
  it.scopedLive("share the partitions as they share its shards", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const start = (port: number) => Member.of(Layer.provide(ClusterPlacement.layer(), ownSharding(url, port)))
      const first = yield* start(1)
      yield* Eventually.isTrue("one has all", Member.hasAll(first))
      const second = yield* start(2)
      yield* Eventually.isTrue("two share them", Member.areShared([first, second]))
      yield* second.leave
      yield* Eventually.isTrue("one has all again", Member.hasAll(first))
    })
  )
})

describe("the options of a placement", () => {
  // a connection would be a defect
  const nowhere = Layer.succeed(PgClient.PgClient, {} as PgClient.PgClient)
  const refused = (options: ClusterPlacement.SqlOptions) =>
    Effect.scoped(Layer.build(Layer.provide(ClusterPlacement.layerSql(options), nowhere))).pipe(
      Effect.flip,
      Effect.map(String)
    )

  it("need a client of PostgreSQL", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const onSqlite = Layer.provide(ClusterPlacement.layerSql(), SqliteClient.layer({ filename: ":memory:" }))
        const message = String(yield* Effect.flip(Effect.scoped(Layer.build(onSqlite))))
        assert.include(message, "the client must be one of PostgreSQL, got another one. Use PgJobStore.layerPg")
      })
    ))

  it.each<readonly [string, ClusterPlacement.SqlOptions]>([
    ["group", { group: "it's" }],
    ["group", { group: "" }],
    ["prefix", { prefix: "a b" }],
    ["shardsPerGroup", { shardsPerGroup: 300 }],
    ["shardsPerGroup", { shardsPerGroup: 2048 }],
    ["runnerShardWeight", { runnerShardWeight: Number.NaN }],
    ["shardLockExpiration", { shardLockExpiration: "1 second" }],
    ["refreshAssignmentsInterval", { refreshAssignmentsInterval: "1 day" }]
  ])("are refused by name before a connection is made: %s", (option, options) =>
    Effect.runPromise(
      Effect.map(refused(options), (message) => {
        assert.match(message, new RegExp(`ClusterPlacement.layerSql: ${option} must be .*, got .*\\. Use `))
      })
    )
  )
})
