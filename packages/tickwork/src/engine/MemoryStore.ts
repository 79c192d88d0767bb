/**
 * The store that keeps everything in the memory of this process.
 *
 * It compares what it is asked to compare, and decides nothing.
 *
 * @internal
 */
import { Effect } from "effect"
import type { Asked } from "../Control.ts"
import type { JobRun } from "../JobRun.ts"
import { isFinished, type JobState } from "../JobState.ts"
import { type Answer, type ClaimLimit, doneIsKeptMs, type Expected, type Ref, type Service } from "../JobStore.ts"
import type { MemoryLog } from "./MemoryLog.ts"
import * as MemoryLogs from "./MemoryLog.ts"

export const idOf = ({ jobName, key }: Ref): string => `${jobName}\u0000${key}`

/** A store of its own; lines go to a log that may keep them, or not. */
export const make = (log: MemoryLog = MemoryLogs.make()): Service => {
  const states = new Map<string, JobState>()
  const requests = new Map<number, Asked>()
  let lastAsked = 0

  const isClaimedAs = (ref: Ref, { owner, token }: Expected): boolean => {
    const state = states.get(idOf(ref))
    return state !== undefined && state.claimOwner === owner && state.claimToken === token
  }
  const isReached = ({ atMost, jobNames }: ClaimLimit): boolean => {
    const claimed = [...states.values()].filter(
      ({ claimOwner, jobName }) => claimOwner !== null && jobNames.includes(jobName)
    )
    return claimed.length >= atMost
  }
  const markDone = ({ at, id }: Answer) => {
    const request = requests.get(id)
    if (request !== undefined) requests.set(id, { ...request, doneAt: at })
  }
  const put = (state: JobState, runs: ReadonlyArray<JobRun>) => {
    const id = idOf(state)
    states.set(id, { ...state, claimRenewals: states.get(id)?.claimRenewals ?? state.claimRenewals })
    for (const run of runs) log.write(run)
  }
  const isStored = (name: string) => [...states.values()].some(({ jobName }) => jobName === name)
  const move = (from: string, to: string) => {
    for (const [id, state] of [...states]) {
      if (state.jobName !== from) continue
      states.delete(id)
      states.set(to + id.slice(from.length), { ...state, jobName: to })
    }
  }

  return {
    owner: { id: "memory", isGone: () => false },
    load: (jobNames, which = "all") =>
      Effect.sync(() => {
        const wanted = new Set(jobNames)
        const isWanted = (state: JobState) => wanted.has(state.jobName) && (which === "all" || !isFinished(state))
        return [...states.values()].filter(isWanted)
      }),
    get: (refs) => Effect.sync(() => refs.flatMap((ref) => states.get(idOf(ref)) ?? [])),
    names: Effect.sync(() => [...new Set([...states.values()].map(({ jobName }) => jobName))]),
    rename: (from, to) =>
      Effect.sync(() => {
        if (!isStored(from) || isStored(to)) return false
        move(from, to)
        log.rename(from, to)
        return true
      }),
    add: (added, answers = []) =>
      Effect.sync(() => {
        for (const state of added) if (!states.has(idOf(state))) states.set(idOf(state), state)
        for (const answer of answers) markDone(answer)
      }),
    forget: (ref, answer) =>
      Effect.sync(() => {
        const isForgotten =
          isClaimedAs(ref, { owner: null, token: ref.token }) && states.get(idOf(ref))?.seq === ref.seq
        if (!isForgotten) return false
        states.delete(idOf(ref))
        log.forget(ref)
        for (const [id, request] of requests) {
          if (idOf(request) === idOf(ref) && id !== answer?.id) requests.delete(id)
        }
        if (answer !== undefined) markDone(answer)
        return true
      }),
    commit: ({ claims, saves }) =>
      Effect.sync(() => {
        const refused = { saves: [...saves], claims: [...claims] }
        refused.saves = saves.filter((save) => {
          const isAsExpected = states.get(idOf(save.state))?.seq === save.expected.seq
          const accepted = isAsExpected && isClaimedAs(save.state, save.expected)
          if (accepted) {
            put(save.state, save.runs)
            for (const answer of save.answers ?? []) markDone(answer)
          }
          return !accepted
        })
        refused.claims = claims.filter(({ limits = [], state }) => {
          const isFree = isClaimedAs(state, { owner: null, token: state.claimToken - 1 })
          const accepted = isFree && !limits.some(isReached)
          if (accepted) put(state, [])
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
    ask: (asked) =>
      Effect.sync(() => {
        for (const request of asked) {
          lastAsked += 1
          requests.set(lastAsked, { ...request, id: lastAsked, doneAt: null })
          for (const { doneAt, id } of requests.values()) {
            if (doneAt !== null && doneAt < request.at - doneIsKeptMs) requests.delete(id)
          }
        }
        return true
      }),
    asked: (doneSince = Number.POSITIVE_INFINITY) =>
      Effect.sync(() => [...requests.values()].filter(({ doneAt }) => doneAt === null || doneAt >= doneSince)),
    runs: (query) => Effect.sync(() => log.runs(query))
  }
}
