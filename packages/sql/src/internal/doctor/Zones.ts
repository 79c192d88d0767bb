/**
 * Compares the time zone data of this process with those of the database, for the zones of the stored definitions.
 *
 * @internal
 */
import { Clock, DateTime, Effect, Option, Stream } from "effect"
import { type Names, qualify } from "../migrations/Tables.ts"
import * as Finding from "./Finding.ts"
import type * as Reader from "./Reader.ts"

const weekMs = 7 * 24 * 3_600_000

/** A year, so that a difference in one season alone is found as well. */
const weeks = 53

/** The version of the time zone data of this process, such as `2025c`. */
export const version = (): string => process.versions.tz ?? "unknown"

/** The zone that a definition of a cron job names, in a column that holds one. */
const zoneIn = (column: string): string => `substring(${column} FROM ' in ([^ ]+), gap ')`

/** The zones of all jobs, and of the keys that have a cadence of their own. */
const zonesOf = (names: Names): string =>
  `SELECT ${zoneIn("definition")} AS zone FROM ${qualify(names, names.definition)}
  UNION SELECT ${zoneIn("cadence")} AS zone FROM ${qualify(names, names.state)}`

/** How far a zone is ahead of UTC at an instant, in minutes, in this process. */
export type OffsetAt = (zone: string, at: number) => number | null

export const offsetAt: OffsetAt = (zone, at) =>
  Option.getOrNull(
    Option.map(DateTime.makeZoned(at, { timeZone: zone }), (zoned) => DateTime.zonedOffset(zoned) / 60_000)
  )

/** One row for each zone and instant; NULL where the database does not know the zone. */
const offsets = `SELECT named.zone AS zone, CAST(instant.at AS TEXT) AS at, CAST(extract(epoch FROM
    (to_timestamp(instant.at / 1000.0) AT TIME ZONE known.name) - (to_timestamp(instant.at / 1000.0) AT TIME ZONE 'UTC')
  ) / 60 AS TEXT) AS minutes
  FROM unnest(CAST(? AS TEXT[])) AS named(zone)
  LEFT JOIN pg_timezone_names AS known ON lower(known.name) = lower(named.zone)
  CROSS JOIN unnest(CAST(? AS BIGINT[])) AS instant(at)
  ORDER BY named.zone, instant.at`

/** A finding for each zone that has another offset in the database within a year, at the first instant found. */
export const all = ({ dialect, names, read }: Reader.Reader, here: OffsetAt = offsetAt): Reader.Findings =>
  dialect.name !== "pg"
    ? Stream.empty
    : Stream.fromIterableEffect(
        Effect.gen(function* () {
          const rows = yield* read(zonesOf(names))
          const zones = rows.flatMap(({ zone }) => (zone === null || zone === "UTC" ? [] : [String(zone)])).sort()
          if (zones.length === 0) return []
          const now = yield* Clock.currentTimeMillis
          const instants = Array.from({ length: weeks }, (_, week) => now + week * weekMs)
          const found = new Map<string, Finding.Finding>()
          for (const row of yield* read(offsets, [zones, instants])) {
            const [zone, at] = [String(row.zone), Number(row.at)]
            const [own, theirs] = [here(zone, at), row.minutes === null ? null : Number(row.minutes)]
            if (own === theirs || found.has(zone)) continue
            const facts = { zone, at, process: own, database: theirs, version: version() }
            found.set(zone, Finding.make("zone-differs", { jobName: null, key: null }, facts))
          }
          return [...found.values()]
        })
      )
