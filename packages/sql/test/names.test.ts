/**
 * Names that a database cannot keep, or that mean another one, are refused before anything is made.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Redacted } from "effect"
import { JobStore } from "tickwork"

const refusal = <A>(layer: Layer.Layer<A, DatabaseError.DatabaseError>) =>
  Effect.flip(Effect.scoped(Layer.build(layer)))

const openings: ReadonlyArray<
  readonly [string, (filename: string) => Layer.Layer<never, DatabaseError.DatabaseError>]
> = [
  ["layerSqlite", (filename) => SqlJobStore.layerSqlite({ filename })],
  ["layerExisting that reads", (filename) => SqlJobStore.layerExisting({ filename, access: "read" })],
  ["layerExisting that writes", (filename) => SqlJobStore.layerExisting({ filename, access: "write" })]
]

/** A database of another program. */
const foreign = Effect.tap(TemporaryFile.make, (filename) =>
  Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE bookmarks (url TEXT)`),
    SqliteClient.layer({ filename })
  )
)

describe("the name of a SQLite file", () => {
  for (const [name, open] of openings) {
    it.scoped(`is refused by ${name} where the driver would read another name in it`, () =>
      Effect.gen(function* () {
        const filename = yield* foreign
        const folder = path.dirname(filename)
        const before = fs.readFileSync(filename)
        const around = ["\n", " ", "\t", "\u00a0", "\ufeff"].flatMap((blank) => [filename + blank, blank + filename])
        for (const given of [...around, `${filename}\u0000`, `${filename}\u0000.db`, `file:${filename}`]) {
          const { message, reason } = yield* refusal(open(given))
          assert.strictEqual(reason, "invalid option", JSON.stringify(given))
          assert.match(message, /the file name must [^\n]+\. Correct the option\.$/)
          assert.notMatch(message, /\p{Cc}/u)
        }
        assert.deepStrictEqual(fs.readdirSync(folder), [path.basename(filename)])
        assert.isTrue(before.equals(fs.readFileSync(filename)))
      })
    )

    it.effect(`is refused by ${name} where it is empty or not set`, () =>
      Effect.gen(function* () {
        for (const given of ["", " ", "\n", undefined as never]) {
          assert.strictEqual((yield* refusal(open(given))).reason, "invalid option", JSON.stringify(given))
        }
      })
    )

    it.effect(`is refused by ${name} and not quoted where it is a URL or settings`, () =>
      Effect.gen(function* () {
        for (const given of [
          ...["postgres://ada:secret@localhost/app", "mysql://ada:secret@localhost/app", "postgres:/ada:secret@h/app"],
          ...["host=localhost password=secret", "host=h pwd = secret", "ada:secret@localhost/app", "mysql:ada:secret@h"]
        ]) {
          const error = yield* refusal(open(given))
          assert.strictEqual(error.reason, "invalid option", given)
          assert.notInclude(JSON.stringify(error), "secret")
          assert.notInclude(error.message, "secret")
        }
      })
    )
  }

  it.scoped("may hold blanks, colons and an @ inside", () =>
    Effect.gen(function* () {
      const folder = yield* TemporaryFile.folder
      for (const name of ["my jobs.db", "12:30@home.db", "größe.db", "me@work.db", "日本.db"]) {
        yield* Effect.scoped(Layer.build(SqlJobStore.layerSqlite({ filename: path.join(folder, name) })))
        assert.include(fs.readdirSync(folder), name)
      }
    })
  )
})

const tooLong = ["z".repeat(43), "é".repeat(22), "z".repeat(60), "\u{1f600}".repeat(11)]

const refusedPrefixes: ReadonlyArray<readonly [string, RegExp]> = [
  ...tooLong.map((prefix) => [prefix, /the prefix must be at most 42 bytes long, got \d+\. Correct/] as const),
  ["a\u0000b", /the prefix must not hold the character U\+0000/],
  ["half\ud800", /the prefix must be well-formed/],
  ["SQLITE_", /the prefix must not begin with sqlite_/]
]

const pgUrl = Redacted.make("postgres://ada:secret@127.0.0.1:1/app")

describe("the prefix of the tables", () => {
  it.scoped("is refused where PostgreSQL would cut a name, on SQLite, too, before a file is made", () =>
    Effect.gen(function* () {
      const folder = yield* TemporaryFile.folder
      const filename = path.join(folder, "app.db")
      for (const [prefix, message] of refusedPrefixes) {
        const existing = { filename, prefix, access: "read" } as const
        for (const layer of [SqlJobStore.layerSqlite({ filename, prefix }), SqlJobStore.layerExisting(existing)]) {
          const error = yield* refusal(layer)
          assert.strictEqual(error.reason, "invalid option", prefix)
          assert.match(error.message, message)
        }
      }
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )

  it.scoped("is refused on a client of the application's before anything is made", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const [prefix, message] of refusedPrefixes) {
        const error = yield* refusal(
          Layer.provide(SqlJobStore.layer({ prefix }), Layer.succeed(SqlClient.SqlClient, sql))
        )
        assert.match(error.message, message)
      }
      assert.deepStrictEqual(yield* sql`SELECT name FROM sqlite_master`, [])
    }).pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" })))
  )

  it.scoped("may have 42 bytes on SQLite", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      for (const prefix of ["z".repeat(42), "é".repeat(21)]) {
        for (const _ of [1, 2])
          yield* Effect.scoped(
            Layer.build(
              SqlJobStore.layer({ prefix }).pipe(Layer.provide(SqliteClient.layer({ filename })), Layer.fresh)
            )
          )
      }
    })
  )

  it.scoped("is refused on SQLite where it is another one in its case alone, and nothing is changed", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const client = Layer.orDie(SqliteClient.layer({ filename }))
      yield* Effect.scoped(Layer.build(SqlJobStore.layerSqlite({ filename, prefix: "my_App_" })))
      const before = fs.readFileSync(filename)
      for (const prefix of ["My_App_", "my_app_", "MY_APP_"]) {
        const layers: ReadonlyArray<Layer.Layer<never, DatabaseError.DatabaseError>> = [
          SqlJobStore.layerSqlite({ filename, prefix }),
          Layer.provide(SqlJobStore.layer({ prefix }), client),
          SqlJobStore.layerExisting({ filename, prefix, access: "read" }),
          SqlJobStore.layerExisting({ filename, prefix, access: "write" })
        ]
        for (const layer of layers) {
          const { message, reason } = yield* refusal(Layer.fresh(layer))
          assert.strictEqual(reason, "invalid option", prefix)
          assert.include(
            message,
            `the prefix must be "my_App_", as its tables are named, got "${prefix}", which SQLite`
          )
        }
      }
      assert.isTrue(before.equals(fs.readFileSync(filename)))
      // only for ASCII letters does SQLite ignore the case
      for (const prefix of ["é_", "É_"])
        yield* Effect.scoped(Layer.build(Layer.fresh(Layer.provide(SqlJobStore.layer({ prefix }), client))))
    })
  )

  it.scoped("is refused where tables or views of others have these names, in whatever case", () =>
    Effect.gen(function* () {
      for (const made of ["CREATE TABLE JOB_state (id TEXT)", "CREATE VIEW job_LOG AS SELECT 1 AS id"]) {
        const client = Layer.orDie(SqliteClient.layer({ filename: yield* TemporaryFile.make }))
        yield* Effect.provide(
          Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(made)),
          Layer.fresh(client)
        )
        const layer = Layer.fresh(Layer.provide(SqlJobStore.layer(), client))
        const { message, reason } = yield* refusal(layer)
        assert.strictEqual(reason, "foreign", made)
        assert.match(message, /Tickwork did not make: (JOB_state|job_LOG)\./)
      }
    })
  )

  it.scoped("is refused in one line that shows what the names of other tables hide", () =>
    Effect.gen(function* () {
      const client = Layer.orDie(SqliteClient.layer({ filename: yield* TemporaryFile.make }))
      const hostile = Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`CREATE TABLE ${sql("\u001b[2J\n\u202eJOB_state")} (id TEXT)`
      )
      yield* Effect.provide(hostile, Layer.fresh(client))
      const layer = Layer.fresh(Layer.provide(SqlJobStore.layer({ prefix: "\u001b[2J\n\u202e" }), client))
      const { message } = yield* refusal(layer)
      assert.include(message, "Tickwork did not make: \\u{1b}[2J \\u{202e}JOB_state.")
    })
  )

  it.scoped("of a file's tables is named where layerSqlite opens the file under another", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Effect.scoped(Layer.build(SqlJobStore.layerSqlite({ filename, prefix: "app_" })))
      const { message, reason } = yield* refusal(SqlJobStore.layerSqlite({ filename }))
      assert.strictEqual(reason, "foreign")
      assert.include(message, 'it holds tables of Tickwork under the prefix "app_".')
    })
  )

  it.effect("and the schema are refused by PgJobStore before a connection is made", () =>
    Effect.gen(function* () {
      const refused: ReadonlyArray<readonly [Omit<PgJobStore.PgOptions, "url">, RegExp]> = [
        ...refusedPrefixes.map(([prefix, message]) => [{ prefix }, message] as const),
        [{ schema: "z".repeat(64) }, /the schema must be at most 63 bytes long, got 64\./],
        [{ schema: "é".repeat(32) }, /the schema must be at most 63 bytes long, got 64\./],
        [{ schema: "a\u0000" }, /the schema must not hold the character U\+0000/],
        [{ schema: "" }, /the schema must not be empty/]
      ]
      for (const [options, message] of refused) {
        const existing = PgJobStore.layerExisting({ url: pgUrl, access: "read", ...options })
        for (const layer of [PgJobStore.layerPg({ url: pgUrl, ...options }), existing]) {
          const error = yield* refusal(layer)
          assert.strictEqual(error.reason, "invalid option", JSON.stringify(options))
          assert.match(error.message, message)
          assert.strictEqual(error.database, "127.0.0.1:1/app")
        }
      }
    })
  )
})

describe("the URL of a server", () => {
  it.effect("is refused where it cannot be used, and shown without what stands before the last @", () =>
    Effect.gen(function* () {
      const urls: ReadonlyArray<readonly [string, string]> = [
        ["postgres://ada:secret@[::1/app", "[::1/app"],
        ["postgres://ada:secret@localhost:port/app", "localhost:port/app"],
        ["postgres://ada:secret", "the database"],
        ["postgres://ada:12/secret@localhost/app", "localhost/app"],
        ["postgres://ada:12?secret@localhost/app", "the database"],
        ["postgres://ada:12#secret@localhost/app", "the database"],
        ["postgres://ada:secret%00@localhost/app", "localhost/app"],
        ["postgres://ada:secret%ff@localhost/app", "localhost/app"],
        ['"postgres://ada:secret@localhost/app"', 'localhost/app"']
      ]
      for (const [url, database] of urls) {
        const error = yield* refusal(PgJobStore.layerPg({ url: Redacted.make(url) }))
        assert.deepStrictEqual([error.reason, error.database], ["invalid option", database], url)
        assert.notInclude(error.message + JSON.stringify(error), "secret")
        assert.notMatch(error.message, /user who may|right to read/)
      }
    })
  )

  it.effect("may hold an @ in a parameter and in an encoded password", () =>
    Effect.gen(function* () {
      for (const rest of ["ada:a%40b%2Fc@127.0.0.1:1/app", "127.0.0.1:1/app?user=ada@work", "a@b:c@127.0.0.1:1/app"]) {
        const url = Redacted.make(`postgres://${rest}`)
        const error = yield* refusal(PgJobStore.layerPg({ url, connectTimeout: "1 second" }))
        assert.deepStrictEqual([error.reason, error.database], ["unreachable", "127.0.0.1:1/app"], rest)
      }
    })
  )
})

