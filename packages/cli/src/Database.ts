/**
 * The database that a command is about: by `--db`, else by TICKWORK_DB.
 *
 * It is opened as it is: no table is made and nothing is migrated. A password never gets into a text.
 *
 * @internal
 */
import type { SqlClient } from "@effect/sql"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import { Config, Effect, Layer, Option, Redacted } from "effect"
import type { JobStore } from "tickwork"
import * as CliError from "./CliError.ts"

/** What `--db` and `--prefix` say. */
export interface Named {
  readonly db: Option.Option<string>
  readonly prefix: string
}

type Target =
  | { readonly _tag: "Sqlite"; readonly filename: string }
  | { readonly _tag: "Postgres"; readonly url: string }

const missing = CliError.usage(
  "No database is named. Give one with --db FILE or --db postgres://HOST/NAME, or set TICKWORK_DB."
)

/** True for PostgreSQL's; everything else is a file. */
export const isUrl = (name: string): boolean => /^postgres(ql)?:\/\//i.test(name)

/** True where it may not be shown: a URL with a password, or one that cannot be read. */
export const hasPassword = (name: string): boolean => {
  if (!isUrl(name)) return false
  if (!URL.canParse(name)) return true
  const { password, searchParams } = new URL(name)
  return password !== "" || searchParams.has("password")
}

const targetOf = (name: string): Target =>
  isUrl(name) ? { _tag: "Postgres", url: name } : { _tag: "Sqlite", filename: name }

const target = ({ db }: Named): Effect.Effect<Target, CliError.Problem> =>
  Option.match(db, {
    onNone: () => Config.option(Config.nonEmptyString("TICKWORK_DB")),
    onSome: (name) => Effect.succeed(Option.some(name))
  }).pipe(
    Effect.orElseSucceed(() => Option.none<string>()),
    Effect.flatten,
    Effect.filterOrFail((name) => name.trim() !== ""),
    Effect.mapBoth({ onFailure: () => missing, onSuccess: targetOf })
  )

type Store = Layer.Layer<JobStore.JobStore | SqlClient.SqlClient, CliError.Problem | DatabaseError.DatabaseError>

const sqlite = (filename: string, prefix: string, access: "read" | "write"): Store =>
  SqlJobStore.layerExisting({ filename, prefix, access })

/** PostgreSQL's driver takes its time to load: it is where it is asked for. */
const postgres = (url: string, prefix: string, access: "read" | "write"): Store =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("@tickwork/sql/PgJobStore")),
      (PgJobStore) => PgJobStore.layerExisting({ url: Redacted.make(url), prefix, access, maxConnections: 2 })
    )
  )

/** The store, for reading or for writing. */
export const layer = (named: Named, access: "read" | "write"): Store =>
  Layer.unwrapEffect(
    Effect.map(target(named), (target) =>
      target._tag === "Sqlite"
        ? sqlite(target.filename, named.prefix, access)
        : postgres(target.url, named.prefix, access)
    )
  )
