/**
 * A store in the memory of this process: the states of all instances, and what was asked for.
 *
 * The lines of the log go to whoever keeps them. It never waits and never fails.
 *
 * @internal
 */
import { Effect } from "effect"
import type { StoredRequest } from "../../Control.ts"
import { emptyState, fold, isFinished, type JobState } from "../../JobState.ts"
import * as JobStore from "../../JobStore.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../engine/InstanceMap.ts"
import type { MemoryLog } from "./MemoryLog.ts"

const byRef = (a: JobStore.Ref, b: JobStore.Ref): number => {
  const [one, other] = a.jobName === b.jobName ? [a.key, b.key] : [a.jobName, b.jobName]
  return one < other ? -1 : one > other ? 1 : 0
}

const isSame = (a: JobStore.Ref, b: JobStore.Ref): boolean => a.jobName === b.jobName && a.key === b.key

/** Nobody else can reach it, so nobody else is ever gone. */
const alone: JobStore.Owner = { id: "memory", isGone: () => false }

export const make = (log: MemoryLog, owner: JobStore.Owner = alone): JobStore.Service => {
  const states = new InstanceMap<JobState>()
  const baselines = new InstanceMap<JobState>()
  const requests = new Map<number, StoredRequest>()
  let lastAsked = 0

  const isClaimedAs = (state: JobState | undefined, { owner, token }: JobStore.Expected): boolean =>
    state !== undefined && state.claim.owner === owner && state.claim.token === token
  const isReached = ({ atMost, jobNames }: JobStore.ClaimLimit): boolean => {
    const claimed = [...states].filter(
      ({ jobName, claim: { owner: claimOwner } }) => claimOwner !== null && jobNames.includes(jobName)
    )
    return claimed.length >= atMost
  }
  const markDone = ({ at, id }: JobStore.Acknowledgement) => {
    const request = requests.get(id)
    if (request !== undefined) requests.set(id, { ...request, doneAt: at })
  }
  // how often a claim was renewed is known to the store alone
  const put = (state: JobState, { claim: { renewals } }: JobState) =>
    states.set(state, state.claim.renewals === renewals ? state : { ...state, claim: { ...state.claim, renewals } })
  const isStored = (name: string) => [...states].some(({ jobName }) => jobName === name)

  const isSaved = ({ acknowledgements = [], expected, entries, state }: JobStore.Save): boolean => {
    const stored = states.find(state)
    if (stored === undefined || stored.seq !== expected.seq || !isClaimedAs(stored, expected)) return false
    put(state, stored)
    for (const run of entries) log.write(run)
    for (const answer of acknowledgements) markDone(answer)
    return true
  }
  const isTaken = ({ limits = [], state }: JobStore.Claim): boolean => {
    const stored = states.find(state)
    const isFree = isClaimedAs(stored, { owner: null, token: state.claim.token - 1 })
    if (stored === undefined || !isFree || limits.some(isReached)) return false
    put(state, stored)
    return true
  }

  const pageOf = ({ after, jobName, limit = 100 }: JobStore.StateQuery, isWanted = (_: JobState) => true) =>
    [...states]
      .filter((state) => (jobName === undefined || state.jobName === jobName) && isWanted(state))
      .sort(byRef)
      .filter((state) => after === undefined || byRef(state, after) > 0)
      .slice(0, limit)
  const oldestOf = (state: JobState, { endedBefore, lines }: JobStore.OldestQuery): JobStore.Oldest => {
    const own = log.of(state)
    const young = own.slice(0, lines).find((run) => LogEntry.endedAt(run) >= endedBefore)
    const {
      jobName,
      key,
      payload,
      seq,
      updatedAt,
      claim: { token }
    } = state
    const isSpent = payload !== null && isFinished(state) && updatedAt < endedBefore
    return { jobName, key, first: own[0]?.seq ?? seq, seq, young: young?.seq ?? null, isSpent, token }
  }
  const cut = (ref: JobStore.Cut): number => {
    const state = states.find(ref)
    const gone = log.of(ref).filter(({ seq }) => seq <= ref.upTo)
    if (state === undefined || ref.upTo >= state.seq || gone.length === 0) return 0
    baselines.set(ref, fold(baselines.find(ref) ?? emptyState(state), gone))
    return gone.length
  }

  return {
    owner,
    load: (jobNames, which = "all") =>
      Effect.sync(() => {
        const wanted = new Set(jobNames)
        const isWanted = (state: JobState) => wanted.has(state.jobName) && (which === "all" || !isFinished(state))
        return [...states].filter(isWanted)
      }),
    get: (refs) => Effect.sync(() => refs.flatMap((ref) => states.find(ref) ?? [])),
    names: Effect.sync(() => [...new Set([...states].map(({ jobName }) => jobName))]),
    rename: (from, to) =>
      Effect.sync(() => {
        if (!isStored(from) || isStored(to)) return false
        for (const state of [...states].filter(({ jobName }) => jobName === from)) {
          states.remove(state)
          const renamed = { ...state, jobName: to }
          states.set(renamed, renamed)
          const baseline = baselines.find(state)
          baselines.remove(state)
          if (baseline !== undefined) baselines.set(renamed, { ...baseline, jobName: to })
        }
        log.rename(from, to)
        return true
      }),
    add: (added, answers = []) =>
      Effect.sync(() => {
        for (const state of added) if (states.find(state) === undefined) states.set(state, state)
        for (const answer of answers) markDone(answer)
      }),
    forget: (ref, answer) =>
      Effect.sync(() => {
        const stored = states.find(ref)
        if (stored?.seq !== ref.seq || !isClaimedAs(stored, { owner: null, token: ref.token })) return false
        states.remove(ref)
        baselines.remove(ref)
        log.forget(ref)
        for (const [id, request] of requests) if (isSame(request, ref) && id !== answer?.id) requests.delete(id)
        if (answer !== undefined) markDone(answer)
        return true
      }),
    commit: ({ claims, saves }) =>
      Effect.sync(() => {
        const refused = {
          saves: saves.filter((save) => !isSaved(save)),
          claims: claims.filter((claim) => !isTaken(claim))
        }
        return refused.saves.length + refused.claims.length === 0 ? JobStore.nothingRefused : refused
      }),
    renew: (claims) =>
      Effect.sync(() =>
        claims.filter((claim) => {
          const state = states.find(claim)
          if (state === undefined || !isClaimedAs(state, claim)) return true
          states.set(claim, { ...state, claim: { ...state.claim, renewals: state.claim.renewals + 1 } })
          return false
        })
      ),
    submit: (asked) =>
      Effect.sync(() => {
        for (const request of asked) {
          lastAsked += 1
          requests.set(lastAsked, { ...request, id: lastAsked, doneAt: null })
          for (const { doneAt, id } of requests.values()) {
            if (doneAt !== null && doneAt < request.at - JobStore.doneRetentionMs) requests.delete(id)
          }
        }
        return true
      }),
    pending: (doneSince = Number.POSITIVE_INFINITY) =>
      Effect.sync(() => [...requests.values()].filter(({ doneAt }) => doneAt === null || doneAt >= doneSince)),
    entries: (query) => Effect.sync(() => log.runs(query)),
    history: (query) => Effect.sync(() => log.runs(query).map(LogEntry.entryOf)),
    written: (after, limit = 1000) => Effect.sync(() => log.written(after, limit)),
    states: (query) => Effect.sync(() => pageOf(query)),
    size: Effect.sync(() => ({
      bytes: null,
      freeBytes: null,
      jobs: [...new Set([...states].map(({ jobName }) => jobName))].sort().map((jobName) => {
        const own = [...states].filter((state) => state.jobName === jobName)
        const lines = own.flatMap((state) => log.of(state))
        const oldestAt = lines.length === 0 ? null : Math.min(...lines.map(({ startedAt }) => startedAt))
        return { jobName, instances: own.length, lines: lines.length, oldestAt }
      })
    })),
    baselines: (refs) => Effect.sync(() => refs.flatMap((ref) => baselines.find(ref) ?? [])),
    oldest: (query) =>
      Effect.sync(() =>
        pageOf(query, ({ key, seq }) => seq > 0 && (query.key === undefined || key === query.key)).map((state) =>
          oldestOf(state, query)
        )
      ),
    prune: (cuts) =>
      Effect.sync(() => {
        const lines = cuts.map(cut)
        log.prune(cuts.filter((_, index) => lines[index] !== 0))
        return lines.reduce((sum, count) => sum + count, 0)
      })
  }
}
