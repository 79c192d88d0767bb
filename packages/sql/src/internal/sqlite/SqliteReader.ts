/**
 * A client that reads a file as it is now, leaves nothing beside it and takes no right from its owner.
 *
 * SQLite makes two files beside a WAL database that it reads, and can remove them only if it may write: another user's
 * would keep the owner out. So a file that no process has open is read in place by its owner alone, and by everyone else
 * from a copy, which is made again once the file has changed.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient, SqlError, Statement } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { DatabaseError } from "../../DatabaseError.ts"
import { databaseError } from "../Errors.ts"
import * as SqliteFile from "./SqliteFile.ts"

const suffixes = ["-wal", "-shm"] as const

const isThere = (name: string): boolean => fs.existsSync(name)

/** What changes where another process opens the file or has written to it. */
const stampOf = (real: string): string =>
  ["", ...suffixes]
    .map((suffix) => fs.statSync(real + suffix, { bigint: true, throwIfNoEntry: false }))
    .map((found) => (found === undefined ? "" : [found.ino, found.size, found.mtimeNs].join(":")))
    .join()

const idOf = (filename: string): string => {
  const { dev, ino } = fs.statSync(filename)
  return `${dev}:${ino}`
}

const isOwn = (real: string): boolean => {
  const user = process.geteuid?.()
  const isOwner = user === undefined || user === 0 || user === fs.statSync(real).uid
  return isOwner && SqliteFile.isWritable(real) && SqliteFile.isWritableFolder(path.dirname(real))
}

const walVersion = 2

const isWal = (real: string): boolean => SqliteFile.headerOf(real)[19] === walVersion

/** Whether SQLite makes the files beside it. */
type Manner = "in place" | "in place, and cleaned" | "from a copy"

const mannerOf = (real: string): Manner => {
  const beside = suffixes.filter((suffix) => isThere(real + suffix)).length
  if (!isWal(real) || beside === suffixes.length) return "in place"
  return beside === 0 && isOwn(real) ? "in place, and cleaned" : "from a copy"
}

/** A file that another user has made, and that this one needs. */
const unreadable = (filename: string, real: string): Effect.Effect<void, DatabaseError> => {
  const found = suffixes.map((suffix) => real + suffix).find((name) => isThere(name) && !SqliteFile.isReadable(name))
  return found === undefined
    ? Effect.void
    : new DatabaseError({
        database: filename,
        reason: "unreadable",
        detail: `this user may not read ${found}, which belongs to ${SqliteFile.ownerOf(found)}`
      })
}

interface Source {
  readonly client: SqliteClient.SqliteClient
  readonly scope: Scope.CloseableScope
  /** False where the file has changed since it was copied, or another one has its name. */
  readonly isCurrent: () => boolean
}

const mostCopies = 10

/** What of a file is read in place of being copied page by page: a walk over all instances takes a third less. */
const mappedBytes = 2 ** 30

const opened = (database: string, filename: string, readonly = true) =>
  Effect.map(
    Layer.build(SqliteFile.client({ filename, readonly, disableWAL: true }, database)),
    Context.get(SqliteClient.SqliteClient)
  ).pipe(Effect.tap((client) => Effect.ignore(client.unsafe(`PRAGMA mmap_size = ${mappedBytes}`))))

const firstRead = (client: SqliteClient.SqliteClient) => client`SELECT COUNT(*) FROM sqlite_master`

/** The last connection of a process that may write removes the two files. */
const cleaned = (real: string) =>
  suffixes.some((suffix) => isThere(real + suffix))
    ? Effect.ignore(Effect.scoped(Effect.flatMap(opened(real, real, false), firstRead)))
    : Effect.void

