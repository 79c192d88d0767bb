/**
 * Renews a runner and its shards, and sees in the same statement whether the list of runners has changed: beside it an
 * idle process asks the database for nothing. Sharding's own storage takes two statements for it, and the list a third.
 *
 * @internal
 */
import { ClusterError, type RunnerAddress, type RunnerStorage, ShardId } from "@effect/cluster"
import type { SqlClient } from "@effect/sql"
import { Duration, Effect } from "effect"
import { utcNow } from "./OwnClient.ts"

export interface Options {
  readonly sql: SqlClient.SqlClient
  readonly prefix: string
  readonly shardLockExpiration: Duration.Duration
  /** What the list of runners is, as a text that differs where the list does. */
  readonly onList: (list: string) => void
}

interface Renewed {
  readonly renewed: number
  /** Those that are still its own, where others are not. */
  readonly kept: ReadonlyArray<string> | null
  readonly list: string | null
}

export const make = ({ onList, prefix, shardLockExpiration, sql }: Options) => {
  const seconds = Math.ceil(Duration.toSeconds(shardLockExpiration))
  const statement = `WITH beat AS (
      UPDATE "${prefix}_runners" SET last_heartbeat = ${utcNow} WHERE address = $1
    ), kept AS (
      UPDATE "${prefix}_locks" SET acquired_at = ${utcNow} WHERE address = $1 AND shard_id = ANY($2::text[])
      RETURNING shard_id
    )
    SELECT count(*)::int AS renewed, CASE WHEN count(*) < cardinality($2::text[]) THEN array_agg(shard_id) END AS kept,
      (SELECT string_agg(runner || healthy, ' ' ORDER BY address) FROM "${prefix}_runners"
        WHERE last_heartbeat > ${utcNow} - INTERVAL '${seconds} seconds') AS list
    FROM kept`
  let given: ReadonlyArray<ShardId.ShardId> = []
  let names: ReadonlyArray<string> = []
  return (
    { host, port }: RunnerAddress.RunnerAddress,
    shards: Iterable<ShardId.ShardId>
  ): ReturnType<RunnerStorage.RunnerStorage["Type"]["refresh"]> =>
    Effect.suspend(() => {
      const all = [...shards]
      if (all.length !== given.length || all.some((shard, index) => shard !== given[index])) {
        given = all
        names = all.map((shard) => shard.toString())
      }
      return Effect.map(sql.unsafe<Renewed>(statement, [`${host}:${port}`, names]), ([row]) => {
        onList(row?.list ?? "")
        return row?.renewed === all.length ? all : (row?.kept ?? []).map(ShardId.ShardId.fromString)
      })
    }).pipe(ClusterError.PersistenceError.refail, Effect.withTracerEnabled(false))
}
