/**
 * Sharding for placement alone, in two tables of a PostgreSQL database: no message is sent and no port is opened.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import {
  MessageStorage,
  RunnerAddress,
  RunnerHealth,
  RunnerStorage,
  Runners,
  Sharding,
  ShardingConfig,
  SqlRunnerStorage
} from "@effect/cluster"
import { SqlClient, type SqlError } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer, Option, Schedule } from "effect"
import * as OwnClient from "./OwnClient.ts"
import * as Renewal from "./Renewal.ts"
import * as RunnerList from "./RunnerList.ts"

export interface Settings {
  /** The group of the shards, in which all runners have the same number of them. */
  readonly shardGroup: string
  readonly shardsPerGroup: number
  readonly prefix: string
  readonly shardLockExpiration: Duration.Duration
  readonly shardLockRefreshInterval: Duration.Duration
  readonly refreshAssignmentsInterval: Duration.Duration
  readonly runnerShardWeight: number
}

/** A name, which stands in statements; no other process connects to it. */
const address = () => {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, "-")
    .slice(0, 100)
  return RunnerAddress.make(`${host}-${process.pid}-${randomUUID().slice(0, 8)}`, 1)
}

const configOf = ({
  prefix: _,
  shardGroup,
  ...settings
}: Settings): Partial<ShardingConfig.ShardingConfig["Type"]> => ({
  ...settings,
  runnerAddress: Option.some(address()),
  availableShardGroups: [shardGroup],
  assignedShardGroups: [shardGroup],
  // an advisory lock belongs to a session, which the server keeps while a process is frozen; a row expires
  shardLockDisableAdvisory: true,
  // a reading waits in `RunnerList`
  refreshAssignmentsInterval: "1 millis",
  // there is no message to read, and `acquire` itself tries again
  entityMessagePollInterval: "10 seconds"
})

/** Processes that start at the same time make the tables at the same time, which fails for all but one. */
const again = Schedule.spaced("100 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(20)))

/** Sharding would log a failure, and try again with its next look at messages. */
const untilAcquired = Schedule.spaced("1 second")

/** Of the time after which Sharding itself gives up; it is real, whatever clock the application has. */
const patience = 0.6

/** What a storage does beside its calls. */
interface Watch {
  /** How long a call may take, and what becomes of one that takes longer: interrupted, Sharding would go on with it. */
  readonly timeoutMs: number
  readonly giveUp: () => void
  readonly list: RunnerList.RunnerList
  readonly renew: RunnerStorage.RunnerStorage["Type"]["refresh"]
  /** Says that shards may have come or gone. */
  readonly onMove: Effect.Effect<void>
}

const watched = (storage: RunnerStorage.RunnerStorage["Type"], { giveUp, list, onMove, renew, timeoutMs }: Watch) => {
  const limit = <A, E, R>(call: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const timer = setTimeout(giveUp, timeoutMs)
      return Effect.ensuring(
        call,
        Effect.sync(() => clearTimeout(timer))
      )
    })
  // a hundred shards may go at once, each by a statement: no renewal waits behind all of them
  const oneByOne = Effect.unsafeMakeSemaphore(1).withPermits(1)
  return RunnerStorage.RunnerStorage.of({
    register: (...args) => Effect.zipLeft(limit(storage.register(...args)), limit(list.tell)),
    unregister: (...args) => Effect.zipRight(onMove, limit(storage.unregister(...args))),
    // it listens before it reads, so that nothing is missed in between
    getRunners: list.remembering(limit(Effect.zipRight(list.listen, storage.getRunners))),
    setRunnerHealth: (...args) => limit(storage.setRunnerHealth(...args)),
    acquire: (...args) => Effect.ensuring(Effect.retry(limit(storage.acquire(...args)), untilAcquired), onMove),
    refresh: (address, shards) =>
      limit(Effect.zipRight(list.listen, renew(address, shards))).pipe(
        Effect.tap((kept) => Effect.when(onMove, () => [...kept].length < [...shards].length)),
        Effect.onError(() => onMove)
      ),
    release: (...args) => Effect.zipRight(onMove, oneByOne(limit(storage.release(...args)))),
    // once the shards of one that stops are free
    releaseAll: (...args) => Effect.zipLeft(limit(storage.releaseAll(...args)), limit(list.tell))
  })
}

const storage = (
  { prefix, refreshAssignmentsInterval, shardLockExpiration, shardLockRefreshInterval }: Settings,
  onMove: Effect.Effect<void>
) =>
  Layer.scoped(
    RunnerStorage.RunnerStorage,
    Effect.gen(function* () {
      const givenUpMs = Math.min(
        Duration.toMillis(shardLockRefreshInterval),
        Duration.toMillis(shardLockExpiration) / 3
      )
      const timeoutMs = Math.ceil(givenUpMs * patience)
      const application = yield* PgClient.PgClient
      const own = yield* OwnClient.make(application, timeoutMs)
      const everyMs = Duration.toMillis(refreshAssignmentsInterval)
      const list = yield* RunnerList.make({ own, application, channel: prefix, everyMs })
      const made = SqlRunnerStorage.make({ prefix }).pipe(Effect.provideService(SqlClient.SqlClient, own.sql))
      const renew = Renewal.make({ sql: own.sql, prefix, shardLockExpiration, onList: list.seen })
      return watched(yield* Effect.retry(made, again), { timeoutMs, giveUp: own.giveUp, list, renew, onMove })
    })
  )

/** How long after a call to its storage Sharding answers as that call says. */
export const answersAfter = "20 millis"

/** `onMove` is run when shards may have come or gone, shortly before Sharding answers so. */
export const layer = (
  settings: Settings,
  onMove: Effect.Effect<void>
): Layer.Layer<Sharding.Sharding, SqlError.SqlError, PgClient.PgClient> =>
  // an application that has a Sharding of its own keeps it
  Layer.fresh(
    Layer.suspend(() =>
      Sharding.layer.pipe(
        Layer.provide([Runners.layerNoop, RunnerHealth.layerNoop]),
        Layer.provide([MessageStorage.layerNoop, storage(settings, onMove)]),
        Layer.provide(ShardingConfig.layer(configOf(settings)))
      )
    )
  )
