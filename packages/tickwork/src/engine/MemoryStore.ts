/**
 * A store in the memory of one process: the simplest one that keeps the store laws.
 *
 * It never outlives its layer.
 *
 * @internal
 */
import { Effect } from "effect"
import type { JobRun } from "../JobRun.ts"
import type { JobState } from "../JobState.ts"
import type { Expected, Ref, RunQuery, Service } from "../JobStore.ts"

const idOf = ({ jobName, key }: Ref): string => `${jobName}\u0000${key}`

const matches = (query: RunQuery) => (run: JobRun) =>
  (query.jobName === undefined || run.jobName === query.jobName) &&
  (query.key === undefined || run.key === query.key) &&
  (query.status === undefined || run.status === query.status) &&
  (query.from === undefined || run.startedAt >= query.from) &&
  (query.to === undefined || run.startedAt < query.to)

export const make = (): Service => {
  const states = new Map<string, JobState>()
  const log = new Map<string, JobRun>()

  const isClaimedAs = (ref: Ref, { owner, token }: Expected): boolean => {
    const state = states.get(idOf(ref))
    return state !== undefined && state.claimOwner === owner && state.claimToken === token
  }
  const write = (run: JobRun) => {
    const id = `${idOf(run)}\u0000${run.seq}`
    const earlier = log.get(id)
    log.set(
      id,
      earlier === undefined
        ? run
        : { ...run, scheduledAt: earlier.scheduledAt, startedAt: earlier.startedAt, count: earlier.count + run.count }
    )
  }
  const put = (state: JobState, run: JobRun | null) => {
    const id = idOf(state)
    states.set(id, { ...state, claimRenewals: states.get(id)?.claimRenewals ?? state.claimRenewals })
    if (run !== null) write(run)
  }

  return {
    owner: { id: "memory", isGone: () => false },
    load: (jobNames) =>
      Effect.sync(() => {
        const wanted = new Set(jobNames)
        return [...states.values()].filter((state) => wanted.has(state.jobName))
      }),
    get: (refs) => Effect.sync(() => refs.flatMap((ref) => states.get(idOf(ref)) ?? [])),
    add: (added) =>
      Effect.sync(() => {
        for (const state of added) if (!states.has(idOf(state))) states.set(idOf(state), state)
      }),
    commit: ({ claims, saves }) =>
      Effect.sync(() => {
        const refused = { saves: [...saves], claims: [...claims] }
        refused.saves = saves.filter((save) => {
          const accepted = isClaimedAs(save.state, save.expected)
          if (accepted) put(save.state, save.run)
          return !accepted
        })
        refused.claims = claims.filter(({ state }) => {
          const accepted = isClaimedAs(state, { owner: null, token: state.claimToken - 1 })
          if (accepted) put(state, null)
          return !accepted
        })
        return refused
      }),
    renew: (claims) =>
      Effect.sync(() => {
        for (const claim of claims) {
          const state = states.get(idOf(claim))
          if (state !== undefined && isClaimedAs(claim, claim)) {
            states.set(idOf(claim), { ...state, claimRenewals: state.claimRenewals + 1 })
          }
        }
        return claims.filter((claim) => !isClaimedAs(claim, claim))
      }),
    runs: (query) =>
      Effect.sync(() =>
        [...log.values()]
          .filter(matches(query))
          .reverse()
          .slice(0, query.limit ?? 100)
      )
  }
}
