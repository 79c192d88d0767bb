/**
 * What a body is told beside its run: the memory of its instance, and the payload it was enqueued with.
 *
 * It reads what is stored when an attempt begins, and hands on what is left in memory when that succeeds. It stores
 * nothing: whoever records the run does.
 *
 * @internal
 */
import { Effect, Either, Ref, type Schema } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Registered } from "../../Jobs.ts"
import type { Run } from "../../Run.ts"
import * as Memory from "./Memory.ts"
import { Remembering } from "./Outcome.ts"
import * as Payload from "./Payload.ts"

/** What is stored of an instance for its body. */
export type Stored = Pick<JobState, "memory" | "payload">

type Body<R> = (told: Run) => Effect.Effect<unknown, unknown, R>

/** A memory or a payload that will not do is no failure of the job's own: no run ends with it that its type knows. */
const remembering = <M, R>(memory: Memory.Memory<M>, stored: Stored, run: Run, body: Body<R>) => {
  const refused = (operation: "read" | "keep", reason: string) =>
    Effect.die(new Memory.MemoryDecodeError({ jobName: run.jobName, key: run.key, operation, reason }))
  const read = Memory.read(memory, stored.memory)
  if (Either.isLeft(read)) return refused("read", read.left)
  const { isMigrated, value } = read.right
  const ref = Ref.unsafeMake(value)
  const told: Run & { readonly memory: Ref.Ref<M> } = { ...run, memory: ref }
  return Effect.flatMap(body(told), (answer) =>
    Effect.flatMap(ref, (left) => {
      if (left === value && !isMigrated) return Effect.succeed(answer)
      return Either.match(Memory.write(memory, left), {
        onLeft: (reason) => refused("keep", reason),
        onRight: (kept) => Effect.succeed(new Remembering(answer, kept))
      })
    })
  )
}

const handed = <P, R>(payload: Schema.Schema<P, any>, stored: Stored, run: Run, body: Body<R>) => {
  const read = Payload.read(payload, stored.payload)
  if (Either.isLeft(read))
    return Effect.die(new Payload.PayloadDecodeError({ jobName: run.jobName, key: run.key, reason: read.left }))
  const told: Run & { readonly payload: P } = { ...run, payload: read.right }
  return body(told)
}

/**
 * The body of an attempt, which begins with what was committed last. Answers what the job answers, in a `Remembering`
 * where it has left something new in its memory.
 */
export const attempt = <R>(
  { body, memory, payload }: Registered<R>["job"],
  run: Run,
  stored: Stored
): Effect.Effect<unknown, unknown, R> => {
  if (memory === null && payload === null) return Effect.suspend(() => body(run))
  const withPayload: Body<R> = payload === null ? body : (told) => handed(payload, stored, told, body)
  return Effect.suspend(() => (memory === null ? withPayload(run) : remembering(memory, stored, run, withPayload)))
}
