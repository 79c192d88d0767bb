/**
 * Jobs whose attempts end one after the other as it is said, and what became of them.
 */

import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import type { LogEntry } from "tickwork"

/** How an attempt ends. */
export type End = "succeeds" | "fails" | "dies" | "interrupts itself" | "takes too long"

const endings: Record<End, Effect.Effect<void, string>> = {
  succeeds: Effect.void,
  fails: Effect.fail("no luck"),
  dies: Effect.die("broken"),
  "interrupts itself": Effect.interrupt,
  "takes too long": Effect.never
}

/** A job whose attempts end in this way, one after the other, the last one for ever; and what they did. */
export const ending = <const Name extends string>(name: Name, ...ends: ReadonlyArray<End>) => {
  const work = Bench.makeWork()
  const result = Effect.suspend(() => {
    const n = Math.min(work.begun.length, ends.length) - 1
    return endings[ends[n] ?? "succeeds"]
  })
  return { ...work, job: work.job(name, 0, result) }
}

/** When each run began and which attempt it was, in ms from the start of the bench. */
export const attempts = (begun: ReturnType<typeof Bench.makeWork>["begun"]) =>
  begun.map(({ attempt, scheduledAt, startedAt }) => [attempt, scheduledAt - Bench.start, startedAt - Bench.start])

/** The lines of the log in short. */
export const told = (runs: ReadonlyArray<LogEntry.LogEntry>) =>
  runs.map(({ attempt, reason, scheduledAt, status }) =>
    [status, attempt, scheduledAt - Bench.start, ...(reason === null ? [] : [reason])].join(" ")
  )
