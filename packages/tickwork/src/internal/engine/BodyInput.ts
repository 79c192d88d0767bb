/**
 * Reads what a body receives beside its run: the memory of its instance, and the payload it was enqueued with.
 *
 * It returns what a success leaves in memory, and stores nothing.
 *
 * @internal
 */
import { Effect, Either, Ref } from "effect"
import type { JobState } from "../../JobState.ts"
import { MemoryDecodeError, PayloadDecodeError, type Run } from "../../Run.ts"
import type { Definition } from "../Definition.ts"
import * as Memory from "./Memory.ts"
import { Remembering } from "./Outcome.ts"
import * as Payload from "./Payload.ts"

/** What is stored of an instance for its body. */
export type Stored = Pick<JobState, "memory" | "payload">

type Body<R> = Definition<R>["body"]

// an unreadable memory or payload is a defect, since it is not one of the job's failures `E`

const withMemory = <R>(memory: NonNullable<Definition["memory"]>, stored: Stored, run: Run, body: Body<R>) => {
  const refused = (operation: "read" | "keep") => (reason: string) =>
    Effect.die(new MemoryDecodeError({ jobName: run.jobName, key: run.key, operation, reason }))
  const read = Effect.catchAll(Memory.read(memory, stored.memory), refused("read"))
  return Effect.flatMap(read, ({ isMigrated, value }) => {
    const ref = Ref.unsafeMake(value)
    const given: Run & { readonly memory: Ref.Ref<unknown> } = { ...run, memory: ref }
    const kept = (answer: unknown) =>
      Effect.flatMap(ref, (left) =>
        left === value && !isMigrated
          ? Effect.succeed(answer)
          : Memory.write(memory, left).pipe(
              Either.map((encoded) => new Remembering({ value: answer, memory: encoded })),
              Effect.catchAll(refused("keep"))
            )
      )
    return Effect.flatMap(body(given), kept)
  })
}

const withPayload = <R>(payload: NonNullable<Definition["payload"]>, stored: Stored, run: Run, body: Body<R>) => {
  const { jobName, key } = run
  const refused = (reason: string) => Effect.die(new PayloadDecodeError({ jobName, key, reason }))
  return Effect.flatMap(Effect.catchAll(Payload.read(payload, stored.payload), refused), (payload) => {
    const given: Run & { readonly payload: unknown } = { ...run, payload }
    return body(given)
  })
}

/**
 * The body of an attempt, with the memory of the last commit. It returns the job's result, inside a `Remembering` where
 * the job changed its memory.
 */
export const attempt = <R>(
  { body, memory, payload }: Pick<Definition<R>, "body" | "memory" | "payload">,
  run: Run,
  stored: Stored
): Effect.Effect<unknown, unknown, R> => {
  if (memory === null && payload === null) return Effect.suspend(() => body(run))
  const withIt: Body<R> = payload === null ? body : (given) => withPayload(payload, stored, given, body)
  return Effect.suspend(() => (memory === null ? withIt(run) : withMemory(memory, stored, run, withIt)))
}
