/**
 * Carries out a request to forget an instance, of a job of the registry or of one that no registry has.
 *
 * It deletes nothing that a living process holds.
 *
 * @internal
 */
import { Effect } from "effect"
import type { StoredRequest } from "../../Control.ts"
import { fenced, type JobState } from "../../JobState.ts"
import type { Acknowledgement, Service, StoreError } from "../../JobStore.ts"
import * as InstanceName from "../InstanceName.ts"
import * as Control from "./Control.ts"
import type { Engine } from "./Engine.ts"
import type { Instance } from "./Instance.ts"

/** The row that is expected; where it cannot be read, the claim in it. */
const rowOf = ({ claim, seq, unreadable }: JobState) =>
  unreadable === undefined
    ? { token: claim.token, seq }
    : { token: null, seq: null, ...(claim.owner === null ? {} : { lost: claim }) }

/** Answers whether the request is done or kept; where it is not, the instance is to be read again. */
export const forget = (
  engine: Engine,
  store: Service,
  request: StoredRequest,
  now: number
): Effect.Effect<boolean, StoreError> => {
  const acknowledgement = { id: request.id, at: now }
  if (!engine.registry.has(request.jobName))
    return Effect.as(forgetUnnamed(engine, store, request, acknowledgement), true)
  const forgotten = Effect.flatMap(store.get([request]), ([state]) => {
    if (state === undefined) return Effect.as(store.add([], [acknowledgement]), true)
    return engine.isHeldUnread(engine.instances.find(request), state, now)
      ? Effect.succeed(false)
      : store.forget({ ...request, ...rowOf(state) }, acknowledgement)
  })
  return Effect.tap(forgotten, (isForgotten) => Control.deleted(engine, isForgotten, now))
}

/** Deletes an instance whose key has not been listed for long; answers whether its row was as this process knows it. */
export const expire = (
  engine: Engine,
  store: Service,
  { inactiveSince, phase, state, unsaved }: Instance,
  now: number
): Effect.Effect<boolean, StoreError> => {
  if (inactiveSince === null || phase !== "waiting" || unsaved !== null) return Effect.succeed(true)
  const { jobName, key } = state
  return Effect.tap(store.forget({ jobName, key, token: state.claim.token, seq: state.seq }), (isForgotten) => {
    if (!isForgotten) return Effect.void
    Control.forgot(engine, { jobName, key }, now)
    return Effect.logInfo(`The ${InstanceName.of(jobName, key)} is forgotten: its key has not been listed for long`)
  })
}

/** The claim of a process that has ended goes with its instance. */
const forgetUnnamed = (engine: Engine, store: Service, request: StoredRequest, acknowledgement: Acknowledgement) =>
  Effect.gen(function* () {
    const [state] = yield* store.get([request])
    const { owner, token } = state?.claim ?? { owner: null, token: 0 }
    if (state !== undefined && owner !== null) {
      if (!engine.isGone(state)) return Control.keepUnnamed(engine, request, owner)
      const expected = { owner, token, seq: state.seq }
      yield* store.commit({ saves: [{ expected, state: fenced(state), entries: [] }], claims: [] })
    }
    const [free] = owner === null ? [state] : yield* store.get([request])
    const isForgotten =
      free === undefined
        ? yield* Effect.as(store.add([], [acknowledgement]), true)
        : yield* store.forget({ ...request, ...rowOf(free) }, acknowledgement)
    Control.deleted(engine, isForgotten, acknowledgement.at)
  })
