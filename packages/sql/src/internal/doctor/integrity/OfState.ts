/**
 * What is wrong with the state of an instance by itself: a claim, a counter, an instant; and what waits for too long.
 *
 * Pure. It knows nothing of the log, and says nothing where it is not certain.
 *
 * @internal
 */
import * as JobState from "tickwork/JobState"
import * as Finding from "./Finding.ts"
import { slackMs } from "./OfLine.ts"

export interface Options {
  /** In ms since the epoch. */
  readonly now: number
  /** What waits for longer than this is worth a look, in ms. */
  readonly longMs: number
  /** True only where it is certain that the process of an owner has ended. */
  readonly isGone: (owner: string) => boolean
}

const claimFields = ["claimOwner", "claimedAt", "claimedFor", "claimedAs"] as const

const claim = (state: JobState.JobState, { isGone, longMs, now }: Options): ReadonlyArray<Finding.Finding> => {
  const there = claimFields.filter((field) => state[field] !== null)
  if (there.length === 0) return []
  if (there.length < claimFields.length) {
    const missing = claimFields.filter((field) => state[field] === null)
    return [Finding.make("half-a-claim", { ...ref(state) }, { there, missing })]
  }
  const { claimOwner, claimedAt } = state
  const facts = { owner: claimOwner, claimedAt, claimedFor: state.claimedFor, claimedAs: state.claimedAs, now }
  if (claimOwner !== null && isGone(claimOwner)) return [Finding.make("claim-of-the-gone", ref(state), facts)]
  return claimedAt !== null && now - claimedAt > longMs ? [Finding.make("claim-is-old", ref(state), facts)] : []
}

const ref = ({ jobName, key }: JobState.JobState): Finding.Where => ({ jobName, key })

const contradictions = (state: JobState.JobState): ReadonlyArray<Finding.Finding> => {
  const found = (field: keyof JobState.JobState, why: string) =>
    Finding.make("state-contradicts-itself", ref(state), { field, stored: state[field], why })
  const findings: Array<Finding.Finding> = []
  if (state.totalErrors > state.totalRuns) {
    findings.push(found("totalErrors", `more attempts have failed than the ${state.totalRuns} that were made`))
  }
  if ((state.nextAt === null) !== (state.scheduledAt === null)) {
    findings.push(
      found("scheduledAt", "a next look and the instant that it stands for are there together or not at all")
    )
  }
  if (state.claimOwner !== null && state.claimToken === 0) {
    findings.push(found("claimToken", "each claim raises it, and the instance is claimed"))
  }
  if (state.claimRenewals > 0 && state.claimToken === 0) {
    findings.push(found("claimRenewals", "a claim that is renewed has raised claim_token before"))
  }
  return findings
}

const ahead = (state: JobState.JobState, now: number): ReadonlyArray<Finding.Finding> =>
  [
    ["createdAt", state.createdAt],
    ["claimedAt", state.claimedAt],
    ["paused.at", state.paused?.at ?? null],
    ["manual.at", state.manual?.at ?? null]
  ].flatMap(([field, at]) =>
    typeof at === "number" && at - now > slackMs
      ? [Finding.make("instant-in-the-future", ref(state), { field, stored: at, now })]
      : []
  )

/** It is due whenever those before it have succeeded: how long that takes is up to them. */
const awaitsOthers = ({ cadence }: JobState.JobState): boolean => cadence.definition === "after others"

const overdue = (state: JobState.JobState, { longMs, now }: Options): ReadonlyArray<Finding.Finding> => {
  const dueAt = JobState.dueAt(state)
  return state.claimOwner !== null || awaitsOthers(state) || dueAt === null || now - dueAt <= longMs
    ? []
    : [Finding.make("overdue", ref(state), { dueAt, now })]
}

/** What is wrong with a state by itself; of the fields that are known to be wrong, nothing more is said. */
export const check = (
  state: JobState.JobState,
  options: Options,
  known: ReadonlySet<string> = new Set()
): ReadonlyArray<Finding.Finding> => [
  ...contradictions(state).filter(({ found }) => !known.has(String(found.field))),
  ...claim(state, options),
  ...ahead(state, options.now),
  ...overdue(state, options)
]
