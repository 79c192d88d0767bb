/**
 * The API of commit 5cab423 under the names of the present one, as far as the rows use it.
 *
 * The compiler sees the present packages here: what that commit has in their place is named, and nothing else is different.
 */
import { SqlClient } from "@effect/sql"
import * as sql from "@tickwork/sql"
import { Effect, Layer, Option } from "effect"
import * as tickwork from "tickwork"
import * as testing from "tickwork/testing"
import type * as Current from "./Current.ts"

export * as PgJobStore from "@tickwork/sql/PgJobStore"

/** What its packages have under earlier names. */
interface Earlier {
  readonly JobHistory: typeof Current.JobLog
  readonly Simulation: {
    readonly run: typeof Current.Simulation.run
    readonly withStandIn: typeof Current.Simulation.withStub
    readonly withStandIns: typeof Current.Simulation.withStubs
  }
  readonly Timeline: typeof Current.Timeline
}

const earlier = tickwork as unknown as Earlier

export const { Jobs, JobStore } = tickwork
export const { ManualClock } = testing
export const { SqlJobStore } = sql
export const { Timeline } = earlier
export const JobLog = earlier.JobHistory

export const Simulation = {
  run: earlier.Simulation.run,
  withStub: earlier.Simulation.withStandIn,
  withStubs: earlier.Simulation.withStandIns
}

/** A body that takes its run comes after the options there. */
const make = (name: string, ...rest: ReadonlyArray<unknown>) => {
  const [first] = rest
  const parameters = typeof first === "function" ? [{}, first] : rest
  return (tickwork.Job.make as (name: string, ...rest: ReadonlyArray<unknown>) => tickwork.Job.Any)(name, ...parameters)
}

export const Job = { ...tickwork.Job, make }

/** It has no verb for many at once; a transaction around one by one is what an application could do. */
const enqueueAll = <P>(
  job: tickwork.Job.Job<string, unknown, unknown, any, any, P>,
  payloads: Iterable<P>,
  options?: { readonly at?: string }
) =>
  Effect.gen(function* () {
    const { enqueue } = yield* tickwork.Tick.Tick
    const all = Effect.forEach(payloads, (payload) => enqueue(job, payload, options))
    const client = yield* Effect.serviceOption(SqlClient.SqlClient)
    return yield* Option.match(client, { onNone: () => all, onSome: (sql) => sql.withTransaction(all) })
  })

export const Tick = { ...tickwork.Tick, enqueueAll }

/** A process that only enqueues opens a whole tick. */
export const TickClient = { layer: tickwork.Tick.layer, enqueue: tickwork.Tick.enqueue, enqueueAll }

/** Its processes all compete for every instance. */
export const Placement = { fixed: () => Layer.empty }

/** It reads the requests of other processes at intervals alone. */
export const watch = "1 second"
