/**
 * A store in the memory of this process: states, requests and baselines, and both services on them.
 *
 * It never waits and never fails; the log entries are kept by an `EntryList`.
 *
 * @internal
 */
import { Effect, Number as Num } from "effect"
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

/** No other process reaches this memory, so no other owner can be gone. */
const alone: Port.Owner = { id: "memory", isGone: () => false }

/** A verb of the services, as an effect. */
const verb =
  <Args extends ReadonlyArray<any>, A>(run: (...args: Args) => A) =>
  (...args: Args): Effect.Effect<A> =>
    Effect.sync(() => run(...args))

const nothingPruned: Port.Pruned = { entries: 0, instances: 0 }

/** Both services on the same memory. */
export const make = (list: EntryList, owner: Port.Owner = alone) => {
  const states = new InstanceMap<JobState>()
  const baselines = new InstanceMap<JobState>()
  const requests = new Map<number, StoredRequest>()
  let lastId = 0

  const isClaimedAs = (state: JobState, { owner, token }: Port.Expected): boolean =>
    state.claim.owner === owner && state.claim.token === token
  const isReached = ({ atMost, jobNames }: Port.ClaimLimit): boolean => {
    const claimed = [...states].filter(({ claim, jobName }) => claim.owner !== null && jobNames.includes(jobName))
    return claimed.length >= atMost
  }
  const complete = (acknowledgements: ReadonlyArray<Port.Acknowledgement> = []) => {
    for (const { at, id } of acknowledgements) {
      const request = requests.get(id)
      if (request !== undefined) requests.set(id, { ...request, doneAt: at })
    }
  }
  // only the store knows how often a claim was renewed
  const put = (state: JobState, { claim: { renewals } }: JobState) =>
    states.set(state, state.claim.renewals === renewals ? state : { ...state, claim: { ...state.claim, renewals } })
  const ofJob = (name: string) => [...states].filter(({ jobName }) => jobName === name)
  const names = () => [...new Set([...states].map(({ jobName }) => jobName))]

  const isSaved = ({ acknowledgements, expected, entries, state }: Port.Save): boolean => {
    const stored = states.find(state)
    if (stored === undefined || stored.seq !== expected.seq || !isClaimedAs(stored, expected)) return false
    put(state, stored)
    for (const entry of entries) list.write(entry)
    complete(acknowledgements)
    return true
  }
  const isTaken = ({ limits = [], state }: Port.Claim): boolean => {
    const stored = states.find(state)
    if (stored === undefined || !isClaimedAs(stored, { owner: null, token: state.claim.token - 1 })) return false
    if (limits.some(isReached)) return false
    put(state, stored)
    return true
  }
  const isForgotten = (ref: Port.Ref & Pick<Port.ExpectedRow, "seq" | "token">, keep?: number): boolean => {
    const stored = states.find(ref)
    if (stored?.seq !== ref.seq || !isClaimedAs(stored, { owner: null, token: ref.token })) return false
    states.remove(ref)
    baselines.remove(ref)
    list.forget(ref)
    for (const [id, request] of requests) if (byRef(request, ref) === 0 && id !== keep) requests.delete(id)
    return true
  }

  const store: Port.StoreService = {
    owner,
    load: verb((jobNames, which = "all") => {
      const wanted = new Set(jobNames)
      return [...states].filter((state) => wanted.has(state.jobName) && (which === "all" || !isFinished(state)))
    }),
    get: verb((refs) => refs.flatMap((ref) => states.find(ref) ?? [])),
    names: Effect.sync(names),
    rename: verb((from, to) => {
      const [moved, others] = [ofJob(from), ofJob(to)]
      if (moved.length === 0 || others.length > 0) return false
      for (const map of [states, baselines]) {
        for (const { key } of moved) {
          const state = map.find({ jobName: from, key })
          map.remove({ jobName: from, key })
          if (state !== undefined) map.set({ jobName: to, key }, { ...state, jobName: to })
        }
      }
      list.rename(from, to)
      return true
    }),
    add: verb((added, acknowledgements) => {
      for (const state of added) if (states.find(state) === undefined) states.set(state, state)
      complete(acknowledgements)
    }),
    forget: verb((ref, acknowledgement) => {
      if (!isForgotten(ref, acknowledgement?.id)) return false
      if (acknowledgement !== undefined) complete([acknowledgement])
      return true
    }),
    commit: verb(({ claims, saves }) => {
      const refused = {
        saves: saves.filter((save) => !isSaved(save)),
        claims: claims.filter((claim) => !isTaken(claim))
      }
      return refused.saves.length + refused.claims.length === 0 ? Port.nothingRefused : refused
    }),
    renew: verb((claims) =>
      claims.filter((claim) => {
        const state = states.find(claim)
        if (state === undefined || !isClaimedAs(state, claim)) return true
        states.set(claim, { ...state, claim: { ...state.claim, renewals: state.claim.renewals + 1 } })
        return false
      })
    ),
    submit: verb((submitted) => {
      for (const request of submitted) {
        lastId += 1
        requests.set(lastId, { ...request, id: lastId, doneAt: null })
        for (const { doneAt, id } of requests.values()) {
          if (doneAt !== null && doneAt < request.at - Port.doneRetentionMs) requests.delete(id)
        }
      }
      return true
    }),
    pending: verb((doneSince = Number.POSITIVE_INFINITY) =>
      [...requests.values()].filter(({ doneAt }) => doneAt === null || doneAt >= doneSince)
    )
  }

  const pageOf = ({ after, jobName, limit = 100 }: Port.StateQuery, isWanted = (_: JobState) => true) =>
    (jobName === undefined ? [...states] : ofJob(jobName))
      .filter((state) => isWanted(state) && (after === undefined || byRef(state, after) > 0))
      .sort(byRef)
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
    entries: verb(list.entries),
    history: verb((query) => list.entries(query).map(LogEntry.entryOf)),
    since: verb((mark, limit = 1000) => list.since(mark, limit)),
    states: verb((query) => pageOf(query)),
    size: Effect.sync(() => {
      const jobs = names()
        .sort()
        .map((jobName) => {
          const own = ofJob(jobName)
          const entries = own.flatMap(list.of)
          const oldestAt = entries.length === 0 ? null : Math.min(...entries.map(({ startedAt }) => startedAt))
          return { jobName, instances: own.length, entries: entries.length, oldestAt }
        })
      return { bytes: null, freeBytes: null, jobs }
    }),
    baselines: verb((refs) => refs.flatMap((ref) => baselines.find(ref) ?? [])),
    oldest: verb((query) => {
      const { key } = query
      const page = pageOf(query, (state) => state.seq > 0 && (key === undefined || state.key === key))
      return page.map((state) => oldestOf(state, query))
    }),
    prune: verb((cuts) => {
      const pruned = cuts.map(dropped)
      list.prune(cuts.filter((_, index) => pruned[index]?.entries !== 0))
      return {
        entries: Num.sumAll(pruned.map(({ entries }) => entries)),
        instances: Num.sumAll(pruned.map(({ instances }) => instances))
      }
    })
  }
  return { store, log }
}