Postgres.describeOnPostgres("the prefix and the schema on PostgreSQL", () => {
  it.scopedLive("name other tables where their case is another", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      const state = (prefix: string) =>
        Effect.provide(JobStore.JobStore, Layer.fresh(PgJobStore.layerPg({ url, prefix })))
      for (const prefix of ["app_", "App_"]) yield* state(prefix)
      const tables = yield* Effect.provide(
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql<{ name: string }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()
            AND tablename LIKE '%job_state'`
        ),
        Postgres.client(Redacted.value(url), 1)
      )
      assert.sameMembers(
        tables.map(({ name }) => name),
        ["app_job_state", "App_job_state"]
      )
    })
  )

  it.scopedLive("are refused where a view of the user's own has the name of a table", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const making = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE VIEW job_log AS SELECT 1 AS id`)
      yield* Effect.provide(making, Postgres.client(url, 1))
      const error = yield* refusal(Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(url) })))
      assert.strictEqual(error.reason, "foreign")
      assert.include(error.message, "Tickwork did not make: job_log.")
    })
  )

  it.scopedLive("work at their longest, at each start", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      for (const options of [{ prefix: "z".repeat(42) }, { prefix: "é".repeat(21) }]) {
        for (const _ of [1, 2]) yield* Effect.scoped(Layer.build(Layer.fresh(PgJobStore.layerPg({ url, ...options }))))
      }
      const own = Redacted.make(yield* Postgres.database)
      for (const _ of [1, 2]) {
        const schema = "é".repeat(31)
        yield* Effect.scoped(Layer.build(Layer.fresh(PgJobStore.layerPg({ url: own, schema }))))
      }
      const reserved = yield* refusal(Layer.fresh(PgJobStore.layerPg({ url: own, schema: "pg_jobs" })))
      assert.strictEqual(reserved.reason, "invalid option")
    })
  )
})
