/**
 * What a look at stored data is made with: reads alone, a page at a time.
 *
 * It judges nothing and writes nothing.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Chunk, Effect, Option, Stream } from "effect"
import type { JobStore } from "tickwork"
import type { Names } from "../migrations/Tables.ts"
import type { Dialect } from "../statements/Dialect.ts"
import type * as Integrity from "./Integrity.ts"
import type * as RawRows from "./RawRows.ts"

export interface Look {
  readonly read: (
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<RawRows.Row>, SqlError.SqlError>
  readonly dialect: Dialect
  readonly names: Names
  /** For what is read from now on. */
  readonly options: Effect.Effect<Integrity.Options>
}

export type Findings = ReadonlyArray<Integrity.Finding>

export type Found = Stream.Stream<Integrity.Finding, SqlError.SqlError>

/** Where no instance is meant. */
export const nowhere = { jobName: null, key: null } as const

export const refOf = (row: RawRows.Row): JobStore.Ref => ({ jobName: String(row.jobName), key: String(row.key) })

/** SQLite's driver answers at once, so that others would wait for as long as there are pages. */
export const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** What is found on one page after the other; each tells where the next one begins, `null` after the last. */
export const pages = <A, C>(
  first: C,
  page: (from: C) => Effect.Effect<readonly [found: ReadonlyArray<A>, next: C | null], SqlError.SqlError>
): Stream.Stream<A, SqlError.SqlError> =>
  Stream.paginateChunkEffect(first, (from) =>
    Effect.flatMap(page(from), ([found, next]) => {
      const answer = [Chunk.fromIterable(found), Option.fromNullable(next)] as const
      return next === null ? Effect.succeed(answer) : Effect.as(turn, answer)
    })
  )
