/**
 * Whether what is stored of a job can be true: its state, its log and what was asked of it are held against what every
 * run of Tickwork leaves behind.
 *
 * Pure: it is handed what is stored, piece by piece, and asks for nothing. It corrects nothing, and where it is not
 * certain it says nothing.
 *
 * @since 0.1.0
 */
import type { StoredRequest } from "tickwork/Control"
import type { JobState } from "tickwork/JobState"
import type { LogEntry } from "tickwork/LogEntry"
import * as Finding from "./integrity/Finding.ts"
import { slackMs } from "./integrity/OfLine.ts"
import { OfLog, type Subject as OfLogSubject } from "./integrity/OfLog.ts"
import type { Options as OfStateOptions } from "./integrity/OfState.ts"
import * as Words from "./integrity/Words.ts"

export {
  Code,
  codes,
  Finding,
  make,
  Severity,
  severities,
  type Where
} from "./integrity/Finding.ts"

/**
 * What findings are made with: the instant of the look in ms since the epoch; what waits for longer than `longMs` is
 * worth a warning (a day unless set); `isGone` is true only where the process of an owner has surely ended (never unless
 * set).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly now: number
  readonly longMs?: number
  readonly isGone?: (owner: string) => boolean
}

/**
 * What is stored of an instance beside its lines. `baseline` is its state after the last line that was pruned, `null`
 * where none was; `"unreadable"` stands for a row that is there and cannot be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject extends OfLogSubject {}

/**
 * The check of one instance, which keeps nothing of the lines that it was handed but their fold.
 *
 * @since 0.1.0
 * @category models
 */
export interface Check {
  /** Takes the next line, in the order of their numbers; answers what is wrong with that line by itself. */
  readonly line: (run: LogEntry) => ReadonlyArray<Finding.Finding>
  /** Takes the number of a line that cannot be read; `null` where even that cannot. */
  readonly unreadableLine: (seq: number | null) => void
  /**
   * Takes the state as it is now, where the instance has run on since the check was begun. Before it, only lines have
   * been handed that the earlier state knew; the last of those may have changed meanwhile, and is handed after.
   */
  readonly moved: (state: JobState) => void
  /** Called once, after the last line: what is wrong with the state, and between it and its log. */
  readonly end: () => ReadonlyArray<Finding.Finding>
}

const dayMs = 86_400_000

const withDefaults = ({ isGone = () => false, longMs = dayMs, now }: Options): OfStateOptions => ({
  isGone,
  longMs,
  now
})

/**
 * Begins the check of an instance.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 * import * as Integrity from "./Integrity.ts"
 *
 * const jobs = Jobs.make(Job.make("hello", Effect.void).pipe(Job.every("1 hour")))
 * const program = Effect.gen(function* () {
 *   yield* Tick.once
 *   const store = yield* JobStore.JobStore
 *   const [state = null] = yield* store.load(["hello"])
 *   const check = Integrity.of({ jobName: "hello", key: "", state, baseline: null }, { now: Date.now() })
 *   for (const run of [...(yield* store.runs({ jobName: "hello" }))].reverse()) {
 *     console.assert(check.line(run).length === 0)
 *   }
 *   console.assert(check.end().length === 0)
 * })
 * Effect.runPromise(
 *   program.pipe(Effect.provide(Tick.layer(jobs)), Effect.provide(JobStore.layerMemory))
 * )
 * ```
 *
 * @since 0.1.0
 * @category checks
 */
export const of = (subject: Subject, options: Options): Check => {
  const log = new OfLog(subject, withDefaults(options))
  return {
    line: (run) => log.line(run),
    unreadableLine: (seq) => log.unreadableLine(seq),
    moved: (state) => log.moved(state),
    end: () => log.end()
  }
}

/**
 * What is wrong with a request that is not done: nobody does it, or there is nobody to do it to. An instance is there
 * where it has a state, or where an open request is about to begin it. What was asked within the last minute is left to
 * those who may not have seen it yet.
 *
 * @since 0.1.0
 * @category checks
 */
export const ofRequest = (
  request: StoredRequest,
  isInstanceThere: boolean,
  options: Options
): ReadonlyArray<Finding.Finding> => {
  const { longMs, now } = withDefaults(options)
  const { at, doneAt, id, verb } = request
  if (doneAt !== null) return []
  const facts = { id, verb, at, now }
  if (at - now > slackMs) return [Finding.make("instant-in-the-future", request, { ...facts, field: "at", stored: at })]
  // what is enqueued begins with its request
  const isForNobody = !isInstanceThere && verb !== "enqueue" && now - at > slackMs
  if (isForNobody) return [Finding.make("request-for-nobody", request, facts)]
  return now - at > longMs ? [Finding.make("request-waits", request, facts)] : []
}

/**
 * What is wrong, in one line.
 *
 * @example
 * ```ts
 * import * as Integrity from "./Integrity.ts"
 *
 * const where = { jobName: "sync", key: "" }
 * const finding = Integrity.make("state-is-not-the-fold", where, { field: "totalRuns", stored: 7, expected: 6 })
 * console.assert(Integrity.toText(finding) === 'job "sync": total_runs is 7, and its log says 6')
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText: (finding: Finding.Finding) => string = Words.toText

/**
 * What to do about it, in one line.
 *
 * @since 0.1.0
 * @category rendering
 */
export const cure: (finding: Finding.Finding) => string = Words.cure
