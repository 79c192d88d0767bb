/**
 * Tells browsers that something was written: an event without data, so that none of it can leak, and one that is missed
 * costs nothing.
 *
 * @internal
 */
import { type Deferred, Effect, Option, PubSub, RcRef, Schedule, Scope, Stream } from "effect"
import { JobLog, JobStore, Tick } from "tickwork"

/** The store is checked this often while anybody looks, in ms. */
const pollMs = 1000

/** After this number of checks without news pages are refreshed all the same, since "3 s ago" goes on. */
const quietPolls = 5

/** A browser hears of news at most this often, in ms. */
const restMs = 500

/** A stream ends by itself after this time, and the browser opens another: what is left of a dead connection goes. */
const lifetime = "10 minutes"

/** What a browser waits before it connects again, in ms. */
const retryMs = 500

const markOf = Effect.gen(function* () {
  const log = yield* JobLog.JobLog
  const store = yield* JobStore.JobStore
  const { mark } = yield* log.since(null)
  const { mark: requests, requests: pending } = yield* store.requestsSince(null)
  return `${mark} ${requests} ${pending.length}`
}).pipe(Effect.catchAll(() => Effect.succeed("unreachable")))

const polled = (news: PubSub.PubSub<void>) =>
  Effect.gen(function* () {
    let last = yield* markOf
    let quiet = 0
    const check = Effect.gen(function* () {
      const mark = yield* markOf
      quiet += 1
      if (mark === last && quiet < quietPolls) return
      last = mark
      quiet = 0
      yield* PubSub.publish(news, undefined)
    })
    yield* Effect.forkScoped(Effect.repeat(Effect.delay(check, pollMs), Schedule.forever))
  })

export interface Feed {
  /** A stream of news, as bytes of an event stream; none where too many are open. */
  readonly open: Effect.Effect<Option.Option<Stream.Stream<Uint8Array>>, never, JobStore.JobStore | JobLog.JobLog>
  /** How many streams are open. */
  readonly count: Effect.Effect<number>
}

const encoder = new TextEncoder()

const event = (text: string): Uint8Array => encoder.encode(`${text}\n\n`)

/** `ended` ends all streams at once. */
export const make = (most: number, ended: Deferred.Deferred<void>): Feed => {
  let count = 0
  const scope = Effect.runSync(Scope.make())
  // the store is read only while a stream is open
  const shared = Effect.runSync(
    Effect.cached(
      Effect.gen(function* () {
        const context = yield* Effect.context<JobStore.JobStore | JobLog.JobLog>()
        const tick = yield* Effect.serviceOption(Tick.Tick)
        const acquire = Effect.gen(function* () {
          const news = yield* PubSub.sliding<void>(1)
          yield* Effect.provide(polled(news), context)
          if (Option.isSome(tick))
            yield* Effect.forkScoped(Stream.runForEach(tick.value.events, () => PubSub.publish(news, undefined)))
          return news
        })
        return yield* Scope.extend(RcRef.make({ acquire }), scope)
      })
    )
  )
  const streamOf = (ref: RcRef.RcRef<PubSub.PubSub<void>>): Stream.Stream<Uint8Array> =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            count += 1
          }),
          () =>
            Effect.sync(() => {
              count -= 1
            })
        )
        const news = yield* RcRef.get(ref)
        const heard = yield* PubSub.subscribe(news)
        const rest = Stream.drain(Stream.fromEffect(Effect.sleep(restMs)))
        return Stream.concat(
          Stream.make(event(`retry: ${retryMs}`), event("data: open")),
          Stream.flatMap(Stream.fromQueue(heard, { maxChunkSize: 1 }), () =>
            Stream.concat(Stream.make(event("data: written")), rest)
          )
        )
      })
    ).pipe(Stream.interruptWhenDeferred(ended), Stream.interruptAfter(lifetime))
  return {
    open: Effect.suspend(() =>
      count >= most ? Effect.succeed(Option.none()) : Effect.map(shared, (ref) => Option.some(streamOf(ref)))
    ),
    count: Effect.sync(() => count)
  }
}
