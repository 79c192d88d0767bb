/**
 * The transaction of a transactional job: its own writes, its log entry and its next instant commit together or not at
 * all. It first checks the claim, which locks the row, and does not decide what is recorded.
 *
 * @internal
 */
import { SqlClient } from "@effect/sql"
import { Effect } from "effect"
import { type Job, type JobStore, JobTransaction } from "tickwork"
import type { Options } from "./Access.ts"
import { isSqlError, storeError } from "./Errors.ts"
import * as JobConnection from "./JobConnection.ts"
import * as Requests from "./Requests.ts"
import * as Rows from "./statements/Rows.ts"
import * as Statements from "./statements/Statements.ts"

export const make = ({ connections, dialect, names }: Options): JobTransaction.Service => {
  const statements = Statements.make(names, dialect)
  return {
    isolations: dialect.isolations,
    around: <A, E, R, E2, R2>(
      claim: JobStore.Ref & JobStore.Expected,
      body: Effect.Effect<A, E, R>,
      saveOf: (value: A) => Effect.Effect<JobStore.Save, E2, R2>,
      isolation: Job.Isolation | null = null
    ) => {
      const { jobName, key, owner: claimOwner, token: claimToken } = claim
      const lost = new JobTransaction.ClaimLostError({ jobName, key })
      return connections
        .around(
          (origin) =>
            Effect.gen(function* () {
              const held = { jobName, key, claimToken, claimOwner }
              const passedOn = yield* Rows.refusedOf(origin, statements.renew, [claim], () => held)
              if (passedOn.length > 0) return yield* lost
              const { connection, end } = JobConnection.make(JobConnection.originOf(origin), jobName)
              // transactions of the body are savepoints in this one
              const inside = Effect.provideService(body, SqlClient.TransactionConnection, [connection, 0])
              const value = yield* Effect.ensuring(inside as Effect.Effect<A, E, R>, Effect.sync(end))
              const save = yield* saveOf(value)
              const isLost = yield* connections.asOwner(origin, (connection) =>
                Effect.gen(function* () {
                  const accepted = () => Rows.acceptedOf(save.state)
                  const refused = yield* Rows.refusedOf(connection, statements.save, [save], accepted)
                  if (refused.length > 0) return true
                  yield* Rows.forRows(connection, statements.write, save.entries)
                  yield* Requests.complete(connection, statements, save.acknowledgements ?? [])
                  return false
                })
              )
              return isLost ? yield* lost : save
            }),
          isolation
        )
        .pipe(
          Effect.mapError((error) =>
            isSqlError(error) ? storeError("commit the transaction of the job")(error) : error
          )
        )
    }
  }
}
