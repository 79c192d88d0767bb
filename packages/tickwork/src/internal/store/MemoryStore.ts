/**
 * A store in the memory of this process: states, requests and baselines, and both services on them.
 *
 * It never waits and never fails; the log entries are kept by an `EntryList`.
 *
 * @internal
 */
import { Effect } from "effect"
import type { StoredRequest } from "../../Control.ts"
import { emptyState, fold, isFinished, type JobState } from "../../JobState.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import type { EntryList } from "./EntryList.ts"
import * as Port from "./Port.ts"

const byRef = (a: Port.Ref, b: Port.Ref): number => {
  const [one, other] = a.jobName === b.jobName ? [a.key, b.key] : [a.jobName, b.jobName]
  return one < other ? -1 : one > other ? 1 : 0
}

const isSame = (a: Port.Ref, b: Port.Ref): boolean => a.jobName === b.jobName && a.key === b.key

/** No other process reaches this memory, so no other owner can be gone. */
const alone: Port.Owner = { id: "memory", isGone: () => false }

/** Both services on the same memory. */
export interface Services {
  readonly store: Port.StoreService
  readonly log: Port.LogService
}

export const make = (list: EntryList, owner: Port.Owner = alone): Services => {
  const states = new InstanceMap<JobState>()
  const baselines = new InstanceMap<JobState>()
  const requests = new Map<number, StoredRequest>()
  let lastId = 0

  const isClaimedAs = (state: JobState | undefined, { owner, token }: Port.Expected): boolean =>
    state !== undefined && state.claim.owner === owner && state.claim.token === token
  const isReached = ({ atMost, jobNames }: Port.ClaimLimit): boolean => {
    const claimed = [...states].filter(({ claim, jobName }) => claim.owner !== null && jobNames.includes(jobName))
    return claimed.length >= atMost
  }
  const complete = ({ at, id }: Port.Acknowledgement) => {
    const request = requests.get(id)
    if (request !== undefined) requests.set(id, { ...request, doneAt: at })
  }
  // only the store knows how often a claim was renewed
  const put = (state: JobState, { claim: { renewals } }: JobState) =>
    states.set(state, state.claim.renewals === renewals ? state : { ...state, claim: { ...state.claim, renewals } })
  const isStored = (name: string) => [...states].some(({ jobName }) => jobName === name)
  const namesOf = () => [...new Set([...states].map(({ jobName }) => jobName))]

  const isSaved = ({ acknowledgements = [], expected, entries, state }: Port.Save): boolean => {
    const stored = states.find(state)
    if (stored === undefined || stored.seq !== expected.seq || !isClaimedAs(stored, expected)) return false
    put(state, stored)
    for (const entry of entries) list.write(entry)
    for (const acknowledgement of acknowledgements) complete(acknowledgement)
    return true
  }
  const isTaken = ({ limits = [], state }: Port.Claim): boolean => {
    const stored = states.find(state)
    const isFree = isClaimedAs(stored, { owner: null, token: state.claim.token - 1 })
    if (stored === undefined || !isFree || limits.some(isReached)) return false
    put(state, stored)
    return true
  }
  const isForgotten = (ref: Port.Ref & Pick<Port.ExpectedRow, "seq" | "token">, keep?: number): boolean => {
    const stored = states.find(ref)
    if (stored?.seq !== ref.seq || !isClaimedAs(stored, { owner: null, token: ref.token })) return false
    states.remove(ref)
    baselines.remove(ref)
    list.forget(ref)
    for (const [id, request] of requests) if (isSame(request, ref) && id !== keep) requests.delete(id)
    return true
  }

  const store: Port.StoreService = {
    owner,
    load: (jobNames, which = "all") =>
      Effect.sync(() => {
        const wanted = new Set(jobNames)
        const isWanted = (state: JobState) => wanted.has(state.jobName) && (which === "all" || !isFinished(state))
        return [...states].filter(isWanted)
      }),
    get: (refs) => Effect.sync(() => refs.flatMap((ref) => states.find(ref) ?? [])),
    names: Effect.sync(namesOf),
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
        list.rename(from, to)
        return true
      }),
    add: (added, acknowledgements = []) =>
      Effect.sync(() => {
        for (const state of added) if (states.find(state) === undefined) states.set(state, state)
        for (const acknowledgement of acknowledgements) complete(acknowledgement)
      }),
    forget: (ref, acknowledgement) =>
      Effect.sync(() => {
        if (!isForgotten(ref, acknowledgement?.id)) return false
        if (acknowledgement !== undefined) complete(acknowledgement)
        return true
      }),
    commit: ({ claims, saves }) =>
      Effect.sync(() => {
        const refused = {
          saves: saves.filter((save) => !isSaved(save)),
          claims: claims.filter((claim) => !isTaken(claim))
        }
        return refused.saves.length + refused.claims.length === 0 ? Port.nothingRefused : refused
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
    submit: (submitted) =>
      Effect.sync(() => {
        for (const request of submitted) {
          lastId += 1
          requests.set(lastId, { ...request, id: lastId, doneAt: null })
          for (const { doneAt, id } of requests.values()) {
            if (doneAt !== null && doneAt < request.at - Port.doneRetentionMs) requests.delete(id)
          }
        }
        return true
      }),
    pending: (doneSince = Number.POSITIVE_INFINITY) =>
      Effect.sync(() => [...requests.values()].filter(({ doneAt }) => doneAt === null || doneAt >= doneSince))
  }

  const pageOf = ({ after, jobName, limit = 100 }: Port.StateQuery, isWanted = (_: JobState) => true) =>
    [...states]
      .filter((state) => (jobName === undefined || state.jobName === jobName) && isWanted(state))
      .sort(byRef)
      .filter((state) => after === undefined || byRef(state, after) > 0)
      .slice(0, limit)
  const oldestOf = (state: JobState, { endedBefore, entries }: Port.OldestQuery): Port.Oldest => {
    const own = list.of(state)
    const young = own.slice(0, entries).find((entry) => LogEntry.endedAt(entry) >= endedBefore)
    const { claim, jobName, key, payload, seq, updatedAt } = state
    const isSpent = payload !== null && isFinished(state) && updatedAt < endedBefore
    return { jobName, key, first: own[0]?.seq ?? seq, seq, young: young?.seq ?? null, isSpent, token: claim.token }
  }
  const dropped = (cut: Port.Cut): Port.Pruned => {
    const { token, upTo } = cut
    const state = states.find(cut)
    const old = list.of(cut).filter(({ seq }) => seq <= upTo)
    if (token !== undefined) {
      const isGone = isForgotten({ ...cut, seq: upTo, token })
      return isGone ? { entries: old.length, instances: 1 } : nothingPruned
    }
    if (state === undefined || upTo >= state.seq || old.length === 0) return nothingPruned
    baselines.set(cut, fold(baselines.find(cut) ?? emptyState(state), old))
    return { entries: old.length, instances: 0 }
  }

  const log: Port.LogService = {
    entries: (query) => Effect.sync(() => list.entries(query)),
    history: (query) => Effect.sync(() => list.entries(query).map(LogEntry.entryOf)),
    since: (mark, limit = 1000) => Effect.sync(() => list.since(mark, limit)),
    states: (query) => Effect.sync(() => pageOf(query)),
    size: Effect.sync(() => ({
      bytes: null,
      freeBytes: null,
      jobs: namesOf()
        .sort()
        .map((jobName) => {
          const own = [...states].filter((state) => state.jobName === jobName)
          const entries = own.flatMap((state) => list.of(state))
          const oldestAt = entries.length === 0 ? null : Math.min(...entries.map(({ startedAt }) => startedAt))
          return { jobName, instances: own.length, entries: entries.length, oldestAt }
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
        const pruned = cuts.map(dropped)
        list.prune(cuts.filter((_, index) => pruned[index]?.entries !== 0))
        return {
          entries: pruned.reduce((sum, { entries }) => sum + entries, 0),
          instances: pruned.reduce((sum, { instances }) => sum + instances, 0)
        }
      })
  }
  return { store, log }
}

const nothingPruned: Port.Pruned = { entries: 0, instances: 0 }
