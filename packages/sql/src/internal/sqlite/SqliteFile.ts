/**
 * Checks a SQLite file before it is opened for writing: does it exist, may it be written, whose tables does it hold? The
 * check is read-only and changes neither the file nor its folder.
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
import { codeOf, databaseError } from "../Errors.ts"
import * as Migrations from "../migrations/Migrations.ts"
import type * as Tables from "../migrations/Tables.ts"
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

export const isReadable = (filename: string): boolean => succeeds(() => fs.closeSync(fs.openSync(filename, "r")))

export const isWritable = (filename: string): boolean => succeeds(() => fs.closeSync(fs.openSync(filename, "r+")))

export const isWritableFolder = (name: string): boolean => succeeds(() => fs.accessSync(name, fs.constants.W_OK))

/** The user who owns a file, as a message names it. */
export const ownerOf = (filename: string): string => `user ${fs.statSync(filename).uid}`

/** Why the user may not write to a database that is there. */
const writeFault = (filename: string): string | null => {
  const real = fs.realpathSync(filename)
  if (!isWritable(real) || !isWritableFolder(path.dirname(real)))
    return "this user may read it, but not write to it or to its folder"
  const beside = ["-wal", "-shm", "-journal"].map((suffix) => real + suffix)
  const found = beside.find((name) => fs.existsSync(name) && !isWritable(name))
  return found === undefined ? null : `this user may not write to ${found}, which belongs to ${ownerOf(found)}`
}

export const headerOf = (filename: string): Buffer => {
  const file = fs.openSync(filename, "r")
  try {
    const header = Buffer.alloc(100)
    return header.subarray(0, fs.readSync(file, header, 0, header.length, 0))
  } finally {
    fs.closeSync(file)
  }
}

/** How SQLite reads a URI, where the environment lets it. */
const uri = /^file:/

/** No path looks like one of these: a drive such as `C:/` is let through, and `./` before a name makes it a path. */
const credentials = /:\/\/|(?<!^[a-z]):\/.*@|^(?![a-z]:)[^/\\@]+:.*@|pass(word|wd)?\s*=|pwd\s*=/is

/** The driver opens another file than the one that was checked, or one that is gone when it is closed. */
const nameFault = (filename: string): string | null => {
  if (filename === "") return "the file name must not be empty"
  if (filename.includes("\u0000")) return "the file name must not hold the character U+0000"
  if (filename !== filename.trim()) return "the file name must not begin or end with a blank or a line feed"
  if (/\p{Cs}/u.test(filename)) return "the file name must be well-formed Unicode"
  return uri.test(filename) ? "the file name must be a path, got a URI" : null
}

/** Refuses what names no file, or not the one that it seems to. A name that may hold a password is not quoted. */
export const checkName = (filename: string): Effect.Effect<void, DatabaseError> => {
  const refuse = (database: string, detail: string) => new DatabaseError({ database, reason: "invalid option", detail })
  // an environment variable that is not set
  const name: unknown = filename ?? ""
  if (typeof name !== "string") return refuse("the database", "the file name must be a string")
  if (credentials.test(name)) {
    return refuse("the database", "the file name must be a path, got a URL of another kind or other settings")
  }
  const fault = nameFault(name)
  return fault === null ? Effect.void : refuse(name, fault)
}

const ownerMode = 0o600

/** Its owner must be able to use it; other bits are no rights. */
export const checkMode = (filename: string, mode: number): Effect.Effect<void, DatabaseError> =>
  Number.isInteger(mode) && mode >= 0 && mode <= 0o777 && (mode & ownerMode) === ownerMode
    ? Effect.void
    : new DatabaseError({
        database: filename,
        reason: "invalid option",
        detail: `the mode must be one such as 0o660, with which the owner may read and write, got ${Number.isInteger(mode) && mode >= 0 ? `0o${mode.toString(8)}` : mode}`
      })

/** Makes the file where it is missing, with these rights; SQLite gives them to the files beside it, too. */
export const create = (filename: string, mode: number): Effect.Effect<void, DatabaseError> =>
  Effect.suspend(() => {
    if (filename === ":memory:" || fs.existsSync(filename)) return Effect.void
    const { O_CREAT, O_EXCL, O_RDWR } = fs.constants
    try {
      const file = fs.openSync(filename, O_RDWR | O_CREAT | O_EXCL, mode)
      // whatever the umask leaves out
      fs.fchmodSync(file, mode)
      fs.closeSync(file)
    } catch (error) {
      if (codeOf(error) !== "EEXIST") return Effect.fail(databaseError(filename, error))
      // a link to a file that is not there yet, or one that another process has just made
      fs.closeSync(fs.openSync(filename, O_RDWR | O_CREAT, mode))
    }
    return Effect.void
  }).pipe(Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))))