/** The stamp of what was copied; `null` where it can be read in place by now. */
const copied = async (real: string, name: string): Promise<string | null> => {
  for (let n = 0; n < mostCopies; n++) {
    if (mannerOf(real) !== "from a copy") return null
    const before = stampOf(real)
    for (const suffix of ["", "-wal"]) {
      if (suffix !== "" && !isThere(real + suffix)) continue
      await fs.promises.copyFile(real + suffix, name + suffix, fs.constants.COPYFILE_FICLONE)
    }
    if (stampOf(real) === before) return before
  }
  throw new Error("it was written to while it was copied, time and again")
}

const fromCopy = (filename: string, real: string) =>
  Effect.gen(function* () {
    const remove = (folder: string) => Effect.ignore(Effect.try(() => fs.rmSync(folder, { recursive: true })))
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-read-"))),
      remove
    )
    const name = path.join(folder, "copy.db")
    const stamp = yield* Effect.promise(() => copied(real, name))
    if (stamp === null) return null
    const client = yield* opened(filename, name)
    // once SQLite has its files open, they need no name: a killed process leaves none
    yield* Effect.zipRight(Effect.ignore(firstRead(client)), remove(folder))
    return { client, isCurrent: () => stampOf(fs.realpathSync(filename)) === stamp }
  })

const read = (filename: string): Effect.Effect<Omit<Source, "scope">, DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const real = fs.realpathSync(filename)
    const manner = mannerOf(real)
    yield* unreadable(filename, real)
    if (manner === "from a copy") return (yield* fromCopy(filename, real)) ?? (yield* read(filename))
    if (manner === "in place, and cleaned") yield* Effect.addFinalizer(() => cleaned(real))
    const id = idOf(real)
    return { client: yield* opened(filename, filename), isCurrent: () => idOf(filename) === id }
  })

const open = (filename: string): Effect.Effect<Source, DatabaseError> =>
  Effect.uninterruptible(
    Effect.flatMap(Scope.make(), (scope) =>
      read(filename).pipe(
        Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))),
        Scope.extend(scope),
        Effect.map((found) => ({ ...found, scope })),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    )
  )

/** Closes a copy once nothing reads it any more. */
const close = ({ client, scope }: Source) =>
  Effect.ensuring(Effect.ignore(Effect.scoped(client.reserve)), Scope.close(scope, Exit.void))

const make = (filename: string) =>
  Effect.gen(function* () {
    let source = yield* open(filename)
    yield* Effect.addFinalizer(() => Scope.close(source.scope, Exit.void))
    const gate = yield* Effect.makeSemaphore(1)
    const renew = Effect.gen(function* () {
      if (source.isCurrent()) return
      const earlier = source
      source = yield* open(filename)
      yield* close(earlier)
    }).pipe(
      gate.withPermits(1),
      Effect.catchAllDefect((cause) => Effect.fail(databaseError(filename, cause))),
      Effect.mapError((cause) => new SqlError.SqlError({ cause, message: cause.detail }))
    )
    const current = Effect.map(renew, () => source.client)
    const acquirer = Effect.flatMap(current, ({ reserve }) => reserve)
    const sql = yield* SqlClient.make({
      acquirer: Effect.scoped(acquirer),
      transactionAcquirer: acquirer,
      compiler: Statement.makeCompilerSqlite(),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
    return Object.assign(sql as SqliteClient.SqliteClient, {
      [SqliteClient.TypeId]: SqliteClient.TypeId as SqliteClient.TypeId,
      config: source.client.config,
      export: Effect.flatMap(current, (client) => client.export),
      backup: (destination: string) => Effect.flatMap(current, (client) => client.backup(destination)),
      loadExtension: (name: string) => Effect.flatMap(current, (client) => client.loadExtension(name))
    })
  })

/** It fails with `DatabaseError` where SQLite cannot open the file. */
export const client = (filename: string): Layer.Layer<SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> =>
  Layer.scopedContext(
    Effect.map(make(filename), (client) =>
      Context.make(SqliteClient.SqliteClient, client).pipe(Context.add(SqlClient.SqlClient, client))
    )
  ).pipe(Layer.provide(Reactivity.layer))
