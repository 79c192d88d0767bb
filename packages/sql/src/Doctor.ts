/**
 * Looks for what cannot be: the tables, and every row of them, held against what every run of Tickwork leaves behind.
 *
 * It reads, and writes nothing. What it finds it tells; it corrects nothing.
 *
 * @since 0.1.0
 */
import type { SqlClient, SqlError } from "@effect/sql"
import { Clock, Effect, Stream } from "effect"
import { JobStore } from "tickwork"
import * as ClientStore from "./internal/ClientStore.ts"
import { execute } from "./internal/Connections.ts"
import * as Integrity from "./internal/doctor/Integrity.ts"
import { type Found, type Look, nowhere } from "./internal/doctor/Look.ts"
import * as OfInstances from "./internal/doctor/OfInstances.ts"
import * as OfOrphans from "./internal/doctor/OfOrphans.ts"
import * as OfTables from "./internal/doctor/OfTables.ts"
import { isDamaged, messageOf, storeError } from "./internal/Errors.ts"
import * as Owner from "./internal/Owner.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type { Code, Finding } from "./internal/doctor/integrity/Finding.ts"
/**
 * @since 0.1.0
 * @category rendering
 */
export { cure, toText } from "./internal/doctor/integrity/Words.ts"

/**
 * What is looked at, and what is worth a word.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Stands before the names of the tables; empty unless set. */
  readonly prefix?: string
  /** What waits for longer than so many ms is worth a warning; a day unless set. */
  readonly longMs?: number
}

const operation = "examine the database"

/** A file so damaged that it cannot be read on is a finding, and the last one. */
const orDamaged = (found: Found): Found =>
  Stream.catchAll(found, (error: SqlError.SqlError) =>
    isDamaged(error.cause)
      ? Stream.make(Integrity.make("file-is-damaged", nowhere, { message: messageOf(error.cause) }))
      : Stream.fail(error)
  )

const everything = (look: Look): Found =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { findings, whole } = yield* OfTables.shape(look)
      const { baseline, control, run, state } = look.names
      const first = Stream.concat(Stream.fromIterable(findings), Stream.fromIterableEffect(OfTables.file(look)))
      if (!whole.has(state)) return first
      const where = (table: string, found: Found) => (whole.has(table) ? found : Stream.empty)
      return first.pipe(
        Stream.concat(OfInstances.all(look, whole)),
        Stream.concat(where(run, OfOrphans.lines(look))),
        Stream.concat(where(baseline, OfOrphans.baselines(look))),
        Stream.concat(where(control, OfOrphans.requests(look)))
      )
    })
  )

/**
 * What is wrong with the data that Tickwork has stored on the client's database, as it is found: with the file and its
 * tables first, then with each instance and its log, then with what was asked for. A million lines take about
 * half a minute, in steps of a thousand.
 *
 * What is written meanwhile may look wrong for a moment; look again before you act.
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
  longMs,
  prefix = ""
}: Options = {}): Stream.Stream<Integrity.Finding, JobStore.StoreError, SqlClient.SqlClient> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const { connections, dialect, names } = yield* ClientStore.speaking(prefix, "the database of the SQL client")
      const { isGone } = yield* Owner.make(dialect.name === "sqlite" ? "host" : "hosts")
      const look: Look = {
        read: (text, parameters) => connections.read((connection) => execute(connection, text, parameters)),
        dialect,
        names,
        options: Effect.map(Clock.currentTimeMillis, (now) => ({
          now,
          isGone,
          ...(longMs === undefined ? {} : { longMs })
        }))
      }
      return orDamaged(everything(look))
    })
  ).pipe(
    Stream.mapError((error) =>
      error._tag === "SqlError"
        ? storeError(operation)(error)
        : new JobStore.StoreError({ operation, reason: error.message, cause: error })
    )
  )
