/**
 * Reads and writes of the store's services, on connections of the store's own.
 *
 * It turns driver errors into `StoreError` and rows into values; it never knows what a statement means.
 *
 * @internal
 */
import { Effect } from "effect"
import type { JobStore } from "tickwork"
import { type Connections, execute, type Use } from "./Connections.ts"
import { storeError } from "./Errors.ts"
import type { Names } from "./migrations/Tables.ts"
import type { Dialect } from "./statements/Dialect.ts"
import * as Rows from "./statements/Rows.ts"

export interface Options {
  readonly connections: Connections
  readonly dialect: Dialect
  readonly names: Names
}

export interface Access {
  readonly read: <A>(
    operation: string,
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<A>, JobStore.StoreError>
  readonly write: <A>(operation: string, use: Use<A>) => Effect.Effect<A, JobStore.StoreError>
}

/** A page of a long log may take longer than a read of states by the engine. */
export const make = ({ connections }: Options, isLong = false): Access => ({
  read: <A>(operation: string, text: string, parameters: ReadonlyArray<unknown> = []) =>
    connections
      .read((connection) => execute(connection, text, parameters), isLong)
      .pipe(
        Effect.flatMap((rows) => Rows.decode<A>(rows)),
        Effect.mapError(storeError(operation))
      ),
  write: (operation, use) => Effect.mapError(connections.write(use), storeError(operation))
})
