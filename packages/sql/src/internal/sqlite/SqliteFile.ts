/**
 * A look at a SQLite file before it is opened for good: is it there, may it be written, whose is it?
 *
 * The look is read-only, and leaves neither the file nor its folder changed.
 *
 * @internal
 */

import * as fs from "node:fs"
import * as path from "node:path"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Cause, Context, Effect, Layer, Schedule, type Scope } from "effect"
import { DatabaseError, type Reason } from "../../DatabaseError.ts"
import type { Access } from "../ClientStore.ts"
import { untilFree } from "../Connections.ts"
import * as Migrations from "../migrations/Migrations.ts"
import type * as Tables from "../migrations/Tables.ts"
import { refused } from "../Refused.ts"
import { sqlite } from "../statements/Dialect.ts"

const magic = "SQLite format 3\u0000"

const succeeds = (action: () => void): boolean => {
  try {
    action()
    return true
  } catch {
    return false
  }
}

const isWritable = (filename: string): boolean => succeeds(() => fs.closeSync(fs.openSync(filename, "r+")))

const isWritableFolder = (name: string): boolean => succeeds(() => fs.accessSync(name, fs.constants.W_OK))

const headerOf = (filename: string): Buffer => {
  const file = fs.openSync(filename, "r")
  try {
    const header = Buffer.alloc(100)
    return header.subarray(0, fs.readSync(file, header, 0, header.length, 0))
  } finally {
    fs.closeSync(file)
  }
}

/** What the file system can tell; answers whether there is a database to look into. */
const check = (filename: string): Effect.Effect<"new" | "filled", DatabaseError> =>
  Effect.suspend((): Effect.Effect<"new" | "filled", DatabaseError> => {
    const refuse = (reason: Reason, detail: string) => new DatabaseError({ database: filename, reason, detail })
    const folder = path.dirname(path.resolve(filename))
    if (!fs.existsSync(folder)) return refuse("missing folder", `there is no folder ${folder}`)
    if (!fs.existsSync(filename)) {
      return isWritableFolder(folder) ? Effect.succeed("new") : refuse("read-only", `${folder} may not be written to`)
    }
    if (!fs.statSync(filename).isFile()) return refuse("not a database", "it is no file")
    const header = headerOf(filename)
    if (header.length > 0 && header.subarray(0, 16).toString("latin1") !== magic) {
      return refuse("not a database", "it does not begin as a SQLite file does")
    }
    if (!isWritable(filename) || !isWritableFolder(folder))
      return refuse("read-only", "it may be read but not written to")
    return Effect.succeed(header.length === 0 ? "new" : "filled")
  }).pipe(Effect.catchAllDefect((cause) => Effect.fail(refused(filename, cause))))

/** What the file system can tell of a file that has to be there; nothing is made where there is none. */
export const checkExisting = (filename: string, access: Access): Effect.Effect<void, DatabaseError> =>
  Effect.suspend((): Effect.Effect<void, DatabaseError> => {
    const refuse = (reason: Reason, detail: string) => new DatabaseError({ database: filename, reason, detail })
    const found = fs.statSync(filename, { throwIfNoEntry: false })
    if (found === undefined) return refuse("missing", "there is no such file")
    if (!found.isFile()) return refuse("not a database", "it is no file")
    const header = headerOf(filename)
    if (header.length === 0) return refuse("no tables", "it is empty")
    if (header.subarray(0, 16).toString("latin1") !== magic) {
      return refuse("not a database", "it does not begin as a SQLite file does")
    }
    return access === "write" && !(isWritable(filename) && isWritableFolder(path.dirname(path.resolve(filename))))
      ? refuse("read-only", "it may be read but not written to")
      : Effect.void
  }).pipe(Effect.catchAllDefect((cause) => Effect.fail(refused(filename, cause))))

/**
 * SQLite makes two files beside a WAL database that it reads, and leaves them. Where there are none yet, it is given
 * a second name for the file, in a folder that goes when the look is over; where no second name can be given, the
 * first has to do.
 */
const nameToLookAt = (filename: string): Effect.Effect<string, never, Scope.Scope> => {
  const real = fs.realpathSync(filename)
  return fs.existsSync(`${real}-wal`)
    ? Effect.succeed(real)
    : Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(`${real}-look-`)),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      ).pipe(
        Effect.map((folder) => {
          const second = path.join(folder, "look.db")
          return succeeds(() => fs.linkSync(real, second)) ? second : real
        })
      )
}

// SQLite does not wait where two turn the same new file into one with a write-ahead log
const whileLocked = Schedule.whileInput(untilFree, ({ reason }: DatabaseError) => reason === "locked")

/** A client on the file; what SQLite says when it cannot open it is a refusal. */
export const client = (
  config: SqliteClient.SqliteClientConfig,
  database = config.filename
): Layer.Layer<SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> =>
  SqliteClient.layer(config).pipe(
    Layer.catchAllCause((cause) => Layer.fail(refused(database, Cause.squash(cause)))),
    Layer.retry(whileLocked)
  )

const look = (filename: string, names: Tables.Names): Effect.Effect<void, DatabaseError> =>
  Effect.gen(function* () {
    const name = yield* Effect.suspend(() => nameToLookAt(filename))
    const opened = yield* Layer.build(client({ filename: name, readonly: true, disableWAL: true }, filename))
    const connection = yield* Context.get(opened, SqlClient.SqlClient).reserve
    yield* Migrations.check({ names, dialect: sqlite, database: filename, shared: false })(connection)
  }).pipe(
    Effect.scoped,
    Effect.catchTag("SqlError", ({ cause }) => Effect.fail(refused(filename, cause))),
    Effect.catchAllDefect((cause) => Effect.fail(refused(filename, cause))),
    Effect.retry(whileLocked)
  )

// Under its second name a file is seen without what others write meanwhile, perhaps half of it: then once more.
const isLookedAtAgain = (filename: string) => fs.existsSync(`${fs.realpathSync(filename)}-wal`)

/** Succeeds where the file is new or ours; fails with what is wrong with it otherwise. */
export const inspect = (filename: string, names: Tables.Names): Effect.Effect<void, DatabaseError> =>
  filename === ":memory:"
    ? Effect.void
    : Effect.flatMap(check(filename), (found) =>
        found === "new"
          ? Effect.void
          : Effect.retry(look(filename, names), { times: 1, while: () => isLookedAtAgain(filename) })
      )
