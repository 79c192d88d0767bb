/**
 * A log entry in words. Pure.
 *
 * @since 0.1.0
 */
import type { LogEntry } from "tickwork"

const styles = {
  success: "green",
  error: "red",
  timeout: "red",
  interrupted: "yellow",
  skipped: "dim",
  control: "cyan"
} as const satisfies Record<LogEntry.Status, string>

/** The colour of an entry's status. */
export const styleOf = (status: LogEntry.Status): (typeof styles)[LogEntry.Status] => styles[status]

const reasonOf = (entry: LogEntry.Entry): string | null =>
  entry.verdict === "condition-false" ? `condition false: ${entry.reason}` : entry.reason

/** The reason and the error of an entry; empty where it has neither. */
export const detailOf = (entry: LogEntry.Entry): string =>
  [reasonOf(entry), entry.error].filter((part) => part !== null && part !== "").join(": ")

/** What the entry planned next; `at` tells an instant. */
export const nextOf = (entry: LogEntry.LogEntry, at: (instant: number) => string): string => {
  const {
    trigger,
    position: { manual, nextAt, attempt: nextAttempt, paused }
  } = entry
  if (manual !== null && trigger === "manual") return `attempt ${manual.attempt} at ${at(manual.nextAt)}`
  if (paused !== null) return `paused${paused.by === "" ? "" : ` by ${paused.by}`}`
  if (nextAt === null) return "nothing, the job has finished"
  return nextAttempt > 1 ? `attempt ${nextAttempt} at ${at(nextAt)}` : at(nextAt)
}
