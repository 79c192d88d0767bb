/**
 * Removes an instance with its log, its baseline and its requests, inside a transaction of the caller.
 *
 * It removes nothing that has changed, and nothing that is claimed but a row that cannot be read, of a holder that is lost.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import type { JobStore } from "tickwork"
import { execute } from "./Connections.ts"
import type * as Statements from "./statements/Statements.ts"

/** Answers whether the row was still the expected one; of its requests those before the one with the id `before` go. */
export const forget =
  (statements: ReturnType<typeof Statements.make>) =>
  (
    connection: SqlConnection.Connection,
    { jobName, key, lost, seq, token }: Parameters<JobStore.Service["forget"]>[0],
    before = 0
  ): Effect.Effect<boolean, SqlError.SqlError> =>
    Effect.gen(function* () {
      const forgotten =
        token !== null
          ? yield* execute(connection, statements.forgetState, [jobName, key, token, seq])
          : lost === undefined
            ? yield* execute(connection, statements.forgetUnreadable, [jobName, key])
            : yield* execute(connection, statements.forgetLost, [jobName, key, lost.owner, lost.token, lost.renewals])
      const [row] = forgotten
      if (row === undefined) return false
      yield* execute(connection, statements.forgetEntries, [row.id])
      yield* execute(connection, statements.forgetBaseline, [row.id])
      yield* execute(connection, statements.forgetRequests, [jobName, key, before])
      return true
    })
