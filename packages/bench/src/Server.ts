/**
 * The tick on a schema of its own of the PostgreSQL server of the run.
 */
import { randomBytes } from "node:crypto"
import type { SqlClient } from "@effect/sql"
import { Effect, Layer, Redacted, type Scope } from "effect"
import pg from "pg"
import { type Jobs, PgJobStore, Tick, TickClient } from "#adapter"
import type * as File from "./File.ts"

/** An empty schema, which is dropped with its scope. */
export interface Schema {
  readonly url: string
  readonly schema: string
}

export type Client = pg.Client

/** A connection of the bare driver, until the scope closes. */
export const connect = (url: string): Effect.Effect<pg.Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    }),
    (client) => Effect.promise(() => client.end())
  )

const run = (url: string, text: string) =>
  Effect.scoped(Effect.flatMap(connect(url), (client) => Effect.promise(() => client.query(text))))

export const make = (url: string): Effect.Effect<Schema, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const schema = `bench_${randomBytes(6).toString("hex")}`
      return Effect.as(run(url, `CREATE SCHEMA ${schema}`), { url, schema })
    }),
    ({ schema }) => run(url, `DROP SCHEMA ${schema} CASCADE`)
  )

export const store = ({ schema, url }: Schema) => {
  const located = new URL(url)
  // releases before the option `schema` find their tables by the search path alone
  located.searchParams.set("options", `-c search_path=${schema}`)
  return PgJobStore.layerPg({ url: Redacted.make(located.href), maxConnections: 10 })
}

/** The tick of these jobs on this schema. */
export const tick = (
  on: Schema,
  jobs: Jobs.Jobs<SqlClient.SqlClient>,
  options: Tick.Options = {}
): Layer.Layer<Tick.Tick | SqlClient.SqlClient, File.Failure> =>
  Layer.fresh(Tick.layer(jobs, options).pipe(Layer.provideMerge(store(on))))

/** What only submits requests. */
export const client = (
  on: Schema,
  jobs: Jobs.Jobs<SqlClient.SqlClient>
): Layer.Layer<TickClient.TickClient, File.Failure> =>
  Layer.fresh(TickClient.layer(jobs).pipe(Layer.provide(store(on))))
