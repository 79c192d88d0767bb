/**
 * A thousand enqueued runs, of which one has failed for good, a job with thirty keys, and five jobs that recur.
 */
import { Array as Arr, Effect, Layer, Logger, Schedule, Schema } from "effect"
import { Job, type JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Filled from "./Filled.ts"

const recurring = Arr.makeBy(5, (n) => Job.make(`recurring_${n}`, Effect.void).pipe(Job.every("1 hour")))

const keys = Arr.makeBy(30, (n) => `peer ${n}`)
const ping = Job.make("ping", { keys: Effect.succeed(keys) }, () => Effect.void).pipe(Job.every("1 hour"))

const sendMail = Job.make("send_mail", { payload: Schema.Number }, ({ payload }) =>
  payload === 7 ? Effect.fail("offline") : Effect.void
).pipe(Job.parallel, Job.retry(Schedule.recurs(0)))

/** Runs all of them once, at {@link Filled.start}. */
export const fill = <E>(store: Layer.Layer<JobStore.JobStore, E>) =>
  Effect.gen(function* () {
    yield* Tick.enqueueAll(sendMail, Arr.range(1, 1000), { key: (n) => `mail ${n}` })
    yield* Tick.once
  }).pipe(
    Effect.provide(
      Layer.provide(Tick.layer(Jobs.make(...recurring, ping, sendMail)), store).pipe(
        Layer.provideMerge(ManualClock.layer(Filled.start)),
        Layer.provideMerge(Logger.remove(Logger.defaultLogger))
      )
    )
  )
