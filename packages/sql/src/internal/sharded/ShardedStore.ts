/**
 * The store service over several stores: each ref has one of them.
 *
 * @internal
 */
import { Array as Arr, Effect, Exit, Schedule } from "effect"
import type { Control, JobStore } from "tickwork"
import { Marks } from "./Marks.ts"

type Service = JobStore.Service
type StoreError = JobStore.StoreError

/** Something of one store. */
interface Part<A> {
  readonly store: Service
  readonly index: number
  readonly values: ReadonlyArray<A>
}

const concurrently = { concurrency: "unbounded" } as const

const untilWritten = Schedule.spaced("1 second")

/**
 * Writes all parts, or none: where some are written and others fail, those are tried until they are, too. The caller would
 * repeat the whole.
 */
const together = <P, A>(
  parts: ReadonlyArray<P>,
  write: (part: P) => Effect.Effect<A, StoreError>
): Effect.Effect<ReadonlyArray<A>, StoreError> =>
  Effect.flatMap(
    Effect.forEach(parts, (part) => Effect.exit(write(part)), concurrently),
    (exits) => {
      const isWritten = exits.some(Exit.isSuccess)
      return Effect.forEach(
        Arr.zip(exits, parts),
        ([exit, part]) =>
          Exit.isSuccess(exit) || !isWritten ? exit : Effect.retry(Effect.delay(write(part), "1 second"), untilWritten),
        concurrently
      )
    }
  )

