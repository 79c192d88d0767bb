/**
 * What a monitor hears of an event, and of the health of the tick.
 *
 * Pure: it sends nothing.
 *
 * @internal
 */
import { LogEntry, type TickEvent, type TickHealth } from "tickwork"

/** A ping of the protocol: its kind is the end of the path. */
export interface Ping {
  readonly kind: "start" | "success" | "fail" | "log"
  /** Equal for the start and the end of an attempt; `null` where no attempt is meant. */
  readonly run: string | null
  /** What the monitor shows. */
  readonly text: string
}

interface Attempt {
  readonly attempt: number
  readonly jobName: string
  readonly key: string
  readonly scheduledAt: number
  readonly startedAt: number
}

const runOf = ({ attempt, jobName, key, scheduledAt, startedAt }: Attempt): string =>
  JSON.stringify([jobName, key, scheduledAt, startedAt, attempt])

/** "eve: " for an instance, nothing for a job without keys. */
const prefix = ({ key }: Attempt): string => (key === "" ? "" : `${key}: `)

const ofEntry = (run: TickEvent.RunRecorded["run"]): Ping | null => {
  const text = `${prefix(run)}${run.error ?? run.reason ?? ""}`
  if (run.status === "control") return null
  // nothing of it began
  if (!LogEntry.ran(run)) return { kind: "log", run: null, text: `skipped, ${text}` }
  if (run.status === "success") return { kind: "success", run: runOf(run), text: prefix(run) }
  const { attempt, manual } = run.position
  const isRetried = run.trigger === "manual" ? manual !== null : attempt > run.attempt
  return { kind: isRetried ? "log" : "fail", run: runOf(run), text: `attempt ${run.attempt} ${run.status}, ${text}` }
}

/** The pings that an event makes for the instances of a job, or for one of them. */
export const of = (
  event: TickEvent.TickEvent,
  { key, name }: { readonly name: string; readonly key: string | null }
): ReadonlyArray<Ping> => {
  const about = event._tag === "RunStarted" ? event : event._tag === "RunRecorded" ? event.run : null
  if (about === null || about.jobName !== name || (key !== null && about.key !== key)) return []
  if (event._tag === "RunStarted") return [{ kind: "start", run: runOf(event), text: prefix(event) }]
  const ping = event._tag === "RunRecorded" ? ofEntry(event.run) : null
  return ping === null ? [] : [ping]
}

/** The ping of a tick that lives, or that says why it does not. */
export const ofHealth = (
  { failure, isRunning, lastTickAt, store }: TickHealth.TickHealth,
  { everyMs, now, startedAt }: { readonly everyMs: number; readonly now: number; readonly startedAt: number }
): Ping => {
  const silentMs = now - (lastTickAt ?? startedAt)
  const faults = [
    ...(failure === null ? [] : [`the tick failed: ${failure.error}`]),
    ...(store.isReachable ? [] : [`the store does not answer: ${store.error}`]),
    ...(isRunning || silentMs <= everyMs ? [] : ["the tick does not run"])
  ]
  return faults.length === 0
    ? { kind: "success", run: null, text: "" }
    : { kind: "fail", run: null, text: faults.join("; ") }
}
