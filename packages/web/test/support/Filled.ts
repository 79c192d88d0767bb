/**
 * Nine minutes of some jobs on virtual time: one that succeeds, one whose name, key and error are markup, one with keys, one
 * that is paused, one that plans by a cron expression.
 */
import { Effect, Fiber, Layer, Logger, Random, Ref, Schedule, Schema } from "effect"
import { Job, type JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

export const start = Date.parse("2026-03-28T23:00:00Z")
export const end = start + 570_000

/** Texts that must never be markup, an attribute's end or a script. */
export const markup = `<img src=x onerror="document.title='pwned'">`
export const jobName = `a"><script>document.title='pwned'</script>`
export const secret = "sk_live_SECRET"

const succeeds = Job.make("sync_send", { memory: { schema: Schema.String, initial: "" } }, ({ memory }) =>
  Effect.zipRight(Effect.sleep("40 millis"), Ref.set(memory, secret))
).pipe(Job.every("1 minute"))

const failing = Job.make(jobName, { keys: Effect.succeed([markup]) }, () =>
  Effect.fail(new Error(`${markup} \u202egone`, { cause: new Error("connect ECONNREFUSED") }))
).pipe(Job.every("2 minutes"), Job.retry(Schedule.spaced("10 seconds").pipe(Schedule.intersect(Schedule.recurs(1)))))

const keyed = Job.make("upload", { keys: Effect.succeed(["ada", "grace"]) }, () => Effect.void).pipe(
  Job.every("2 minutes")
)

const paused = Job.make("purge_expired", Effect.void).pipe(Job.every("1 minute"))

const nightly = Job.make("nightly", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))

export const jobs = Jobs.make(succeeds, failing, keyed, paused, nightly)

export const fill = <E>(store: Layer.Layer<JobStore.JobStore | JobLog.JobLog, E>) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const tick = yield* Tick.Tick
    yield* Tick.pause(paused, { by: markup, why: `${markup} moves` })
    const running = yield* Effect.fork(tick.run)
    yield* time.advance("9 minutes")
    yield* time.advance("30 seconds")
    yield* Fiber.interrupt(running)
  }).pipe(
    Effect.provide(
      Layer.provide(Tick.layer(jobs), store).pipe(
        Layer.provideMerge(ManualClock.layer(start)),
        Layer.provideMerge(Logger.remove(Logger.defaultLogger))
      )
    ),
    Effect.withRandom(Random.make("web"))
  )

/** A store in memory that holds them. */
export const memory = Layer.unwrapScoped(
  Effect.gen(function* () {
    const services = Layer.succeedContext(yield* Layer.build(JobStore.layerMemory))
    yield* fill(services)
    return services
  })
)
