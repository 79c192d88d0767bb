/**
 * The typed state service: where the state of each instance and the log of its runs are kept.
 *
 * A port with few verbs, each taking many at once. A store keeps what it is told and compares what it is asked to
 * compare; it never decides what runs, and it never tells the time.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer, Schema } from "effect"
import type { Asked, Request } from "./Control.ts"
import type { JobRun, Status } from "./JobRun.ts"
import { isFinished, type JobState } from "./JobState.ts"

/**
 * The store could not do what it was asked to: it is locked, full, gone or broken. Nothing was written.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreError extends Schema.TaggedError<StoreError>("tickwork/StoreError")("StoreError", {
  operation: Schema.String,
  reason: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `The job store could not ${this.operation}: ${this.reason}`
  }
}

/**
 * Which instance is meant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ref {
  readonly jobName: string
  readonly key: string
}

/**
 * The claim that a row must still bear for a write to be accepted; an `owner` of `null` means unclaimed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  readonly owner: string | null
  readonly token: number
}

/**
 * What a row must still be for its replacement to be accepted: also its last line is the one of this number, since who
 * holds a claim may write lines under it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpectedRow extends Expected {
  readonly seq: number
}

/**
 * At most so many instances of these jobs may bear a claim at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClaimLimit {
  readonly name: string
  readonly jobNames: ReadonlyArray<string>
  readonly atMost: number
}

/**
 * Takes the right to run an unclaimed instance, whose token is still the one before `state.claimToken`, and of whose
 * limits none is reached: the claims before it in the batch count, too.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claim {
  readonly state: JobState
  readonly limits?: ReadonlyArray<ClaimLimit>
}

/**
 * Replaces the state of an instance, and writes these lines of the log with it, if its row is still the expected one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Save {
  readonly expected: ExpectedRow
  readonly state: JobState
  readonly runs: ReadonlyArray<JobRun>
  /** The requests that are done with it. */
  readonly answers?: ReadonlyArray<Answer>
}

/**
 * The request of a number is done, at an instant in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly id: number
  readonly at: number
}

/**
 * What is to be written together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch {
  readonly saves: ReadonlyArray<Save>
  readonly claims: ReadonlyArray<Claim>
}

/**
 * What of a batch was refused, since somebody else was faster or a limit is reached. All else was written, in one
 * transaction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly saves: ReadonlyArray<Save>
  readonly claims: ReadonlyArray<Claim>
}

/**
 * Which lines of the log are wanted: newest first, at most `limit` (100 unless set), instants in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunQuery {
  readonly jobName?: string
  readonly key?: string
  readonly status?: Status
  /** Started at or after. */
  readonly from?: number
  /** Started before. */
  readonly to?: number
  readonly limit?: number
}

