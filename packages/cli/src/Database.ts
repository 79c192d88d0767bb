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

/** A URL as it was meant, without the blanks and the quotes of a file of settings; the name of a file without quotes. */
const readName = (given: string): string => {
  const name = /^\s*(["'])(.*)\1\s*$/s.exec(given)?.[2] ?? given
  return isUrl(name.trim()) ? name.trim() : name
}

/** True where a part of the name may be a password: no hint repeats it. */
export const hasPassword = (given: string): boolean =>
  /:.*@|pass(word|wd)?\s*=|pwd\s*=/is.test(readName(given).replace(/^[a-z][a-z\d+.-]*:\/\//i, ""))

const nameOf = ({ db }: Pick<Address, "db">): Effect.Effect<string, CliError.CliError> =>
  Option.match(db, {
    onNone: () => Effect.orElseSucceed(Config.string("TICKWORK_DB"), () => ""),
    onSome: Effect.succeed
  }).pipe(
    Effect.map(readName),
    Effect.filterOrFail(
      (name) => name.trim() !== "",
      () => missing
    )
  )

/** The SQLite file; none for a server. */
export const fileOf = (address: Pick<Address, "db">): Effect.Effect<Option.Option<string>, CliError.CliError> =>
  Effect.map(nameOf(address), (name) => (isUrl(name) ? Option.none() : Option.some(name)))

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
