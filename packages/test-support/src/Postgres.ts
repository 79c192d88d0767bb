/**
 * A fresh schema or database for a test, on the server of the test run. It is dropped with its scope.
 */
import { randomUUID } from "node:crypto"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Deferred, Effect, Layer, Redacted, type Scope, String } from "effect"
import { describe, inject } from "vitest"
import * as Process from "./Process.ts"
// it declares what the set-up provides
import type {} from "./postgresSetup.ts"

const server = inject("postgresUrl")

/** Tests that need a server; without one the set-up of the run has printed a warning. */
export const describeOnPostgres = server === null ? describe.skip : describe

const onServer = <A, E>(use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.suspend(() =>
    Effect.provide(use, PgClient.layer({ url: Redacted.make(server ?? ""), maxConnections: 1 }))
  ).pipe(Effect.orDie)

const named = () => `test_${randomUUID().replaceAll("-", "")}`

const run = (text: string) => onServer(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text)))

/** The URL of an empty schema, which serves as an empty database and is made a hundred times as fast. */
export const schema: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = named()
    const url = new URL(server ?? "")
    url.searchParams.set("options", `-c search_path=${name}`)
    return Effect.as(run(`CREATE SCHEMA ${name}`), { name, url: url.href })
  }),
  ({ name }) => run(`DROP SCHEMA ${name} CASCADE`)
).pipe(Effect.map(({ url }) => url))

/** The URL of an empty database. */
export const database: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = named()
    return Effect.as(run(`CREATE DATABASE ${name}`), name)
  }),
  (name) => run(`DROP DATABASE ${name} WITH (FORCE)`)
).pipe(Effect.map((name) => Object.assign(new URL(server ?? ""), { pathname: `/${name}` }).href))

/** A user who may log in and do nothing else. */
export const role: Effect.Effect<{ readonly username: string; readonly password: string }, never, Scope.Scope> =
  Effect.acquireRelease(
    Effect.suspend(() => {
      const made = { username: named(), password: randomUUID() }
      return Effect.as(run(`CREATE ROLE ${made.username} LOGIN PASSWORD '${made.password}'`), made)
    }),
    ({ username }) => run(`DROP ROLE ${username}`)
  )

/** A client of the application's on a database. */
export const client = (url: string, maxConnections = 10) =>
  Layer.orDie(PgClient.layer({ url: Redacted.make(url), maxConnections }))

/** A server that can be stopped and started again, for a test that cannot share one. */
export const own = Effect.gen(function* () {
  const url = yield* Deferred.make<string>()
  const child = yield* Process.start(new URL("./postgresServer.ts", import.meta.url), [], (line) =>
    Deferred.unsafeDone(url, Effect.succeed(line))
  )
  yield* Effect.addFinalizer(() => Process.close(child))
  const tell = (line: string) => Process.ask(child, line)
  return { url: yield* Deferred.await(url), stop: tell("stop"), start: tell("start") }
})

const int8 = 20

/** A client of an application that transforms names, and reads 64-bit integers as such. */
export const customClient = (url: string) =>
  Layer.orDie(
    PgClient.layer({
      url: Redacted.make(url),
      transformQueryNames: String.camelToSnake,
      transformResultNames: String.snakeToCamel,
      types: { getTypeParser: (type: number) => (text: string) => (type === int8 ? BigInt(text) : text) }
    })
  )
