/**
 * The database that a command reads or writes: `--db`, else TICKWORK_DB. Opening it creates no table and migrates
 * nothing.
 *
 * @internal
 */
import type { SqlClient } from "@effect/sql"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import { Config, Effect, Layer, Option, Redacted } from "effect"
import type { JobLog, JobStore } from "tickwork"
import * as CliError from "./CliError.ts"

/** A store and its log. */
export type Stored = JobStore.JobStore | JobLog.JobLog

export interface Address {
  readonly db: Option.Option<string>
  /** The prefix of the tables; empty for none. */
  readonly prefix: string
  /** The PostgreSQL schema of the tables; empty for the one that the search path finds. */
  readonly schema: string
}

export type Access = "read" | "write"

const missing = CliError.usage(
  "No database is named. Use --db FILE or --db postgres://HOST/NAME, or set the environment variable TICKWORK_DB."
)

const onlyPostgres = CliError.usage("--schema is an option of PostgreSQL: a SQLite file has no schemas. Leave it out.")

const isUrl = (name: string): boolean => /^postgres(ql)?:\/\//i.test(name)

/** True for a URL with a password, and for a URL that cannot be parsed: neither may be printed. */
export const hasPassword = (name: string): boolean => {
  if (!isUrl(name)) return false
  if (!URL.canParse(name)) return true
  const { password, searchParams } = new URL(name)
  return password !== "" || searchParams.has("password")
}

const nameOf = ({ db }: Address): Effect.Effect<string, CliError.CliError> =>
  Option.match(db, {
    onNone: () => Effect.orElseSucceed(Config.string("TICKWORK_DB"), () => ""),
    onSome: Effect.succeed
  }).pipe(
    Effect.filterOrFail(
      (name) => name.trim() !== "",
      () => missing
    )
  )

/** Loads the PostgreSQL driver only where a command needs it. */
const postgres = (url: string, { prefix, schema }: Address, access: Access) =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("@tickwork/sql/PgJobStore")),
      (PgJobStore) =>
        PgJobStore.layerExisting({
          ...{ url: Redacted.make(url), prefix, access, maxConnections: 2 },
          ...(schema === "" ? {} : { schema })
        })
    )
  )

export const layer = (
  address: Address,
  access: Access
): Layer.Layer<Stored | SqlClient.SqlClient, CliError.CliError | DatabaseError.DatabaseError> =>
  Layer.unwrapEffect(
    Effect.map(
      nameOf(address),
      (name): Layer.Layer<Stored | SqlClient.SqlClient, CliError.CliError | DatabaseError.DatabaseError> =>
        isUrl(name)
          ? postgres(name, address, access)
          : address.schema !== ""
            ? Layer.fail(onlyPostgres)
            : SqlJobStore.layerExisting({ filename: name, prefix: address.prefix, access })
    )
  )
