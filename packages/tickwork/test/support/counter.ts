/**
 * A job that counts its runs in its memory.
 */

import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Ref, Schema } from "effect"
import { Job } from "tickwork"
import * as Kept from "../../src/internal/schedule/EncodedValue.ts"

const Count = Schema.Struct({ runs: Schema.Number })

export const counting: Job.Memory<typeof Count.Type> = { schema: Count, initial: { runs: 0 } }

export const more = Ref.updateAndGet<typeof Count.Type>(({ runs }) => ({ runs: runs + 1 }))

/** Counts its runs in its memory, and ends as it is told to; `seen` is what each attempt began with. */
export const make = (memory: Job.Memory<typeof Count.Type> = counting) => {
  const counter = {
    seen: [] as Array<number>,
    end: Effect.void as Effect.Effect<unknown, unknown>
  }
  const job = Job.make("counter", { memory }, (run) =>
    Effect.gen(function* () {
      counter.seen.push((yield* run.memory).runs)
      yield* more(run.memory)
      return yield* counter.end
    })
  ).pipe(Job.every("1 minute"), Job.timeout("10 seconds"), Bench.withoutRetry)
  return { counter, job }
}

export const memoryOf = (store: Bench.Store, jobName = "counter") =>
  Effect.map(store.state(jobName), ({ memory }) => memory && Kept.encodedOf(memory))
