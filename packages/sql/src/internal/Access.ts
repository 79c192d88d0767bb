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
  /** The one row of a statement whose columns are lists; `inRows` where a value stands in no list. */
  readonly readLists: <A>(
    operation: string,
    statement: { readonly text: string; readonly parameters: ReadonlyArray<unknown> },
    decodeLists: (lists: ReadonlyArray<ReadonlyArray<unknown>>) => A,
    inRows: Effect.Effect<A, JobStore.StoreError>
  ) => Effect.Effect<A, JobStore.StoreError>
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
    readLists: (operation, { parameters, text }, decodeLists, inRows) => {
      const inLists = Effect.map(readValues(operation, text, parameters), ([row = []]) =>
        decodeLists(row.map(Lists.read))
      )
      // a column of SQLite may hold a BLOB, and its JSON holds none
      return dialect.isTyped ? inLists : Effect.orElse(inLists, () => inRows)
    },
    read: <A>(operation: string, text: string, parameters?: ReadonlyArray<unknown>) =>
      Effect.map(readRows(operation, text, parameters), (rows) => decode<A>(rows)),
    write: (operation, use) => Effect.mapError(connections.write(use), storeError(operation))
  }
}
