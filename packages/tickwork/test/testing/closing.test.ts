/**
 * The end of a test whose application runs a daemon: closing its scope waits for no time that the test does not move.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Logger, Scope, TestClock } from "effect"
import { Job, JobLog, JobStore, Jobs, type LogEntry, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"

const noting = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => {
    lines.push([message].flat().join(" "))
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

/** A daemon that has begun to run a job with this body, its store, and its scope, which the test closes. */
const running = <E>(body: Effect.Effect<void, E>, options: Tick.Options = {}) =>
  Effect.gen(function* () {
    const begun = yield* Effect.makeLatch()
    const job = Job.make("sync", {}, () => Effect.zipRight(begun.open, body)).pipe(
      Job.every("1 hour"),
      Job.alertAfter(1)
    )
    const scope = yield* Scope.make()
    const store = yield* Layer.buildWithScope(JobStore.layerMemory, yield* Effect.scope)
    const { layer, lines } = noting()
    const daemon = Tick.layerDaemon(Jobs.make(job), options).pipe(
      Layer.provide(Layer.succeedContext(store)),
      Layer.provide(layer)
    )
    yield* Layer.buildWithScope(daemon, scope)
    yield* begun.await
    return { scope, lines, log: Effect.orDie(Context.get(store, JobLog.JobLog).entries({})) }
  })

const endOf = ([entry]: ReadonlyArray<LogEntry.LogEntry>) => [entry?.status, entry?.error]

const close = (scope: Scope.CloseableScope) => Scope.close(scope, Exit.void)

const sleeps = Effect.sleep("5 seconds")

const interrupted = ["interrupted", "the tick was stopped"]

const hint = /^The tick stops under a clock that no one moves, .*time\.until\(close\).*TestClock/

describe("closing a daemon under a clock that no one moves", () => {
  const ends = Effect.gen(function* () {
    const { lines, log, scope } = yield* running(sleeps)
    yield* close(scope)
    assert.deepStrictEqual(endOf(yield* log), interrupted)
    assert.strictEqual(lines.filter((line) => hint.test(line)).length, 1)
  })

  it.scoped("ends, records that the body was cut short, and says how to move TestClock", () => ends)

  it.scopedLive("ends under the clock of TestTime, too", () => Effect.provide(ends, TestTime.layer()))

  it.scoped("ends where a body ignores its interruption, and keeps its claim", () =>
    Effect.gen(function* () {
      const { log, scope } = yield* running(Effect.uninterruptible(sleeps))
      yield* close(scope)
      assert.deepStrictEqual(endOf(yield* log), ["control", null])
    })
  )

  it.scoped("ends where a handler of alerts sleeps", () =>
    Effect.gen(function* () {
      const { log, scope } = yield* running(Effect.fail("offline"), { onAlert: () => Effect.sleep("1 second") })
      yield* close(scope)
      assert.deepStrictEqual(endOf(yield* log), ["error", "offline"])
    })
  )

  it.scoped("ends with nothing to say where no body runs", () =>
    Effect.gen(function* () {
      const { lines, log, scope } = yield* running(Effect.void)
      yield* close(scope)
      assert.deepStrictEqual([endOf(yield* log), lines], [["success", null], []])
    })
  )
})

describe("closing a daemon while the clock is moved", () => {
  it.scopedLive("lets bodies end on the clock of TestTime", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const { lines, log, scope } = yield* running(sleeps)
      yield* time.until(close(scope))
      assert.deepStrictEqual([endOf(yield* log), lines], [["success", null], []])
      assert.strictEqual(yield* time.now, 5000)
    }).pipe(Effect.provide(TestTime.layer()))
  )

  it.scoped("lets bodies end on TestClock", () =>
    Effect.gen(function* () {
      const { lines, log, scope } = yield* running(sleeps)
      const closing = yield* Effect.fork(close(scope))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.deepStrictEqual([endOf(yield* log), lines], [["success", null], []])
    })
  )

  it.live("waits for a body as long as `drain` says where the clock is that of the system", () =>
    Effect.gen(function* () {
      const { lines, log, scope } = yield* running(Effect.sleep("400 millis"))
      yield* close(scope)
      assert.deepStrictEqual([endOf(yield* log), lines], [["success", null], []])
    }).pipe(Effect.scoped)
  )
})
