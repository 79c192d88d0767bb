/**
 * A store in the memory of this process: states, requests and baselines, and both services on them.
 *
 * It never waits and never fails; the log entries are kept by an `EntryList`.
 *
 * @internal
 */
import { Array as Arr, Effect, Number as Num } from "effect"
import type { StoredRequest } from "../../Control.ts"
import { emptyState, fold, isFinished, type JobState } from "../../JobState.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as KeyPartition from "../KeyPartition.ts"
import * as Counts from "./Counts.ts"
import type { EntryList } from "./EntryList.ts"
import * as Port from "./Port.ts"
import * as Uniqueness from "./Uniqueness.ts"

const byRef = (a: Port.Ref, b: Port.Ref): number => {
  const [one, other] = a.jobName === b.jobName ? [a.key, b.key] : [a.jobName, b.jobName]
  return one < other ? -1 : one > other ? 1 : 0
}

const isSameDefinition = (one: Port.JobDefinition, other: Port.JobDefinition): boolean =>
  one.jobName === other.jobName &&
  one.version === other.version &&
  one.definition === other.definition &&
  one.renamedFrom === other.renamedFrom

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
  const watchers = new Set<Port.Watcher>()
  let lastId = 0
  /** Rises with each request that is done. */
  let mark = 0
  const doneBy = new Map<number, number>()
  const definitions: Array<Port.StoredDefinition> = []
  const processes = new Map<number, Port.Process>()
  let lastProcess = 0

  const isClaimedAs = (state: JobState, { owner, token }: Port.Expected): boolean =>
    state.claim.owner === owner && state.claim.token === token
  /** When runs of jobs with a rate began. */
  const starts = new Map<string, Array<{ readonly key: string; readonly at: number }>>()
  const isReached = ({ atMost, jobNames, rate }: Port.ClaimLimit): boolean => {
    const isCounted = (key: string) => rate === undefined || rate.key === null || rate.key === key
    const claimed = [...states].filter(
      ({ claim, jobName, key }) => claim.owner !== null && jobNames.includes(jobName) && isCounted(key)
    )
    if (rate === undefined) return claimed.length >= atMost
    const began = jobNames.flatMap((jobName) => {
      const recent = (starts.get(jobName) ?? []).filter(({ at }) => at > rate.since)
      starts.set(jobName, recent)
      return recent.filter(({ key }) => isCounted(key))
    })
    return claimed.length + began.length >= atMost
  }
  const complete = (acknowledgements: ReadonlyArray<Port.Acknowledgement> = []) => {
    for (const { at, id } of acknowledgements) {
      const request = requests.get(id)
      if (request === undefined) continue
      requests.set(id, { ...request, doneAt: at, payload: null })
      mark += 1
      doneBy.set(id, mark)
    }
  }
  const drop = (id: number) => {
    requests.delete(id)
    doneBy.delete(id)
  }
  // the clock behind `at` may be ahead of those that are done
  const dropDone = (at: number) => {
    const done = [...requests.values()].filter(({ doneAt }) => doneAt !== null)
    const newest = done.reduce((newest, { doneAt }) => Math.max(newest, doneAt ?? newest), Number.NEGATIVE_INFINITY)
    for (const { doneAt, id } of done) if ((doneAt ?? 0) < Math.min(at, newest) - Port.doneRetentionMs) drop(id)
  }
  const pending = () => [...requests.values()].filter(({ doneAt }) => doneAt === null)
  // only the store knows how often a claim was renewed
  const put = (state: JobState, { claim: { renewals } }: JobState) =>
    states.set(state, state.claim.renewals === renewals ? state : { ...state, claim: { ...state.claim, renewals } })
  const ofJob = (name: string) => [...states].filter(({ jobName }) => jobName === name)
  const names = () => [...new Set([...states].map(({ jobName }) => jobName))]

  const isSaved = ({ acknowledgements, expected, entries, state }: Port.Save): boolean => {
    const stored = states.find(state)
    if (stored === undefined || stored.seq !== expected.seq || !isClaimedAs(stored, expected)) return false
    put(state, stored)
    for (const entry of entries) {
      list.write(entry)
      if (LogEntry.ran(entry)) starts.get(entry.jobName)?.push({ key: entry.key, at: entry.startedAt })
    }
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
  const isForgotten = (ref: Parameters<Port.StoreService["forget"]>[0], before = 0): boolean => {
    const stored = states.find(ref)
    if (stored === undefined) return false
    const { owner, renewals, token } = stored.claim
    const { lost } = ref
    if (
      lost === undefined ? owner !== null : owner !== lost.owner || renewals !== lost.renewals || token !== lost.token
    )
      return false
    if ((ref.seq ?? stored.seq) !== stored.seq || (ref.token ?? stored.claim.token) !== stored.claim.token) return false
    states.remove(ref)
    baselines.remove(ref)
    list.forget(ref)
    for (const [id, request] of requests) {
      if (byRef(request, ref) === 0 && request.doneAt === null && id < before) drop(id)
    }
    return true
  }

  const store: Port.StoreService = {
    owner,
    load: verb((jobNames, which = "all", partitions) => {
      const wanted = new Set(jobNames)
      const isPlaced = KeyPartition.isAmong(partitions)
      return [...states].filter(
        (state) => wanted.has(state.jobName) && isPlaced(state) && (which === "all" || !isFinished(state))
      )
    }),
    get: verb((refs) => refs.flatMap((ref) => states.find(ref) ?? [])),
    names: Effect.sync(names),
    rename: verb((from, to, holders) => {
      const own = ofJob(from).filter(({ key }) => states.find({ jobName: to, key }) === undefined)
      const [moved, waiting] = Arr.partition(own, ({ claim: { owner } }) => owner !== null && holders.includes(owner))
      for (const map of [states, baselines]) {
        for (const { key } of moved) {
          const state = map.find({ jobName: from, key })
          map.remove({ jobName: from, key })
          if (state !== undefined) map.set({ jobName: to, key }, { ...state, jobName: to })
        }
      }
      for (const { key } of moved) list.rename({ jobName: from, key }, to)
      for (const [id, request] of requests)
        if (request.jobName === from && states.find(request) === undefined)
          requests.set(id, { ...request, jobName: to })
      return { moved: moved.length, waiting: waiting.length }
    }),
    define: verb((added) => {
      for (const one of added)
        if (!definitions.some((other) => isSameDefinition(one, other)))
          definitions.push({ ...one, id: definitions.length + 1 })
      return [...definitions]
    }),
    beat: verb(({ at, definitions, everyMs, id, owner }) => {
      if (id === null) lastProcess += 1
      const process = id ?? lastProcess
      const beat = (processes.get(process)?.beat ?? 0) + 1
      processes.set(process, { id: process, owner, at, definitions, everyMs, beat })
      return process
    }),
    leave: verb((ids) => {
      for (const id of ids) processes.delete(id)
    }),
    processes: Effect.sync(() => ({
      processes: [...processes.values()].sort((one, other) => one.id - other.id),
      at: null
    })),
    add: verb((added, acknowledgements) => {
      for (const state of added) if (states.find(state) === undefined) states.set(state, state)
      complete(acknowledgements)
    }),
    admit: verb((admissions) =>
      admissions.filter(({ acknowledgement, state }) => {
        const isDone = requests.get(acknowledgement.id)?.doneAt !== null
        if (isDone || states.find(state) !== undefined) return true
        states.set(state, state)
        complete([acknowledgement])
        return false
      })
    ),
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
    progress: verb((progressed) => {
      for (const { progress, ...ref } of progressed) {
        const state = states.find(ref)
        if (state !== undefined && isClaimedAs(state, ref))
          states.set(ref, { ...state, claim: { ...state.claim, progress } })
      }
    }),
    submit: verb((submitted) => {
      const decided = Uniqueness.decideAll(submitted, (request) => ({
        state: states.find(request),
        pending: pending().filter((other) => byRef(other, request) === 0),
        mayBegin: false
      }))
      const answers = decided.map(({ answer, stored }): Port.Submitted => {
        if (stored === null) return { ...answer, doneId: null }
        const { first, unique: _, ...request } = stored
        lastId += 1
        requests.set(lastId, { ...request, id: lastId, doneAt: null })
        dropDone(request.at)
        if (first === undefined || states.find(first) !== undefined) return { ...answer, doneId: null }
        states.set(first, first)
        complete([{ id: lastId, at: request.at }])
        return { ...answer, doneId: lastId }
      })
      for (const { heard } of watchers) heard()
      return { answers, ended: null }
    }),
    pending: Effect.sync(pending),
    requestsSince: verb((since, among) => {
      const isSince = ({ doneAt, id }: StoredRequest) =>
        doneAt === null || (since !== null && (doneBy.get(id) ?? 0) > since)
      const isPlaced = KeyPartition.isAmong(among?.partitions)
      const isAmong = (request: StoredRequest) =>
        isPlaced(request) || among?.jobNames.includes(request.jobName) === true
      return { requests: [...requests.values()].filter((request) => isSince(request) && isAmong(request)), mark }
    }),
    watch: (watcher) =>
      Effect.as(
        Effect.acquireRelease(
          Effect.sync(() => watchers.add(watcher)),
          () => Effect.sync(() => watchers.delete(watcher))
        ),
        Effect.void
      ),
    announce: Effect.sync(() => {
      for (const { heard } of watchers) heard()
    })
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
    samples: verb(list.samples),
    since: verb((mark, limit = 1000) => list.since(mark, limit)),
    latest: verb((jobNames, limit) => [...jobNames].sort().flatMap((name) => list.latest(ofJob(name), limit))),
    states: verb((query) => pageOf(query)),
    counts: verb((query) => Counts.of([...states], query)),
    size: Effect.sync(() => {
      const jobs = names()
        .sort()
        .map((jobName) => {
          const own = ofJob(jobName)
          const entries = own.flatMap(list.of)
          const oldestAt = entries.length === 0 ? null : Math.min(...entries.map(({ startedAt }) => startedAt))
          const unlisted = own.filter(({ lastVerdict }) => lastVerdict === "not-listed").length
          return { jobName, instances: own.length, entries: entries.length, oldestAt, notListed: unlisted }
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
