/**
 * Reads of the doctor, a page at a time. It writes nothing.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Chunk, Effect, Option, Stream } from "effect"
import type { JobStore } from "tickwork"
import { type Connections, execute, transaction } from "../Connections.ts"
import type { Names } from "../migrations/Tables.ts"
import { nameOf } from "../statements/Decode.ts"
import type { Dialect } from "../statements/Dialect.ts"
import type { Finding } from "./Finding.ts"
import type { Row } from "./RowDecoder.ts"

export type Read = (
  text: string,
  parameters?: ReadonlyArray<unknown>
) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>

export type Findings = Stream.Stream<Finding, SqlError.SqlError>

export interface Reader {
  readonly names: Names
  readonly dialect: Dialect
  readonly read: Read
  /** All that is read in it is from one moment, whatever other processes write. */
  readonly snapshot: <A>(
    use: (read: Read) => Effect.Effect<A, SqlError.SqlError>
  ) => Effect.Effect<A, SqlError.SqlError>
}

export const make = (connections: Connections, dialect: Dialect, names: Names): Reader => ({
  names,
  dialect,
  read: (text, parameters) =>
    connections.read((connection) => execute(connection, dialect.render(text), parameters), true),
  snapshot: (use) =>
    connections.read((connection) =>
      transaction({
        connection,
        begin: execute(connection, dialect.beginSnapshot),
        use: () => use((text, parameters) => execute(connection, dialect.render(text), parameters)),
        commit: (value) => Effect.as(execute(connection, "COMMIT"), value)
      })
    )
})

export const refOf = ({ jobName, key }: { readonly [K in keyof JobStore.Ref]?: unknown }): JobStore.Ref => ({
  jobName: nameOf(jobName),
  key: nameOf(key)
})

/** SQLite's driver answers at once: other fibers would wait until the last page was read. */
export const yieldToOthers = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** The rows of all pages; `next` is where the following page begins, `null` after the last. */
export const pages = <A, Cursor>(
  first: Cursor,
  page: (
    from: Cursor
  ) => Effect.Effect<{ readonly rows: ReadonlyArray<A>; readonly next: Cursor | null }, SqlError.SqlError>
): Stream.Stream<A, SqlError.SqlError> =>
  Stream.paginateChunkEffect(first, (from) =>
    Effect.flatMap(page(from), ({ next, rows }) =>
      Effect.as(yieldToOthers, [Chunk.fromIterable(rows), Option.fromNullable(next)] as const)
    )
  )
