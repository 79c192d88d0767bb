/**
 * The jobs: one that fails now and then, one with a condition, one that is slow. They know nothing of telemetry but
 * their own spans and logs.
 */
import { Effect, Random, Schedule, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import * as Cache from "./Cache.ts"

export class FeedDownError extends Schema.TaggedError<FeedDownError>("observed/FeedDownError")("FeedDownError", {
  feed: Schema.String
}) {
  override get message() {
    return `The feed ${this.feed} does not answer`
  }
}

const download = (feed: string) =>
  Effect.gen(function* () {
    yield* Effect.sleep("40 millis")
    if ((yield* Random.next) < 0.2) return yield* new FeedDownError({ feed })
    return yield* Random.nextIntBetween(1, 4)
  }).pipe(Effect.withSpan("download", { attributes: { feed } }))

export const fetchFeeds = Job.make("fetch_feeds", { keys: Effect.succeed(["news", "weather"]) }, ({ key }) =>
  Effect.gen(function* () {
    const pages = yield* download(key)
    yield* Cache.add(pages)
    yield* Effect.logInfo(`${pages} pages`)
  })
).pipe(
  Job.every("1 second"),
  Job.parallel,
  Job.retry(Schedule.spaced("200 millis").pipe(Schedule.intersect(Schedule.recurs(2)))),
  Job.alertAfter(2)
)

export const clearCache = Job.make(
  "clear_cache",
  Effect.flatMap(Cache.clear, (held) => Effect.logInfo(`${held} pages cleared`))
).pipe(Job.every("2 seconds"), Job.when("the cache is full", Cache.isFull))

export const makeReport = Job.make("make_report", Effect.withSpan(Effect.sleep("120 millis"), "render")).pipe(
  Job.every("3 seconds"),
  Job.timeout("2 seconds")
)

export const jobs = Jobs.make(fetchFeeds, clearCache, makeReport)
