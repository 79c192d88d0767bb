/**
 * The log of an instance, read line by line, and held against the state that is stored: nothing but the fold is kept of
 * what was read.
 *
 * It steps no schedule and asks for no time.
 *
 * @internal
 */

import * as JobState from "tickwork/JobState"
import type { LogEntry } from "tickwork/LogEntry"
import * as Finding from "./Finding.ts"
import * as OfLine from "./OfLine.ts"
import * as OfState from "./OfState.ts"

/** A row that is there and does not say what it should. */
export const unreadable = "unreadable"

export type Stored = JobState.JobState | typeof unreadable | null

/** What is stored of an instance, beside its lines. */
export interface Subject {
  readonly jobName: string
  readonly key: string
  /** `null` where there is none. */
  readonly state: Stored
  /** Its state after the last line that was pruned; `null` where none was. */
  readonly baseline: Stored
}

/** What the last line of a log says alone, whatever was before it. */
const settled = new Set<string>([
  "lastReason",
  "updatedAt",
  "nextAt",
  "scheduledAt",
  "attempt",
  "cadence",
  "retry",
  "paused",
  "manual"
] satisfies ReadonlyArray<keyof JobState.JobState>)

const outsideTheFold = new Set<string>([
  "jobName",
  "key",
  "claimOwner",
  "claimToken",
  "claimRenewals",
  "claimedAt",
  "claimedFor",
  "claimedAs"
] satisfies ReadonlyArray<keyof JobState.JobState>)

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "object" && a !== null && JSON.stringify(a) === JSON.stringify(b))

/** An instance as it was before its first line: how its first instant was planned is known to its first line alone. */
const begun = (state: JobState.JobState): JobState.JobState => ({
  ...JobState.emptyState(state),
  nextAt: state.nextAt,
  scheduledAt: state.nextAt
})

interface Lines {
  readonly lines: number
  readonly first: number
  readonly last: number
}

const none: Lines = { lines: 0, first: 0, last: 0 }

const added = ({ first, lines }: Lines, seq: number): Lines => ({
  lines: lines + 1,
  first: lines === 0 ? seq : first,
  last: seq
})

export class OfLog {
  readonly #subject: Subject
  readonly #options: OfState.Options
  #state: JobState.JobState | null
  /** The fold of what was read; `null` where it cannot be known. */
  #fold: JobState.JobState | null
  /** The number of the last line. */
  #seq: number
  /** A line before it is missing or cannot be read: counts are not known. */
  #isBroken = false
  /** It may be any of those that are missing. */
  #hasUnnumbered = false
  #read = none
  /** Lines that the state knows nothing of. */
  #beyond = none
  /** Lines that the baseline stands for. */
  #leftOver = none
  readonly #findings: Array<Finding.Finding> = []

  constructor(subject: Subject, options: OfState.Options) {
    const { baseline, state } = subject
    this.#subject = subject
    this.#options = options
    this.#state = state === unreadable ? null : state
    const isPruned = baseline !== null && baseline !== unreadable
    // what a state does not take from its log is as it is stored
    const start = isPruned ? baseline : this.#state === null ? null : begun(this.#state)
    this.#fold = start
    this.#seq = start?.seq ?? 0
    if (baseline === unreadable) {
      this.#isBroken = true
      this.#seq = Number.NaN
    }
  }

