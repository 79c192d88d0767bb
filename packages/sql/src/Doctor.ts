/**
 * Checks the stored data: every row is compared with what a run of Tickwork can leave behind. It reads, and writes and
 * corrects nothing.
 *
 * @since 0.1.0
 */
import type { SqlClient } from "@effect/sql"
import { Clock, Duration, Effect, Stream } from "effect"
import { JobStore } from "tickwork"
import * as ClientStore from "./internal/ClientStore.ts"
import * as Finding from "./internal/doctor/Finding.ts"
import * as Instances from "./internal/doctor/Instances.ts"
import * as Keys from "./internal/doctor/Keys.ts"
import * as Orphans from "./internal/doctor/Orphans.ts"
import * as Reader from "./internal/doctor/Reader.ts"
import * as Releases from "./internal/doctor/Releases.ts"
import * as Zones from "./internal/doctor/Zones.ts"
import { isDamaged, messageOf, storeError } from "./internal/Errors.ts"
import * as Migrations from "./internal/migrations/Migrations.ts"
import * as Owner from "./internal/Owner.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type { Code, Finding, Severity } from "./internal/doctor/Finding.ts"
/**
 * @since 0.1.0
 * @category constants
 */
export { codes } from "./internal/doctor/Finding.ts"
/**
 * A finding and its cure, in one line each.
 *
 * @since 0.1.0
 * @category rendering
 */
export { cure, toText } from "./internal/doctor/Messages.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Stands before the names of the tables; default empty. */
  readonly prefix?: string
  /** The schema of the tables, on PostgreSQL; default as in `PgJobStore.Options`. */
  readonly schema?: string
  /** A claim that is older is a finding; default a day. */
  readonly staleAfter?: Duration.DurationInput
  /** How long keys are not listed until their instances are a finding; default 30 days. */
  readonly notListedAfter?: Duration.DurationInput
}

/**
 * The version of the time zone data by which this process reads cron expressions, such as `2025c`; `unknown` where the
 * runtime does not tell it.
 *
 * @example
 * ```ts
 * import { Doctor } from "@tickwork/sql"
 *
 * console.assert(/^20\d\d[a-z]$/.test(Doctor.zoneDataVersion()))
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const zoneDataVersion: () => string = Zones.version

/** Clocks of two hosts that differ by less are right. */
const clockSlackMs = 1000

const operation = "examine the database"
const database = "the database of the SQL client"

const damaged = (message: string) => Finding.make("damaged-file", { jobName: null, key: null }, { message })

/** SQLite's own check of its file. */
const file = ({ dialect, read }: Reader.Reader): Reader.Findings =>
  dialect.name !== "sqlite"
    ? Stream.empty
    : Stream.fromIterableEffect(
        Effect.map(read("PRAGMA quick_check(10)"), (rows) =>
          rows
            .map((row) => String(Object.values(row)[0]))
            .filter((message) => message !== "ok")
            .map(damaged)
        )
      )

/** A clock of the database of its own that shows another time than this host's. */
const clock = ({ dialect, read }: Reader.Reader): Reader.Findings =>
  Stream.fromIterableEffect(
    Effect.gen(function* () {
      const sentAt = yield* Clock.currentTimeMillis
      const [row] = yield* read(`SELECT ${dialect.clock} AS clock`)
      const at = row?.clock ?? null
      if (at === null) return []
      const byMs = Math.round(Number(at) - (sentAt + (yield* Clock.currentTimeMillis)) / 2)
      return Math.abs(byMs) > clockSlackMs
        ? [Finding.make("clock-differs", { jobName: null, key: null }, { byMs })]
        : []
    })
  )

/** Where the damage keeps SQLite from reading on, it is the last finding. */
const untilDamaged = (findings: Reader.Findings): Reader.Findings =>
  Stream.catchAll(findings, (error) =>
    isDamaged(error.cause) ? Stream.make(damaged(messageOf(error.cause))) : Stream.fail(error)
  )

/**
 * The findings in the data that Tickwork has stored on the client's database: first of the file, the clock and
 * the time zones, then of each instance with its log, then of keys, then rows without an instance, then of releases and processes. What the application writes meanwhile
 * is no finding. A million log entries take about a minute, in steps of a thousand.
 *
 * It fails with `StoreError` where the tables are missing or are not those of this release.
 *
 * @example
 * ```ts
 * import { Doctor, SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer, Stream } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), SqlJobStore.layerSqlite({ filename: ":memory:" }))
 *
 * const findings = Effect.zipRight(Tick.once, Stream.runCollect(Doctor.examine()))
 * Effect.runPromise(Effect.provide(findings, TickLive)).then((findings) => {
 *   for (const finding of findings) console.log(Doctor.toText(finding), Doctor.cure(finding))
 *   console.assert(findings.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const examine = ({
  prefix,
  schema,
  staleAfter = "1 day",
  notListedAfter = "30 days"
}: Options = {}): Stream.Stream<Finding.Finding, JobStore.StoreError, SqlClient.SqlClient> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const { connections, dialect, names } = yield* ClientStore.speaking({ prefix, schema }, database)
      yield* connections.read(Migrations.checkExisting({ names, dialect, database, shared: true }))
      const { isGone } = yield* Owner.make(dialect.name === "sqlite" ? "host" : "hosts")
      const staleAfterMs = Duration.toMillis(staleAfter)
      const options = Effect.map(Clock.currentTimeMillis, (now) => ({ now, staleAfterMs, isGone }))
      const reader = Reader.make(connections, dialect, names)
      return untilDamaged(
        file(reader).pipe(
          Stream.concat(clock(reader)),
          Stream.concat(Zones.all(reader)),
          Stream.concat(Instances.all(reader, options)),
          Stream.concat(Keys.all(reader, Duration.toMillis(notListedAfter))),
          Stream.concat(Orphans.all(reader)),
          Stream.concat(Releases.all(reader))
        )
      )
    })
  ).pipe(
    Stream.mapError((error) =>
      error._tag === "SqlError"
        ? storeError(operation)(error)
        : new JobStore.StoreError({ operation, reason: error.message, cause: error })
    )
  )
