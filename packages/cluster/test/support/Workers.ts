/**
 * Processes of the program `worker.ts` on one database, and what their log has to say once something has happened to
 * one of them.
 */
import type { ChildProcess } from "node:child_process"
import { SqlClient } from "@effect/sql"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Process from "@tickwork/test-support/Process"
import { Effect } from "effect"
import { Placement } from "tickwork"
import { everyMs, type Said } from "./worker.ts"

export interface Worker {
  readonly child: ChildProcess
  /** How many partitions it has, as it last said. */
  readonly partitions: () => number
  /** What else it has said, such as warnings. */
  readonly said: ReadonlyArray<string>
}

/** Starts one, and waits for nothing. */
export const start = (url: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const said: Array<string> = []
    let partitions = 0
    const hear = (line: string) => {
      try {
        const parsed = JSON.parse(line) as Said
        if ("partitions" in parsed) partitions = parsed.partitions
      } catch {
        said.push(line)
      }
    }
    const child = yield* Process.start(new URL("./worker.ts", import.meta.url), [url, ...args], hear)
    return { child, partitions: () => partitions, said }
  })

/** Waits until each has a fair share, and all of them have everything. */
export const share = (workers: ReadonlyArray<Worker>): Effect.Effect<void> =>
  Eventually.isTrue(
    `${workers.length} share the partitions`,
    Effect.sync(() => {
      const each = workers.map(({ partitions }) => partitions())
      const fair = Placement.partitions / workers.length
      return (
        each.reduce((sum, one) => sum + one, 0) === Placement.partitions &&
        each.every((one) => Math.abs(one - fair) < fair / 5)
      )
    })
  )

export interface Judged {
  readonly keys: number
  readonly runs: number
  readonly interrupted: number
  /** Instants with more than one success. */
  readonly doubled: number
  /** Runs that began before the one before them had ended. */
  readonly overlapping: number
  /** Planned instants without an entry. */
  readonly unsaid: number
  /** Between two successes of one key that began, in ms, the longest of all since `from`. */
  readonly longestGapMs: number
}

/** What the log says of all that has happened until now; gaps are counted from an instant on. */
export const judge = (from: number): Effect.Effect<Judged, never, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<Record<keyof Judged, string>>`
      WITH entry AS (SELECT * FROM job_log WHERE status <> 'control'),
      succeeded AS (
        SELECT key, scheduled_at, started_at,
          lag(started_at + duration_ms) OVER of_key AS ended_before,
          started_at - lag(started_at) OVER of_key AS gap
        FROM entry WHERE status = 'success' WINDOW of_key AS (PARTITION BY key ORDER BY seq)
      ),
      -- no instant is planned while a run takes, such as one that was frozen and has kept its claim
      said AS (
        SELECT key, min(scheduled_at) AS first, max(greatest(scheduled_at, last_at)) AS last,
          count(DISTINCT scheduled_at) FILTER (WHERE status <> 'skipped')
            + coalesce(sum(count) FILTER (WHERE status = 'skipped'), 0)
            + coalesce(sum(duration_ms / ${everyMs}) FILTER (WHERE status = 'success'), 0) AS instants
        FROM entry GROUP BY key
      )
      SELECT
        (SELECT count(DISTINCT key) FROM entry) AS keys,
        (SELECT count(*) FROM succeeded) AS runs,
        (SELECT count(*) FROM entry WHERE status = 'interrupted') AS interrupted,
        (SELECT count(*) FROM (SELECT 1 FROM succeeded GROUP BY key, scheduled_at HAVING count(*) > 1) AS twice) AS doubled,
        (SELECT count(*) FROM succeeded WHERE started_at < ended_before) AS overlapping,
        (SELECT coalesce(sum(abs((last - first) / ${everyMs} + 1 - instants)), 0) FROM said) AS unsaid,
        (SELECT coalesce(max(gap), 0) FROM succeeded WHERE started_at > ${from}) AS "longestGapMs"`
    return Object.fromEntries(
      Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)])
    ) as unknown as Judged
  }).pipe(Effect.orDie)
