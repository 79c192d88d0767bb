/**
 * Reads and writes of the store's services, on connections of the store's own.
 *
 * It turns driver errors into `StoreError` and rows into values; it never knows what a statement means.
 *
 * @internal
 */
import { Effect } from "effect"
import type { JobStore } from "tickwork"
import { type Connections, execute, executeValues, type Use } from "./Connections.ts"
import { storeError } from "./Errors.ts"
import type { Names } from "./migrations/Tables.ts"
import { decode } from "./statements/Decode.ts"
import type { Dialect } from "./statements/Dialect.ts"
import * as Lists from "./statements/Lists.ts"

export interface Options {
  readonly connections: Connections
  readonly dialect: Dialect
  readonly names: Names
}

type Row = Readonly<Record<string, unknown>>

export interface Access {
  /** The rows as the driver gives them. */
  readonly readRows: (
    operation: string,
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Row>, JobStore.StoreError>
  /** The values of the rows in the order of their columns. */
  readonly readValues: (
    operation: string,
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, JobStore.StoreError>
  /** The values of the rows as a list for each column. */
  readonly readLists: (operation: string, statement: Lists.Statement) => Effect.Effect<Lists.Lists, JobStore.StoreError>
  readonly read: <A>(
    operation: string,
    text: string,
    parameters?: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<A>, JobStore.StoreError>
  readonly write: <A>(operation: string, use: Use<A>) => Effect.Effect<A, JobStore.StoreError>
}

/** A page of a long log may take longer than a read of states by the engine. */
export const make = ({ connections, dialect }: Options, isLong = false): Access => {
  const readRows: Access["readRows"] = (operation, text, parameters = []) =>
    connections
      .read((connection) => execute(connection, text, parameters), isLong)
      .pipe(Effect.mapError(storeError(operation)))
  const readValues: Access["readValues"] = (operation, text, parameters = []) =>
    connections
      .read((connection) => executeValues(connection, text, parameters), isLong)
      .pipe(Effect.mapError(storeError(operation)))
  return {
    readRows,
    readValues,
    readLists: (operation, { inLists, inRows, parameters }) => {
      const lists = Effect.map(readValues(operation, inLists, parameters), ([row = []]) => row.map(Lists.read))
      if (dialect.isTyped) return lists
      // a column of SQLite may hold a BLOB, and its JSON holds none
      return Effect.orElse(lists, () => Effect.map(readValues(operation, inRows, parameters), Lists.ofRows))
    },
    read: <A>(operation: string, text: string, parameters?: ReadonlyArray<unknown>) =>
      Effect.map(readRows(operation, text, parameters), (rows) => decode<A>(rows)),
    write: (operation, use) => Effect.mapError(connections.write(use), storeError(operation))
  }
}
