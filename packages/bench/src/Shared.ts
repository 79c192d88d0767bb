/**
 * Jobs that several processes on one PostgreSQL database share: 200 that do nothing, every second.
 */

import { Effect, Fiber } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as Measure from "./Measure.ts"
import * as Server from "./Server.ts"

export const count = 200

export interface Shift {
  readonly schema: Server.Schema
  /** When all processes begin to count, in ms since the epoch. */
  readonly from: number
  readonly seconds: number
}

export interface Spent {
  readonly runs: number
  readonly cpuMs: number
}

export const jobs = (onStart: () => void) =>
  Jobs.make(
    ...Array.from({ length: count }, (_, index) =>
      Job.make(`job_${index}`, Effect.sync(onStart)).pipe(Job.every("1 second"), Job.parallel)
    )
  )

/** Runs the jobs, and counts between two instants. */
export const run = ({ from, schema, seconds }: Shift): Effect.Effect<Spent, unknown> => {
  let runs = 0
  let isCounting = false
  const registry = jobs(() => {
    if (isCounting) runs += 1
  })
  return Effect.gen(function* () {
    const running = yield* Effect.fork(Tick.run)
    yield* Effect.sleep(Math.max(0, from - Date.now()))
    isCounting = true
    const { cpu } = yield* Measure.spent(Effect.sleep(seconds * 1000))
    isCounting = false
    yield* Fiber.interrupt(running)
    return { runs, cpuMs: cpu }
  }).pipe(Effect.provide(Server.tick(schema, registry)))
}
