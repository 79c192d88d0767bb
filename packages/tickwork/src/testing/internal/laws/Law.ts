/**
 * What the laws of a store are made of: instances, log entries, claims and saves, and checks that die.
 *
 * @internal
 */
import { type Context, Effect, Record } from "effect"
import type { YieldWrap } from "effect/Utils"
import type { StoredRequest } from "../../../Control.ts"
import { JobLog } from "../../../JobLog.ts"
import * as JobState from "../../../JobState.ts"
import {
  type Admission,
  type ExpectedRow,
  JobStore,
  type Save,
  type StoreError,
  type Submission
} from "../../../JobStore.ts"
import type * as LogEntry from "../../../LogEntry.ts"
import * as Position from "../../../Position.ts"

/**
 * A law: it succeeds on a store that keeps it, dies on one that breaks it, and fails where the store itself fails.
 *
 * @since 0.1.0
 * @category models
 */
export type Law = Effect.Effect<void, StoreError, JobStore | JobLog>

export type Laws = Readonly<Record<string, Law>>

/** The services of the store that keeps a law. */
interface Services {
  readonly store: Context.Tag.Service<JobStore>
  readonly log: Context.Tag.Service<JobLog>
}

type Steps = Generator<YieldWrap<Effect.Effect<unknown, StoreError, JobStore | JobLog>>, void, never>

/** Laws by their titles, each as its steps. */
export const lawsOf = (laws: Readonly<Record<string, (services: Services) => Steps>>): Laws =>
  Record.map(laws, (steps) =>
    Effect.flatMap(Effect.all({ store: JobStore, log: JobLog }), (services) => Effect.gen(() => steps(services)))
  )

export const holds = (claim: string, isTrue: boolean): Effect.Effect<void> =>
  isTrue ? Effect.void : Effect.dieMessage(`the law is broken: ${claim}`)

const byName = (_name: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

export const equal = (claim: string, actual: unknown, expected: unknown): Effect.Effect<void> => {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value, byName))
  return holds(`${claim} must be ${should}, got ${is}`, is === should)
}

export const cadence = { definition: "every 5000 ms", anchor: 1_000, seed: 7, steps: 0, state: null }

export const instance = (jobName: string, key = ""): JobState.JobState =>
  JobState.initial(jobName, key, { state: cadence, nextAt: 1_000 }, 1_000)

/** The entry after the last one of a state. */
export const entry = (state: JobState.JobState, change: Partial<LogEntry.LogEntry> = {}): LogEntry.LogEntry => ({
  jobName: state.jobName,
  key: state.key,
  seq: state.seq + 1,
  status: "success",
  verdict: "ran",
  missedBecause: null,
  trigger: "schedule",
  attempt: 1,
  scheduledAt: 1_000,
  startedAt: 1_002,
  lastAt: 1_002,
  durationMs: 3,
  error: null,
  reason: null,
  count: 1,
  position: Position.initial(cadence, 6_000),
  memory: null,
  report: null,
  stack: null,
  ...change
})

export const expectedOf = ({ claim: { owner, token }, seq }: JobState.JobState): ExpectedRow => ({ owner, token, seq })

export const rowOf = ({ claim: { token }, jobName, key, seq }: JobState.JobState) => ({ jobName, key, seq, token })

/** A save under a claim: of a success unless entries are given, and of the state after the first of them. */
export const saveOf = (
  held: JobState.JobState,
  entries: readonly [LogEntry.LogEntry, ...ReadonlyArray<LogEntry.LogEntry>] = [entry(held)],
  state: JobState.JobState = JobState.after(held, entries[0])
): Save => ({ expected: expectedOf(held), state, entries })

/** An instance with a claim. */
export const held = (state: JobState.JobState, owner = "one"): JobState.JobState =>
  JobState.claimed(state, owner, { scheduledAt: 1_000, trigger: "schedule" }, 1_001)

export const claim = (state: JobState.JobState, owner: string) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const claimed = held(state, owner)
    const refused = yield* store.commit({ saves: [], claims: [{ state: claimed }] })
    return { held: claimed, isMine: refused.claims.length === 0 }
  })

/** A new instance of a job, and its claim by owner "one". */
export const added = (jobName: string) =>
  Effect.zipRight(
    add(instance(jobName)),
    Effect.map(claim(instance(jobName), "one"), ({ held }) => held)
  )

export const save = (...saves: ReadonlyArray<Save>) =>
  Effect.flatMap(JobStore, (store) => store.commit({ saves, claims: [] }))

/** The first stored instance of a job. */
export const stored = (jobName: string) =>
  Effect.flatMap(JobStore, (store) =>
    Effect.flatMap(store.load([jobName]), ([state]) =>
      state === undefined ? Effect.dieMessage(`the law is broken: ${jobName} is not stored`) : Effect.succeed(state)
    )
  )

export const add = (...states: ReadonlyArray<JobState.JobState>) =>
  Effect.flatMap(JobStore, (store) => store.add(states))

/** The keys of the stored instances of a job. */
export const keysOf = (jobName: string, which?: "unfinished") =>
  Effect.flatMap(JobStore, (store) =>
    Effect.map(store.load([jobName], which), (states) => states.map(({ key }) => key).sort())
  )

export const entriesOf = (jobName: string) => Effect.flatMap(JobLog, (log) => log.entries({ jobName }))

export const seqsOf = (entries: ReadonlyArray<LogEntry.Entry>) => entries.map(({ seq }) => seq)

/** Records runs of an instance, each a second after the one before. An instance that is not stored is added. */
export const recordRuns = (
  state: JobState.JobState,
  count: number,
  change: (seq: number) => Partial<LogEntry.LogEntry> = () => ({})
) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    yield* store.add([state])
    for (let index = 0; index < count; index++) {
      const [now = state] = yield* store.get([state])
      const { held } = yield* claim(now, "one")
      const startedAt = 1_000 * (held.seq + 1)
      yield* save(saveOf(held, [entry(held, { startedAt, lastAt: startedAt, ...change(held.seq + 1) })]))
    }
  })

/** A request to enqueue a run of job a. */
export const enqueue = (key: string) =>
  ({
    verb: "enqueue",
    jobName: "a",
    key,
    at: 1_000,
    by: "",
    why: "",
    dueAt: 2_000,
    payload: { value: { to: "ada" } }
  }) as const

/** The request as it is stored. */
export const submitted = (request: Submission) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    yield* store.submit([request])
    const stored = (yield* store.pending).at(-1)
    return stored ?? (yield* Effect.dieMessage("the law is broken: a request is pending once it is submitted"))
  })

/** What a process makes of a request to enqueue. */
export const admission = ({ id, jobName, key, payload }: StoredRequest): Admission => ({
  state: JobState.initial(jobName, key, { state: cadence, nextAt: 2_000 }, 1_000, payload),
  acknowledgement: { id, at: 1_500 }
})

/** The stored state of an instance, and the fold of its log from its baseline on; claims are outside the fold. */
export const foldOf = (state: JobState.JobState) =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const log = yield* JobLog
    const [stored = state] = yield* store.get([state])
    const [baseline = JobState.emptyState(stored)] = yield* log.baselines([state])
    const entries = yield* log.entries({ jobName: state.jobName, key: state.key, limit: 1_000 })
    const fold = JobState.fold(baseline, [...entries].reverse())
    const { renewals, token } = stored.claim
    return { stored, fold: { ...fold, claim: { ...fold.claim, renewals, token } } }
  })