export const make = (
  stores: ReadonlyArray<Service>,
  storeOf: (ref: Pick<JobStore.Ref, "key">) => number,
  outside: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Service => {
  const [first] = stores as readonly [Service, ...ReadonlyArray<Service>]
  const size = stores.length
  const marks = new Marks(size)
  let isWarned = false
  const warn = (claims: ReadonlyArray<JobStore.Claim>) => {
    const limit = claims.flatMap(({ limits = [] }) => limits)[0]
    if (isWarned || limit === undefined) return Effect.void
    isWarned = true
    const { atMost, name } = limit
    return Effect.logWarning(
      `Each of the ${size} databases counts limit "${name}" by itself: ${atMost} at once in each.`
    )
  }

  /** Requests have a number in their store: this one is unique among all. */
  const idOf = (id: number, index: number): number => id * size + index
  const indexOf = (id: number): number => id % size
  const withId =
    (index: number) =>
    (request: Control.StoredRequest): Control.StoredRequest => ({ ...request, id: idOf(request.id, index) })
  const local = ({ at, id }: JobStore.Acknowledgement) => ({ at, id: Math.floor(id / size) })

  const split = <A>(values: ReadonlyArray<A>, of: (value: A) => number): ReadonlyArray<Part<A>> =>
    stores.flatMap((store, index) => {
      const own = values.filter((value) => of(value) === index)
      return own.length === 0 ? [] : [{ store, index, values: own }]
    })
  const each = <A, E>(use: (store: Service, index: number) => Effect.Effect<A, E>) =>
    Effect.forEach(stores, use, concurrently)
  const eachOf = <A, B, E>(parts: ReadonlyArray<Part<A>>, use: (part: Part<A>) => Effect.Effect<ReadonlyArray<B>, E>) =>
    Effect.map(Effect.forEach(parts, use, concurrently), (all) => all.flat())
  const byId = (requests: ReadonlyArray<ReadonlyArray<Control.StoredRequest>>) =>
    requests.flatMap((some, index) => some.map(withId(index))).sort((one, other) => one.id - other.id)

  return {
    owner: first.owner,
    load: (jobNames, which, partitions) =>
      Effect.map(
        each((store, index) => {
          const own = partitions?.filter((partition) => partition % size === index)
          return own?.length === 0 ? Effect.succeed([]) : store.load(jobNames, which, own)
        }),
        (all) => all.flat()
      ),
    get: (refs) => eachOf(split(refs, storeOf), ({ store, values }) => store.get(values)),
    names: Effect.map(
      each(({ names }) => names),
      (all) => [...new Set(all.flat())].sort()
    ),
    rename: (from, to, holders) =>
      Effect.map(
        each((store) => store.rename(from, to, holders)),
        (all) => ({
          moved: all.reduce((sum, { moved }) => sum + moved, 0),
          waiting: all.reduce((sum, { waiting }) => sum + waiting, 0)
        })
      ),
    define: first.define,
    beat: first.beat,
    leave: first.leave,
    processes: first.processes,
    add: (states, acknowledgements = []) =>
      Effect.asVoid(
        each((store, index) => {
          const own = states.filter((state) => storeOf(state) === index)
          const done = acknowledgements.filter(({ id }) => indexOf(id) === index).map(local)
          return own.length + done.length === 0 ? Effect.void : store.add(own, done)
        })
      ),
    admit: (admissions) =>
      Effect.map(
        together(
          split(admissions, ({ state }) => storeOf(state)),
          ({ store, values }) => {
            const given = values.map((value) => ({ ...value, acknowledgement: local(value.acknowledgement) }))
            const ofId = new Map(values.map((value) => [local(value.acknowledgement).id, value]))
            return Effect.map(store.admit(given), (refused) =>
              refused.map((one) => ofId.get(one.acknowledgement.id) ?? one)
            )
          }
        ),
        (all) => all.flat()
      ),
    forget: (ref, acknowledgement) =>
      (stores[storeOf(ref)] ?? first).forget(ref, acknowledgement === undefined ? undefined : local(acknowledgement)),
    commit: ({ claims, saves }) => {
      const parts = stores.flatMap((store, index) => {
        const own = {
          saves: saves.filter(({ state }) => storeOf(state) === index),
          claims: claims.filter(({ state }) => storeOf(state) === index)
        }
        return own.saves.length + own.claims.length === 0 ? [] : [{ store, ...own }]
      })
      const refusals = together(parts, ({ claims, saves, store }) => {
        const original = new Map(saves.map((save) => [save.state, save]))
        const given = saves.map((save) =>
          save.acknowledgements === undefined ? save : { ...save, acknowledgements: save.acknowledgements.map(local) }
        )
        return Effect.map(store.commit({ saves: given, claims }), (refused) => ({
          saves: refused.saves.map((save) => original.get(save.state) ?? save),
          claims: refused.claims
        }))
      })
      return Effect.map(Effect.zipRight(warn(claims), refusals), (all) => ({
        saves: all.flatMap(({ saves }) => saves),
        claims: all.flatMap(({ claims }) => claims)
      }))
    },
    renew: (claims) => eachOf(split(claims, storeOf), ({ store, values }) => store.renew(values)),
    progress: (progressed) =>
      Effect.asVoid(eachOf(split(progressed, storeOf), ({ store, values }) => Effect.as(store.progress(values), []))),
    submit: (requests) => {
      const parts = split(requests, storeOf)
      return Effect.map(outside(together(parts, ({ store, values }) => store.submit(values))), (all) => {
        const answered = new Map<JobStore.Submission, JobStore.Submitted>()
        for (const [{ index, values }, { answers }] of Arr.zip(parts, all))
          for (const [request, answer] of Arr.zip(values, answers))
            answered.set(request, { ...answer, doneId: answer.doneId === null ? null : idOf(answer.doneId, index) })
        return { answers: requests.flatMap((request) => answered.get(request) ?? []), ended: null }
      })
    },
    pending: Effect.map(
      each(({ pending }) => pending),
      byId
    ),
    requestsSince: (mark, among) => {
      const since = mark === null ? null : marks.of(mark)
      return Effect.map(
        each((store, index) => store.requestsSince(since?.[index] ?? null, among)),
        (all) => ({ requests: byId(all.map(({ requests }) => requests)), mark: marks.add(all.map(({ mark }) => mark)) })
      )
    },
    watch: ({ deaf, heard }) => {
      const reasons = stores.map((): string | null => null)
      const isDeaf = (index: number) => (reason: string | null) => {
        reasons[index] = reason
        deaf(reasons.find((one) => one !== null) ?? null)
      }
      return Effect.map(
        Effect.forEach(stores, (store, index) => store.watch({ heard, deaf: isDeaf(index) })),
        (checks) => Effect.all(checks, { discard: true })
      )
    },
    announce: Effect.asVoid(each(({ announce }) => announce))
  }
}
