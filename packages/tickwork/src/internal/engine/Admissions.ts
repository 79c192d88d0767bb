/**
 * Creates new instances in the store: of new keys, and of enqueued runs; plans failed runs again that are over. A run that is enqueued under the key of one that
 * is over follows it in its row and its log.
 *
 * It starts nothing, and decides of no request whether it is a duplicate: the store has.
 *
 * @internal
 */
import { Array as Arr, Effect, Either } from "effect"
import * as RequestText from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Acknowledgement, Admission, Ref, Save, Service, StoreError } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Control from "./Control.ts"
import * as ControlTransition from "./ControlTransition.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Reschedule from "./Reschedule.ts"
import * as Startup from "./Startup.ts"

interface Enqueued extends Admission {
  readonly request: RequestText.StoredRequest
}

/** What a follow-up is written with. */
interface FollowUp extends Save {
  readonly acknowledgements: readonly [Acknowledgement]
}

/** The row of an earlier run, planned again for the payload and the instant of a new one. */
const followUp = (row: JobState.JobState, { acknowledgement, request, state }: Enqueued): FollowUp => {
  const entry = LogEntries.ofControl(row, RequestText.toText(request), acknowledgement.at, state.position)
  return {
    expected: Instance.expectedOf(row),
    state: { ...JobState.applyControl(row, entry), payload: state.payload },
    entries: [entry],
    acknowledgements: [acknowledgement]
  }
}

interface FollowedUp {
  readonly entries: ReadonlyArray<LogEntry>
  /** The requests whose key holds a run that is not over. */
  readonly open: ReadonlySet<number>
}

const nothingFollowed: FollowedUp = { entries: [], open: new Set() }

const followAll = (store: Service, refused: ReadonlyArray<Enqueued>): Effect.Effect<FollowedUp, StoreError> =>
  Effect.gen(function* () {
    // the rows first: a process that does a request between the two reads changes its row, and the save is refused
    const rows = InstanceMap.of(yield* store.get(refused.map(({ state }) => state)))
    const pending = new Set((yield* store.pending).map(({ id }) => id))
    const open = new Set(refused.flatMap(({ request: { id } }) => (pending.has(id) ? [id] : [])))
    const saves = refused.flatMap((one) => {
      const row = rows.find(one.state)
      return open.has(one.request.id) && row !== undefined && JobState.isFinished(row) ? [followUp(row, one)] : []
    })
    if (saves.length === 0) return { entries: [], open }
    const lost = InstanceMap.of((yield* store.commit({ saves, claims: [] })).saves.map(({ state }) => state))
    const written = saves.filter(({ state }) => lost.find(state) === undefined)
    for (const { acknowledgements } of written) open.delete(acknowledgements[0].id)
    return { entries: written.flatMap(({ entries }) => entries), open }
  })

interface Retried extends FollowedUp {
  /** The requests that are not done with it. */
  readonly others: ReadonlyArray<RequestText.StoredRequest>
}

/** Plans failed runs again that are over, each with its request. */
const retryAll = (
  store: Service,
  requests: ReadonlyArray<RequestText.StoredRequest>,
  now: number
): Effect.Effect<Retried, StoreError> =>
  Effect.gen(function* () {
    const wanted = requests.filter(({ verb }) => verb === "retry")
    if (wanted.length === 0) return { ...nothingFollowed, others: requests }
    const rows = InstanceMap.of(yield* store.get(wanted))
    const saves = wanted.flatMap((request) => {
      const row = rows.find(request)
      if (row === undefined || row.unreadable !== undefined || !JobState.isFinished(row)) return []
      // the second of two requests finds a run that is not over
      rows.remove(request)
      const entry = ControlTransition.entryOf(row, request, now)
      const state = JobState.applyControl(row, entry)
      return [
        {
          request,
          expected: Instance.expectedOf(row),
          state,
          entries: [entry],
          acknowledgements: [{ id: request.id, at: now }]
        }
      ]
    })
    const refused = InstanceMap.of((yield* store.commit({ saves, claims: [] })).saves.map(({ state }) => state))
    const [written, lost] = Arr.partition(saves, ({ state }) => refused.find(state) !== undefined)
    const saved = new Set(saves.map(({ request }) => request))
    return {
      entries: written.flatMap(({ entries }) => entries),
      open: new Set(lost.map(({ request }) => request.id)),
      others: requests.filter((request) => !saved.has(request))
    }
  })

const idOf = ({ jobName, key }: Ref): string => JSON.stringify([jobName, key])

/** Creates what waits for it. Where another process was faster, its row holds. Returns the entries that were written. */
export const create = (
  engine: Engine,
  store: Service,
  now: number
): Effect.Effect<ReadonlyArray<LogEntry>, StoreError> =>
  Effect.gen(function* () {
    const creations = Control.nextCreations(engine)
    const { admitted, obsolete } = creations
    const requests = new Map(
      admitted.flatMap(({ request }) => (request === undefined ? [] : [[idOf(request), request] as const]))
    )
    const states = yield* Effect.orDie(Startup.beginAll<never>(admitted, now, Reschedule.stepLater(now)))
    const [plain, enqueued] = Arr.partitionMap(states, (state): Either.Either<Enqueued, JobState.JobState> => {
      const request = requests.get(idOf(state))
      if (request === undefined) return Either.left(state)
      return Either.right({ request, state, acknowledgement: { id: request.id, at: now } })
    })
    const retried = yield* retryAll(store, obsolete, now)
    if (plain.length + retried.others.length > 0) {
      yield* store.add(
        plain,
        retried.others.map(({ id }) => ({ id, at: now }))
      )
    }
    const refused = new Set(enqueued.length === 0 ? [] : (yield* store.admit(enqueued)).map(({ state }) => idOf(state)))
    const [made, late] = Arr.partition(enqueued, ({ state }) => refused.has(idOf(state)))
    const followed = late.length === 0 ? nothingFollowed : yield* followAll(store, late)
    // what was admitted is as it was made; the others are as another process has made them
    const others = [...plain, ...late.map(({ state }) => state), ...obsolete.filter(({ verb }) => verb === "retry")]
    const open = new Set([...followed.open, ...retried.open])
    const stored = others.length === 0 ? [] : yield* store.get(others)
    Control.created(engine, creations, [...made.map(({ state }) => state), ...stored], { now, open })
    return [...retried.entries, ...followed.entries]
  })