/** What the file system says; `filled` where there is a database to read. */
const check = (filename: string): Effect.Effect<"new" | "filled", DatabaseError> =>
  Effect.suspend((): Effect.Effect<"new" | "filled", DatabaseError> => {
    const refuse = (reason: Reason, detail: string) => new DatabaseError({ database: filename, reason, detail })
    const folder = path.dirname(path.resolve(filename))
    if (!fs.existsSync(folder)) return refuse("missing folder", `the folder ${folder} does not exist`)
    if (!fs.existsSync(filename)) {
      return isWritableFolder(folder)
        ? Effect.succeed("new")
        : refuse("read-only", `this user may not write to ${folder}`)
    }
    if (!fs.statSync(filename).isFile()) return refuse("not a database", "it is not a file")
    const header = headerOf(filename)
    if (header.length > 0 && header.subarray(0, 16).toString("latin1") !== magic) {
      return refuse("not a database", "it does not begin like a SQLite file")
    }
    const fault = writeFault(filename)
    if (fault !== null) return refuse("read-only", fault)
    return Effect.succeed(header.length === 0 ? "new" : "filled")
  }).pipe(Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))))

/** What the file system says of a file that must exist. */
export const checkExisting = (filename: string, access: Access): Effect.Effect<void, DatabaseError> =>
  Effect.zipRight(checkName(filename), checkFile(filename, access))

const checkFile = (filename: string, access: Access): Effect.Effect<void, DatabaseError> =>
  Effect.suspend((): Effect.Effect<void, DatabaseError> => {
    const refuse = (reason: Reason, detail: string) => new DatabaseError({ database: filename, reason, detail })
    const found = fs.statSync(filename, { throwIfNoEntry: false })
    if (found === undefined) return refuse("missing", "there is no such file")
    if (!found.isFile()) return refuse("not a database", "it is not a file")
    const header = headerOf(filename)
    if (header.length === 0) return refuse("no tables", "it is empty")
    if (header.subarray(0, 16).toString("latin1") !== magic) {
      return refuse("not a database", "it does not begin like a SQLite file")
    }
    const fault = access === "write" ? writeFault(filename) : null
    return fault === null ? Effect.void : refuse("read-only", fault)
  }).pipe(Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))))

/**
 * The name to read the file by. SQLite leaves two files beside a WAL database that it reads: where there are none yet, it
 * gets a hard link in a folder of its own, which is removed after the check, if the file system allows one.
 */
const nameToRead = (filename: string): Effect.Effect<string, never, Scope.Scope> => {
  const real = fs.realpathSync(filename)
  return fs.existsSync(`${real}-wal`)
    ? Effect.succeed(real)
    : Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(`${real}-check-`)),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      ).pipe(
        Effect.map((folder) => {
          const second = path.join(folder, "check.db")
          return succeeds(() => fs.linkSync(real, second)) ? second : real
        })
      )
}

// SQLite does not wait where two processes turn the same new file into a WAL database
const whileLocked = Schedule.whileInput(untilFree, ({ reason }: DatabaseError) => reason === "locked")

/** A client on the file; it fails with `DatabaseError` where SQLite cannot open it. */
export const client = (
  config: SqliteClient.SqliteClientConfig,
  database = config.filename
): Layer.Layer<SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> =>
  SqliteClient.layer(config).pipe(
    Layer.catchAllCause((cause) => Layer.fail(databaseError(database, Cause.squash(cause)))),
    Layer.retry(whileLocked)
  )

const checkTables = (filename: string, names: Tables.Names): Effect.Effect<void, DatabaseError> =>
  Effect.gen(function* () {
    const name = yield* Effect.suspend(() => nameToRead(filename))
    const opened = yield* Layer.build(client({ filename: name, readonly: true, disableWAL: true }, filename))
    const connection = yield* Context.get(opened, SqlClient.SqlClient).reserve
    yield* Migrations.check({ names, dialect: sqlite, database: filename, shared: false })(connection)
  }).pipe(
    Effect.scoped,
    Effect.catchTag("SqlError", ({ cause }) => Effect.fail(databaseError(filename, cause))),
    Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))),
    Effect.retry(whileLocked)
  )

// Under its link the file is read without what other processes write meanwhile, perhaps half of it: then once more.
const isWrittenMeanwhile = (filename: string) => fs.existsSync(`${fs.realpathSync(filename)}-wal`)

/** Succeeds where the file is new or holds Tickwork's tables. */
export const inspect = (filename: string, names: Tables.Names): Effect.Effect<void, DatabaseError> =>
  filename === ":memory:"
    ? Effect.void
    : Effect.flatMap(Effect.zipRight(checkName(filename), check(filename)), (found) =>
        found === "new"
          ? Effect.void
          : Effect.retry(checkTables(filename, names), { times: 1, while: () => isWrittenMeanwhile(filename) })
      )
