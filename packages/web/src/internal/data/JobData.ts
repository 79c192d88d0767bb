/**
 * Reads one instance with its history, a page of the keys of a job, and one run.
 *
 * @internal
 */
import { Effect, Option } from "effect"
import { type Decision, Explanation, type Job, JobLog, type JobState, type JobStore, Tick } from "tickwork"
import { EntryName, type Known, type Requests } from "../../view/index.ts"
import type { InstanceData, KeysData } from "../screens/JobScreen.ts"
import type { RunData } from "../screens/RunScreen.ts"
import * as Reading from "./Reading.ts"

type Read<A> = Effect.Effect<A, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog>

const historyPage = 30

/** What no store knows: slots, dependencies and definitions belong to the process that runs the job. */
const inside: ReadonlySet<Decision.Reason["_tag"]> = new Set([
  "Awaits",
  "NoFreeSlot",
  "Stuck",
  "KeyRemoved",
  "DefinitionMismatch"
])

/** Why the tick of this process does not run the instance; `null` where the store tells as much, or none is here. */
const explainedByTick = ({ jobName, key }: JobStore.Ref): Effect.Effect<string | null> =>
  Effect.gen(function* () {
    const tick = yield* Effect.serviceOption(Tick.Tick)
    if (Option.isNone(tick)) return null
    // a tick finds a job by its name alone
    const explanation = yield* tick.value.explain({ name: jobName } as Job.Any, { key })
    const { decision } = explanation
    return decision._tag === "Wait" && inside.has(decision.reason._tag) ? Explanation.toText(explanation) : null
  }).pipe(Effect.catchTag("InstanceNotFoundError", () => Effect.succeed(null)))

export interface InstanceQuery {
  readonly after: string | null
  readonly hasKeys: boolean
  readonly sent: Requests.Verb | null
}

export const instance = (
  state: JobState.JobState,
  known: Known.Known,
  { after, hasKeys, sent }: InstanceQuery
): Read<InstanceData> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const { jobName, key } = state
    const last = Option.flatMap(Option.fromNullable(after), EntryName.fromCursor)
    const newest = yield* log.history({ jobName, key, limit: Reading.figureEntries })
    const page = Option.isNone(last)
      ? newest.slice(0, historyPage + 1)
      : yield* log.history({ jobName, key, after: last.value, limit: historyPage + 1 })
    const entries = page.slice(0, historyPage)
    const end = entries.at(-1)
    return {
      known: yield* Reading.explained(state, known),
      inProcess: yield* explainedByTick(state),
      figures: Reading.figures(newest, jobName),
      counted: newest.length,
      entries,
      older: page.length > historyPage && end !== undefined ? EntryName.cursorOf(end) : null,
      isNewest: Option.isNone(last),
      hasKeys,
      sent
    }
  })

export const keys = (
  reading: Reading.Reading,
  known: Known.Known,
  { from, jobName, pageSize }: { readonly jobName: string; readonly from: string | null; readonly pageSize: number }
): Read<KeysData> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const after = from === null ? {} : { after: { jobName, key: from } }
    const found = yield* log.states({ jobName, ...after, limit: pageSize + 1 })
    const stored = found.slice(0, pageSize)
    const requested = from === null ? known.newRuns.filter((run) => run.jobName === jobName).slice(0, pageSize) : []
    const last = stored.at(-1)
    const counts = (yield* reading.counts).find((one) => one.jobName === jobName)
    return {
      jobName,
      counts,
      states: [...requested, ...stored],
      next: found.length > pageSize && last !== undefined ? last.key : null,
      isFirst: from === null,
      entries: counts === undefined ? [] : (yield* reading.lastEntries([counts], historyPage))(jobName)
    }
  })

export const run = (ref: JobStore.Ref & { readonly seq: number }): Read<RunData | null> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const [first, ...others] = yield* Reading.run(ref)
    if (first === undefined) return null
    const last = others.at(-1) ?? first
    const { jobName, key } = ref
    const [before] = first.seq > 1 ? yield* log.entries({ jobName, key, seq: first.seq - 1 }) : []
    const [after] = yield* log.history({ jobName, key, seq: last.seq + 1 })
    return { entries: [first, ...others], before: before ?? null, after: after ?? null }
  })
