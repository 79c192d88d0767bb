/**
 * Compares the state of an instance with its log, entry by entry, and checks its claim. Pure: it steps no schedule, and
 * keeps only the fold of what it was given.
 *
 * @internal
 */
import * as JobState from "tickwork/JobState"
import type { Ref } from "tickwork/JobStore"
import type { LogEntry } from "tickwork/LogEntry"
import * as Position from "tickwork/Position"
import * as Finding from "./Finding.ts"

/** A row that is there and cannot be read. */
export const unreadable = "unreadable"

/** An entry by its number, `null` where even that cannot be read. */
export interface Numbered {
  readonly seq: number | null
  /** `null` where it cannot be read. */
  readonly entry: LogEntry | null
}

/** What is stored of an instance at one moment, with some of its entries. */
export interface Snapshot {
  readonly state: JobState.JobState | typeof unreadable
  /** The state after the last pruned entry; `null` where none was pruned. */
  readonly baseline: JobState.JobState | typeof unreadable | null
  /** By number; they follow those of the snapshot before. */
  readonly entries: ReadonlyArray<Numbered>
}

/** What decides whether a claim is stale. Times are in ms since the epoch. */
export interface Options {
  readonly now: number
  readonly staleAfterMs: number
  /** True only where the process of an owner has ended for certain. */
  readonly isGone: (owner: string) => boolean
}

const claimFields = ["owner", "claimedAt", "scheduledAt", "trigger"] as const

const outsideTheFold = new Set<string>(["jobName", "key", "claim"])

export const claim = (state: JobState.JobState, options: Options): ReadonlyArray<Finding.Finding> => {
  const set = claimFields.filter((field) => state.claim[field] !== null)
  if (set.length === 0) return []
  const missing = claimFields.filter((field) => state.claim[field] === null)
  if (missing.length > 0) return [Finding.make("partial-claim", placeOf(state), { set, missing })]
  const { claimedAt, owner } = state.claim
  const isGone = options.isGone(String(owner))
  const isStale = isGone || options.now - Number(claimedAt) > options.staleAfterMs
  return isStale ? [Finding.make("stale-claim", placeOf(state), { owner, claimedAt, isGone, now: options.now })] : []
}

const placeOf = ({ jobName, key }: Ref): Ref => ({ jobName, key })

const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** Before its first entry: the first planned instant is known from the state alone, later ones from the log. */
const beginning = (state: JobState.JobState): JobState.JobState => ({
  ...JobState.emptyState(state),
  position: Position.initial(state.position.cadence, state.position.nextAt)
})

/** Each field by its own name, those of the position too. */
const compared = ({ position, ...state }: JobState.JobState): Readonly<Record<string, unknown>> => ({
  ...state,
  ...position
})

type Why = "beyond" | "duplicate" | "pruned"

export class InstanceCheck {
  readonly #ref: Ref
  readonly #findings: Array<Finding.Finding> = []
  readonly #unexpected = new Map<Why, Record<string, unknown>>()
  /** `null` where it cannot be known, since an entry before is missing or unreadable. */
  #fold: JobState.JobState | null = null
  /** The number of the last entry in the fold. */
  #seq = 0
  #isBegun = false
  #hasUnnumbered = false

  constructor(ref: Ref) {
    this.#ref = placeOf(ref)
  }

  /** Takes the next entries. */
  take({ baseline, entries, state }: Snapshot): void {
    if (!this.#isBegun && state !== unreadable) this.#fold = beginning(state)
    this.#isBegun = true
    if (baseline === unreadable) this.#skipTo(Number.NaN)
    // at the beginning, or where entries were pruned since the last snapshot
    else if (baseline !== null && baseline.seq > this.#seq) {
      this.#skipTo(baseline.seq)
      this.#fold = state === unreadable ? null : baseline
    }
    const baselineSeq = baseline === null || baseline === unreadable ? 0 : baseline.seq
    const stateSeq = state === unreadable ? Number.POSITIVE_INFINITY : state.seq
    for (const { entry, seq } of entries) {
      if (seq === null) this.#hasUnnumbered = true
      else if (seq > stateSeq) this.#note("beyond", seq, { stateSeq })
      else if (seq <= baselineSeq) this.#note("pruned", seq, { baselineSeq })
      else if (seq <= this.#seq) this.#note("duplicate", seq, {})
      else this.#add(seq, entry)
    }
  }

  /** What is wrong with the log, and with the state in the last snapshot; called once. */
  end({ baseline, state }: Snapshot): ReadonlyArray<Finding.Finding> {
    if (state !== unreadable) {
      if (this.#seq < state.seq) this.#missing(this.#seq + 1, state.seq)
      if (baseline !== null && baseline !== unreadable && baseline.seq > state.seq) {
        this.#find("state-mismatch", { field: "seq", stored: state.seq, expected: baseline.seq })
      }
      if (!this.#hasUnnumbered) this.#compare(state)
    }
    for (const found of this.#unexpected.values()) this.#find("unexpected-entries", found)
    return this.#findings.filter(({ code }) => code !== "missing-entries" || !this.#hasUnnumbered)
  }

  #add(seq: number, entry: LogEntry | null): void {
    if (seq > this.#seq + 1) this.#missing(this.#seq + 1, seq - 1)
    this.#fold = entry === null || this.#fold === null ? null : JobState.after(this.#fold, entry)
    this.#seq = seq
  }

  #skipTo(seq: number): void {
    this.#fold = null
    this.#seq = seq
  }

  #missing(first: number, last: number): void {
    this.#find("missing-entries", { first, last })
    this.#fold = null
  }

  #note(why: Why, seq: number, facts: Readonly<Record<string, unknown>>): void {
    this.#unexpected.set(why, { why, first: seq, ...this.#unexpected.get(why), ...facts, last: seq })
  }

  #compare(state: JobState.JobState): void {
    const fold = this.#fold
    if (fold === null || fold.seq !== state.seq) return
    const stored = compared(state)
    for (const [field, expected] of Object.entries(compared(fold))) {
      if (outsideTheFold.has(field) || isSame(expected, stored[field])) continue
      this.#find("state-mismatch", { field, stored: stored[field], expected })
    }
  }

  #find(code: Finding.Code, found: Readonly<Record<string, unknown>>): void {
    this.#findings.push(Finding.make(code, this.#ref, found))
  }
}
