/**
 * Hears of what other processes write to a SQLite file: the file system tells that it was written to, SQLite that another
 * connection did so, and a number in it that requests have changed.
 *
 * @internal
 */
import * as fs from "node:fs"
import type { SqlClient, SqlConnection, SqlError } from "@effect/sql"
import { Effect, type Scope } from "effect"
import type { JobStore } from "tickwork"
import { execute, type Watched } from "../Connections.ts"

/** The process that writes hundreds of times a second looks no more often than this, in ms. */
const restMs = 4

/** File systems without events for the writes of other hosts, by the numbers that Linux gives them. */
const remote: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"]
])

const deafness = (file: string): string | null => {
  const name = remote.get(fs.statfsSync(file).type)
  return name === undefined ? null : `its file is on ${name}, which has no events for the writes of other hosts`
}

const valueOf = (rows: ReadonlyArray<Record<string, unknown>>): unknown => Object.values(rows[0] ?? {})[0]

const first = (connection: SqlConnection.Connection, text: string): Effect.Effect<unknown, SqlError.SqlError> =>
  Effect.map(execute(connection, text), valueOf)

/** The file that each commit writes to; `null` for a database in memory, which no other process reaches. */
const fileOf = (connection: SqlConnection.Connection) =>
  Effect.gen(function* () {
    const databases = yield* execute(connection, "PRAGMA database_list")
    const file = String(databases.find(({ name }) => name === "main")?.file ?? "")
    if (file === "") return null
    const mode = yield* first(connection, "PRAGMA journal_mode")
    return { file, written: mode === "wal" ? `${file}-wal` : file }
  })

/** What has changed since the last look: nothing that the process itself has written counts. */
const looking = (connection: SqlConnection.Connection, { mark }: Watched) => {
  let version: unknown = null
  let changes: unknown = null
  return Effect.gen(function* () {
    const now = yield* first(connection, "PRAGMA data_version")
    if (now === version) return false
    version = now
    const before = changes
    changes = yield* first(connection, mark)
    return changes !== before
  })
}

/** One look at a time follows the events; it waits until no transaction holds the connection. */
const onEvents = (look: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const latch = Effect.unsafeMakeLatch()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isLooking = false
    let restsUntil = 0
    const begin = () => {
      timer = undefined
      isLooking = true
      latch.unsafeOpen()
    }
    const end = Effect.sync(() => {
      isLooking = false
      restsUntil = performance.now() + restMs
    })
    // closed before it looks: an event of meanwhile leads to another look
    const next = Effect.zipRight(latch.await, Effect.zipRight(latch.close, look))
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(next, end)))
    yield* Effect.addFinalizer(() => Effect.sync(() => clearTimeout(timer)))
    return () => {
      if (timer !== undefined) return
      const ms = restsUntil - performance.now()
      if (isLooking || ms <= 0) begin()
      else timer = setTimeout(begin, ms)
    }
  })

export const watch = (
  sql: SqlClient.SqlClient,
  watched: Watched,
  { deaf, heard }: JobStore.Watcher
): Effect.Effect<Effect.Effect<void>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const on = <A>(use: (connection: SqlConnection.Connection) => Effect.Effect<A, SqlError.SqlError>) =>
      Effect.scoped(Effect.flatMap(sql.reserve, use))
    const found = yield* on(fileOf)
    if (found === null) return Effect.void
    const { file, written } = found
    const reason = deafness(file)
    if (reason !== null) {
      deaf(reason)
      return Effect.void
    }
    const isChanged = looking(yield* Effect.scoped(sql.reserve), watched)
    const look = on(() => isChanged).pipe(
      Effect.flatMap((isChanged) => (isChanged ? Effect.sync(heard) : Effect.void)),
      // the store's own calls find out what is wrong with it
      Effect.catchAllCause(() => Effect.void)
    )
    yield* look
    const event = yield* onEvents(look)
    let watcher: fs.FSWatcher | undefined
    const stop = () => {
      watcher?.close()
      watcher = undefined
    }
    const start = () => {
      try {
        watcher = fs.watch(written, { persistent: false }, event)
        watcher.on("error", (error) => {
          stop()
          deaf(error.message)
        })
        deaf(null)
      } catch (error) {
        deaf(error instanceof Error ? error.message : String(error))
      }
    }
    yield* Effect.acquireRelease(Effect.sync(start), () => Effect.sync(stop))
    return Effect.zipRight(
      Effect.sync(() => {
        if (watcher === undefined) start()
      }),
      look
    )
  }).pipe(
    Effect.catchAllCause((cause) => {
      deaf(String(cause))
      return Effect.succeed(Effect.void)
    })
  )
