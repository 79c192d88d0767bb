/**
 * A job that is enqueued with the instant of the call, and notes when it starts. Two processes have it: one runs it, the
 * other enqueues it.
 */

import { Effect, Layer, Schema } from "effect"
import { Job, Jobs, SqlJobStore, TickClient } from "#adapter"
import type * as File from "./File.ts"
import * as Server from "./Server.ts"
import * as WallTime from "./WallTime.ts"

const payload = Schema.Struct({ at: Schema.Number })

export const make = (onStart: (ms: number) => void) =>
  Job.make("mail", { payload }, ({ payload: { at } }) => Effect.sync(() => onStart(WallTime.now() - at))).pipe(
    Job.parallel
  )

/** Where both processes meet. */
export type Meeting =
  | { readonly kind: "sqlite"; readonly file: File.File }
  | { readonly kind: "postgres"; readonly schema: Server.Schema }

const count = 100
const gapMs = 25

/** Calls 40 times a second, whatever a call takes. */
export const openLoop = <E, R>(call: (at: number) => Effect.Effect<unknown, E, R>): Effect.Effect<void, E, R> =>
  Effect.suspend(() => {
    const start = WallTime.now()
    return Effect.forEach(
      Array.from({ length: count }, (_, n) => start + n * gapMs + ((n * 7919) % gapMs)),
      (at) =>
        Effect.sleep(Math.max(0, at - WallTime.now())).pipe(
          Effect.zipRight(Effect.suspend(() => call(WallTime.now())))
        ),
      { discard: true }
    )
  })

/** Enqueues from a process that runs nothing. */
export const enqueueFromOutside = (meeting: Meeting): Effect.Effect<void, unknown> => {
  const job = make(() => undefined)
  const jobs = Jobs.make(job)
  const client =
    meeting.kind === "postgres"
      ? Server.client(meeting.schema, jobs)
      : TickClient.layer(jobs).pipe(Layer.provide(SqlJobStore.layerSqlite(meeting.file)))
  return Effect.provide(
    openLoop((at) => TickClient.enqueue(job, { at })),
    client
  )
}
