import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { DatabaseError, SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import { databaseError } from "../src/internal/Errors.ts"
import { asOrdinaryUser } from "./support/OrdinaryUser.ts"
import * as Unreleased from "./support/Unreleased.ts"

/** Everything that can be seen of a file and its folder: names, contents, times. */
const seen = (filename: string) =>
  fs.readdirSync(path.dirname(filename)).map((name) => {
    const whole = path.join(path.dirname(filename), name)
    const { mode, mtimeMs, size } = fs.statSync(whole)
    const hash = fs.statSync(whole).isFile() ? createHash("sha256").update(fs.readFileSync(whole)).digest("hex") : ""
    return [name, mode, mtimeMs, size, hash]
  })

const openStore = (filename: string) => Effect.scoped(Layer.build(SqlJobStore.layerSqlite({ filename })))

const inFile = <A, E>(filename: string, use: Effect.Effect<A, E, SqlClient.SqlClient>, disableWAL = false) =>
  Effect.provide(use, SqliteClient.layer({ filename, disableWAL }))

const refusesUnchanged = (filename: string, reason: DatabaseError.Reason, open = openStore(filename)) =>
  Effect.gen(function* () {
    const before = seen(filename)
    const error = yield* Effect.flip(open)
    assert.instanceOf(error, DatabaseError.DatabaseError)
    assert.strictEqual(error.reason, reason)
    assert.strictEqual(error.database, filename)
    assert.include(error.message, filename)
    assert.deepStrictEqual(seen(filename), before)
  })

const someTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE bookmarks (url TEXT)`
  yield* sql`INSERT INTO bookmarks VALUES ('kept')`
})

describe("a file that cannot be used as a job store is refused by its name, and not changed", () => {
  it.scoped("a file of another kind", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      fs.writeFileSync(filename, "dear diary")
      yield* refusesUnchanged(filename, "not a database")
    })
  )

  it.scoped("a folder", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      fs.mkdirSync(filename)
      yield* refusesUnchanged(filename, "not a database")
    })
  )

  it.scoped("a file whose folder does not exist", () =>
    Effect.gen(function* () {
      const folder = yield* TemporaryFile.folder
      const error = yield* Effect.flip(openStore(path.join(folder, "none", "app.db")))
      assert.strictEqual(error.reason, "missing folder")
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )

  it.scoped("a SQLite file that is broken inside", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* inFile(filename, someTables, true)
      const bytes = fs.readFileSync(filename)
      fs.writeFileSync(filename, bytes.fill(0x5a, 100, 4000))
      yield* refusesUnchanged(filename, "not a database")
    })
  )

  for (const disableWAL of [true, false]) {
    it.scoped(`tables of another program, ${disableWAL ? "with a rollback journal" : "with a write-ahead log"}`, () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        yield* inFile(filename, someTables, disableWAL)
        yield* refusesUnchanged(filename, "foreign")
      })
    )
  }

  it.scoped("a table of the same name that Tickwork did not make, also on a shared client", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const shared = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE job_entry (id INTEGER)`
        const error = yield* Effect.flip(Effect.scoped(Layer.build(SqlJobStore.layer())))
        assert.strictEqual(error.reason, "foreign")
        assert.strictEqual((yield* sql`SELECT * FROM sqlite_master`).length, 1)
      })
      yield* inFile(filename, shared)
    })
  )

  it.scoped("a database of another dialect", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const foreign = Effect.map(SqlClient.SqlClient, (sql) =>
        Object.assign(Object.create(sql), { onDialectOrElse: (options: { orElse: () => unknown }) => options.orElse() })
      )
      const client = Layer.effect(SqlClient.SqlClient, foreign).pipe(
        Layer.provide(SqliteClient.layer({ filename })),
        Layer.orDie
      )
      const opened = Effect.scoped(Layer.build(Layer.provide(SqlJobStore.layer(), client)))
      assert.strictEqual((yield* Effect.flip(opened)).reason, "another dialect")
    })
  )

  it.scoped("tables of a later release", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* openStore(filename)
      const later = Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`INSERT INTO tickwork_migrations (migration_id, name, layout) VALUES (101, 'later', '')`
      )
      yield* inFile(filename, later)
      yield* refusesUnchanged(filename, "newer")
    })
  )

  it.scoped("tables of an unreleased layout", () =>
    Effect.gen(function* () {
      const numbered = yield* TemporaryFile.make
      yield* inFile(numbered, Unreleased.numbered)
      yield* refusesUnchanged(numbered, "unreleased layout")
      const changed = yield* TemporaryFile.make
      yield* openStore(changed)
      yield* inFile(changed, Unreleased.changed)
      yield* refusesUnchanged(changed, "unreleased layout")
    })
  )

  it.scoped("a file that may not be read", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* openStore(filename)
      fs.chmodSync(filename, 0o000)
      fs.chmodSync(path.dirname(filename), 0o777)
      yield* refusesUnchangedAsOrdinaryUser(filename, "unreadable")
    })
  )

  it.scoped("a file that may be read but not written to", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* openStore(filename)
      fs.chmodSync(filename, 0o444)
      fs.chmodSync(path.dirname(filename), 0o755)
      yield* refusesUnchangedAsOrdinaryUser(filename, "read-only")
    })
  )
})

describe("a file is used as a job store", () => {
  it.scoped("where there is none yet, where it is empty, and where it was opened before", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      fs.writeFileSync(filename, "")
      yield* openStore(filename)
      yield* inFile(filename, someTables)
      yield* openStore(filename)
    })
  )

  it.scoped("where it stands behind a symbolic link", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* openStore(filename)
      const link = path.join(path.dirname(filename), "link.db")
      fs.symlinkSync("app.db", link)
      yield* openStore(link)
      assert.deepStrictEqual(fs.readdirSync(path.dirname(filename)).sort(), ["app.db", "link.db"])
    })
  )

  it.scoped("where it holds tables of another program that shares its client", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* inFile(filename, Effect.zipRight(someTables, Effect.scoped(Layer.build(SqlJobStore.layer()))))
      yield* openStore(filename)
    })
  )
})

const refusesUnchangedAsOrdinaryUser = (filename: string, reason: DatabaseError.Reason) =>
  refusesUnchanged(filename, reason, asOrdinaryUser(openStore(filename)))

describe("a driver without its native part", () => {
  it.each([
    [
      "that was never built",
      new Error("Could not locate the bindings file. Tried:\n → /app/build/better_sqlite3.node")
    ],
    [
      "that was built for another Node",
      Object.assign(
        new Error("The module was compiled against a different Node.js version using\nNODE_MODULE_VERSION 115."),
        {
          code: "ERR_DLOPEN_FAILED"
        }
      )
    ]
  ])("%s is told as that, with the command that builds it", (_, cause) => {
    const error = databaseError("app.db", cause)
    assert.strictEqual(error.reason, "driver not built")
    assert.match(
      error.message,
      /better-sqlite3 has no native part here: [^\n]+\. Build it with npm rebuild better-sqlite3/
    )
  })
})