  /** Takes the next line in the order of their numbers; answers what is wrong with it by itself. */
  line(run: LogEntry): ReadonlyArray<Finding.Finding> {
    if (this.#isCounted(run.seq) && this.#fold !== null) this.#fold = JobState.after(this.#fold, run)
    // of what is beyond the state, that is all that is said
    return this.#state !== null && run.seq > this.#state.seq ? [] : OfLine.check(run, this.#options.now)
  }

  /** The state has gone on since the check was begun; no line has been taken that the earlier one did not know. */
  moved(state: JobState.JobState): void {
    this.#state = state
  }

  /** Takes a line of which only the number is known, or not even that. */
  unreadableLine(seq: number | null): void {
    if (seq === null) this.#hasUnnumbered = true
    if (seq === null || this.#isCounted(seq)) this.#isBroken = true
  }

  /** Notes that a line is there; false where it is no part of what the state is the fold of. */
  #isCounted(seq: number): boolean {
    const { last } = this.#read
    const isFirst = this.#read.lines === 0
    this.#read = added(this.#read, seq)
    if (this.#subject.state === null) return false
    if (!isFirst && seq === last) {
      this.#find("line-twice", {}, seq)
      this.#isBroken = true
      return false
    }
    if (seq <= this.#seq) {
      this.#leftOver = added(this.#leftOver, seq)
      return false
    }
    // a log whose baseline cannot be read begins anywhere
    const expected = Number.isNaN(this.#seq) ? seq : this.#seq + 1
    if (seq > expected) this.#gap(expected, seq - 1)
    this.#seq = seq
    if (this.#state === null || seq <= this.#state.seq) return true
    this.#beyond = added(this.#beyond, seq)
    return false
  }

  #gap(first: number, last: number): void {
    const { baseline } = this.#subject
    const isAfterBaseline = this.#read.lines === 1 && baseline !== null && baseline !== unreadable
    if (isAfterBaseline) this.#find("baseline-does-not-join", { baselineSeq: baseline.seq, first: last + 1 })
    else this.#find("lines-are-missing", { first, last })
    this.#isBroken = true
  }

  #find(code: Finding.Code, found: Readonly<Record<string, unknown>>, seq: number | null = null): void {
    const { jobName, key } = this.#subject
    this.#findings.push(Finding.make(code, { jobName, key, seq }, found))
  }

  /** What is wrong with the log as a whole, with the state, and between them. */
  end(): ReadonlyArray<Finding.Finding> {
    return this.#hasUnnumbered
      ? this.#judged().filter(({ code }) => code !== "lines-are-missing" && code !== "baseline-does-not-join")
      : this.#judged()
  }

  #judged(): ReadonlyArray<Finding.Finding> {
    const { baseline, state: stored } = this.#subject
    const state = this.#state
    if (stored === null && baseline !== null) this.#find("baseline-without-an-instance", {})
    if (stored === null && this.#read.lines > 0) this.#find("lines-without-an-instance", { ...this.#read })
    if (state === null) return this.#findings
    if (baseline !== null && baseline !== unreadable && (this.#leftOver.lines > 0 || baseline.seq > state.seq)) {
      const { first, lines } = this.#leftOver
      this.#find("baseline-does-not-join", { baselineSeq: baseline.seq, stateSeq: state.seq, first, lines })
    }
    const { first, last, lines } = this.#beyond
    if (lines > 0) this.#find("lines-beyond-the-state", { stateSeq: state.seq, first, last, lines })
    const isCutOff = lines === 0 && this.#seq < state.seq
    if (isCutOff) this.#find("lines-are-missing", { first: this.#seq + 1, last: state.seq })
    const wrong = isCutOff ? [] : this.#compared(state)
    for (const [field, expected] of wrong) {
      this.#find("state-is-not-the-fold", { field, stored: state[field], expected })
    }
    return [...this.#findings, ...OfState.check(state, this.#options, new Set(wrong.map(([field]) => field)))]
  }

  #compared(state: JobState.JobState): ReadonlyArray<readonly [keyof JobState.JobState, unknown]> {
    const fold = this.#fold
    if (fold === null || fold.seq !== state.seq) return []
    const fields = Object.keys(fold) as ReadonlyArray<keyof JobState.JobState>
    return fields.flatMap((field) => {
      const isKnown = !outsideTheFold.has(field) && (!this.#isBroken || settled.has(field))
      return isKnown && !isSame(fold[field], state[field]) ? [[field, fold[field]] as const] : []
    })
  }
}
