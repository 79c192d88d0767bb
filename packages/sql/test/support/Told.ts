/**
 * What a database tells when all is over: the states and the whole log, and whether they say the same.
 */
import { assert } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import { Array as Arr, Effect, Order } from "effect"
import { JobLog, JobState, JobStore, type LogEntry } from "tickwork"

/** An instance with its lines, the oldest first. */
export interface Instance {
  readonly state: JobState.JobState
  readonly lines: ReadonlyArray<LogEntry.LogEntry>
}

const bySeq = Arr.sortBy(Order.mapInput(Order.number, ({ seq }: LogEntry.LogEntry) => seq))

/** All that is stored. */
export const instances: Effect.Effect<
  ReadonlyArray<Instance>,
  JobStore.StoreError,
  JobStore.JobStore | JobLog.JobLog
> = Effect.gen(function* () {
  const store = yield* JobStore.JobStore
  const log = yield* JobLog.JobLog
  const states = yield* store.load(yield* store.names)
  const runs = yield* log.entries({ limit: 1_000_000 })
  return states.map((state) => ({
    state,
    lines: bySeq(runs.filter(({ jobName, key }) => jobName === state.jobName && key === state.key))
  }))
})

/** All that is stored in a SQLite file that nobody else has open. */
export const onFile = (filename: string) => Effect.provide(instances, SqlJobStore.layerSqlite({ filename }))

/** Law 3, Record: the log has neither hole nor double, and the state is its fold; claims are outside of that. */
export const isConsistent = ({ lines, state }: Instance): void => {
  const { claim, createdAt, jobName, key } = state
  assert.deepStrictEqual(
    lines.map(({ seq }) => seq),
    lines.map((_, index) => index + 1),
    `the log of ${jobName} has no hole and no line twice`
  )
  const first = JobState.initial(
    jobName,
    key,
    { state: state.position.cadence, nextAt: state.position.nextAt },
    createdAt
  )
  assert.deepStrictEqual({ ...JobState.fold(first, lines), claim }, state, `the state of ${jobName} is its log's`)
}
