/**
 * Heartbeats of jobs and of the tick itself, sent to a monitor over HTTP, in the protocol of healthchecks.io.
 *
 * They follow the events of the tick: no run waits for them, and none fails with them.
 *
 * @since 0.1.0
 */
import type { HttpClient } from "@effect/platform"
import { Array as Arr, Clock, Duration, Effect, Layer, Queue, Redacted, Schedule, Schema, Stream } from "effect"
import type { Job } from "tickwork"
import { Tick } from "tickwork"
import * as Pings from "./internal/Pings.ts"
import * as Sender from "./internal/Sender.ts"

/**
 * What is sent to which address: all that happens to a job, or that the tick lives.
 *
 * @since 0.1.0
 * @category models
 */
export type Monitor =
  | { readonly _tag: "Job"; readonly name: string; readonly key: string | null; readonly url: Redacted.Redacted }
  | { readonly _tag: "Tick"; readonly every: Duration.DurationInput; readonly url: Redacted.Redacted }

/** An address of a monitor. It is a secret, since anyone who has it can send heartbeats: it is never logged. */
type Url = string | Redacted.Redacted

const redacted = (url: Url): Redacted.Redacted => (typeof url === "string" ? Redacted.make(url) : url)

/**
 * The heartbeat of a job: the monitor hears of each start, success and failure, with an id for each attempt. An attempt that
 * is to be retried, and a planned time at which nothing ran, is an entry in the monitor's log. With `key`, of that instance
 * alone; by default of all.
 *
 * @example
 * ```ts
 * import { Heartbeat } from "@tickwork/heartbeat"
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("@daily"))
 * const monitor = Heartbeat.job(backup, "https://hc-ping.com/00000000-0000-4000-8000-000000000000")
 * console.assert(monitor._tag === "Job")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const job = ({ name }: Job.Any, url: Url, { key = null }: { readonly key?: string | null } = {}): Monitor => ({
  _tag: "Job",
  name,
  key,
  url: redacted(url)
})

/**
 * The heartbeat of the tick itself: each 5 minutes, or as often as `every` says, the monitor hears that it runs and that its
 * store answers, or a failure that says what does not. Once an hour is the most seldom.
 *
 * @example
 * ```ts
 * import { Heartbeat } from "@tickwork/heartbeat"
 *
 * const monitor = Heartbeat.tick("https://hc-ping.com/00000000-0000-4000-8000-000000000000", { every: "10 minutes" })
 * console.assert(monitor._tag === "Tick")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const tick = (url: Url, { every = "5 minutes" }: { readonly every?: Duration.DurationInput } = {}): Monitor => ({
  _tag: "Tick",
  every,
  url: redacted(url)
})

/**
 * A monitor has a value that it must not have: nothing is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class HeartbeatError extends Schema.TaggedError<HeartbeatError>("tickwork/HeartbeatError")("HeartbeatError", {
  /** The job of the monitor, or the tick. */
  monitor: Schema.String,
  option: Schema.Literal("url", "every"),
  /** What the value must be. The address itself is a secret. */
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    const { cure, monitor, option, reason } = this
    return `The ${option} of the heartbeat of ${monitor} ${reason}. ${cure}`
  }
}

const nameOf = (monitor: Monitor): string => (monitor._tag === "Tick" ? "the tick" : `job "${monitor.name}"`)

const isUrl = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

const faultOf = (monitor: Monitor): HeartbeatError | null => {
  const name = nameOf(monitor)
  if (!isUrl(Redacted.value(monitor.url)))
    return new HeartbeatError({
      monitor: name,
      option: "url",
      reason: "must be an address of http or https",
      cure: 'Use the ping URL of the check, such as "https://hc-ping.com/<uuid>".'
    })
  const ms = monitor._tag === "Tick" ? Duration.toMillis(monitor.every) : 60_000
  if (ms >= 1000 && ms <= 3_600_000) return null
  return new HeartbeatError({
    monitor: name,
    option: "every",
    reason: "must be from 1 second to 1 hour",
    cure: 'Use one such as "5 minutes".'
  })
}

/** More waits for no monitor that does not answer: the oldest is left out. */
const mostWaiting = 100

/** Sends the pings of a monitor one after the other, in their order. */
const sending = (monitor: Monitor) =>
  Effect.gen(function* () {
    const queue = yield* Queue.sliding<Pings.Ping>(mostWaiting)
    const send = yield* Sender.make(nameOf(monitor), monitor.url)
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(queue), send)))
    return { monitor, offer: (ping: Pings.Ping) => Queue.offer(queue, ping) }
  })

/**
 * Sends the heartbeats of these monitors for as long as the layer lives. It needs the tick and an `HttpClient`, such as
 * `FetchHttpClient.layer`.
 *
 * A heartbeat that fails is tried three times, each for at most ten seconds; then a warning says so, without the address.
 * Of a monitor that does not answer, the last hundred wait. What is not sent when the layer is closed is not sent later.
 *
 * Fails with {@link HeartbeatError} for an invalid address or interval.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  monitors: ReadonlyArray<Monitor>
): Layer.Layer<never, HeartbeatError, Tick.Tick | HttpClient.HttpClient> =>
  Layer.scopedDiscard(
    Effect.gen(function* () {
      for (const monitor of monitors) {
        const fault = faultOf(monitor)
        if (fault !== null) return yield* fault
      }
      const senders = yield* Effect.forEach(monitors, sending)
      const [jobs, ticks] = Arr.partition(senders, ({ monitor }) => monitor._tag === "Tick")
      const told = Stream.runForEach(Tick.events, (event) =>
        Effect.forEach(
          jobs,
          ({ monitor, offer }) =>
            monitor._tag === "Tick" ? Effect.void : Effect.forEach(Pings.of(event, monitor), offer, { discard: true }),
          { discard: true }
        )
      )
      if (jobs.length > 0) yield* Effect.forkScoped(told)
      const startedAt = yield* Clock.currentTimeMillis
      for (const { monitor, offer } of ticks) {
        if (monitor._tag !== "Tick") continue
        const everyMs = Duration.toMillis(monitor.every)
        const beat = Effect.zipWith(Tick.health, Clock.currentTimeMillis, (health, now) =>
          Pings.ofHealth(health, { everyMs, now, startedAt })
        ).pipe(Effect.flatMap(offer))
        yield* Effect.forkScoped(Effect.schedule(beat, Schedule.spaced(monitor.every)))
      }
      // the subscription stands before the layer is there
      yield* Effect.yieldNow()
    })
  )
