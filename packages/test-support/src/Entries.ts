/**
 * Log entries for tests that need no engine to write them.
 */
import type { LogEntry } from "tickwork"

/** The entry of a success in time; `change` says what is different. */
export const of = (change: Partial<LogEntry.Entry> = {}): LogEntry.Entry => ({
  jobName: "sync",
  key: "",
  seq: 1,
  status: "success",
  verdict: "ran",
  missedBecause: null,
  trigger: "schedule",
  attempt: 1,
  scheduledAt: 0,
  startedAt: 0,
  lastAt: 0,
  durationMs: 0,
  error: null,
  reason: null,
  count: 1,
  ...change
})

/** What is different where the process was down. */
export const down = { status: "skipped", verdict: "missed", missedBecause: "down", reason: "missed: down" } as const

/** What is different where a condition was false. */
export const conditionFalse = (reason: string) => ({ status: "skipped", verdict: "condition-false", reason }) as const