/**
 * Who this process is among those that share the database, and which others are surely gone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Owner {
  readonly id: string
  /** True only where it is certain: a process of this host that has ended. */
  readonly isGone: (owner: string) => boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly owner: Owner
  /** Every stored instance of these jobs, or those of which something is still to come. */
  readonly load: (
    jobNames: ReadonlyArray<string>,
    which?: "all" | "unfinished"
  ) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** These instances, as they are stored now. */
  readonly get: (refs: ReadonlyArray<Ref>) => Effect.Effect<ReadonlyArray<JobState>, StoreError>
  /** The names of all jobs of which something is stored. */
  readonly names: Effect.Effect<ReadonlyArray<string>, StoreError>
  /**
   * Gives the instances and the log of a job to one of another name, of which nothing may be stored; answers whether
   * there was something to give.
   */
  readonly rename: (from: string, to: string) => Effect.Effect<boolean, StoreError>
  /** Keeps instances that are not stored yet and leaves those that are alone; these requests are done with it. */
  readonly add: (states: ReadonlyArray<JobState>, answers?: ReadonlyArray<Answer>) => Effect.Effect<void, StoreError>
  /**
   * Removes an unclaimed instance with its log and with what was asked of it, if its row is still the expected one;
   * answers whether it was. The request that is done with it is kept for an hour.
   */
  readonly forget: (
    ref: Ref & Pick<ExpectedRow, "seq" | "token">,
    answer?: Answer
  ) => Effect.Effect<boolean, StoreError>
  /** Writes what was not refused, all of it in one transaction. */
  readonly commit: (batch: Batch) => Effect.Effect<Refused, StoreError>
  /** Shows that the holder of these claims lives: their renewal counter rises. Answers the claims that have passed on. */
  readonly renew: (claims: ReadonlyArray<Ref & Expected>) => Effect.Effect<ReadonlyArray<Ref & Expected>, StoreError>
  /**
   * Keeps what somebody asks for until it is done, and for an hour after that. Inside a transaction of the caller's it
   * is part of that, and the answer is false: it is not stored before the transaction has ended.
   */
  readonly ask: (requests: ReadonlyArray<Request>) => Effect.Effect<boolean, StoreError>
  /** What has been asked for and is not done, and what was done at or after an instant, in the order of their numbers. */
  readonly asked: (doneSince?: number) => Effect.Effect<ReadonlyArray<Asked>, StoreError>
  /** Lines of the log. */
  readonly runs: (query: RunQuery) => Effect.Effect<ReadonlyArray<JobRun>, StoreError>
}

/**
 * The store of an application's jobs.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobStore } from "tickwork"
 *
 * const failures = Effect.flatMap(JobStore.JobStore, (store) => store.runs({ status: "error", limit: 10 }))
 *
 * Effect.runPromise(failures.pipe(Effect.provide(JobStore.layerMemory))).then((runs) => {
 *   console.assert(runs.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class JobStore extends Context.Tag("tickwork/JobStore")<JobStore, Service>() {}

/**
 * Nothing was refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const nothingRefused: Refused = { saves: [], claims: [] }

/**
 * How long a store keeps a request once it is done, for other processes to hear of it, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const doneIsKeptMs = 3_600_000

const idOf = ({ jobName, key }: Ref): string => `${jobName}\u0000${key}`

const matches = (query: RunQuery) => (run: JobRun) =>
  (query.jobName === undefined || run.jobName === query.jobName) &&
  (query.key === undefined || run.key === query.key) &&
  (query.status === undefined || run.status === query.status) &&
  (query.from === undefined || run.startedAt >= query.from) &&
  (query.to === undefined || run.startedAt < query.to)

const makeMemory = (): Service => {
  const states = new Map<string, JobState>()
  const log = new Map<string, JobRun>()
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
  const markDone = ({ at, id }: Answer) => {
    const request = requests.get(id)
    if (request !== undefined) requests.set(id, { ...request, doneAt: at })
  }
  const put = (state: JobState, runs: ReadonlyArray<JobRun>) => {
    const id = idOf(state)
    states.set(id, { ...state, claimRenewals: states.get(id)?.claimRenewals ?? state.claimRenewals })
    for (const run of runs) write(run)
  }
  const isStored = (name: string) => [...states.values()].some(({ jobName }) => jobName === name)
  const move = <A extends Ref>(rows: Map<string, A>, from: string, to: string) => {
    const all = [...rows]
    rows.clear()
    for (const [id, row] of all) {
      const isMoved = row.jobName === from
      rows.set(isMoved ? to + id.slice(from.length) : id, isMoved ? { ...row, jobName: to } : row)
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
        move(states, from, to)
        move(log, from, to)
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
        for (const [id, run] of log) if (idOf(run) === idOf(ref)) log.delete(id)
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
    runs: (query) =>
      Effect.sync(() =>
        [...log.values()]
          .filter(matches(query))
          .reverse()
          .slice(0, query.limit ?? 100)
      )
  }
}

/**
 * Keeps everything in the memory of this process, where a restart loses it: for tests and for work that may be lost.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<JobStore> = Layer.sync(JobStore, makeMemory)
