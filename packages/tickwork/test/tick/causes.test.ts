/**
 * What a log line, the result of a call, the log and an event keep of why a body failed.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Cause, Data, Effect, Logger, Option, Redacted, Schema } from "effect"
import { Job, Jobs, LogEntry, TickEvent } from "tickwork"

const refused = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:9") })
const text = "UnknownException: fetch failed: connect ECONNREFUSED 127.0.0.1:9"

const sync = Bench.withoutRetry(
  Job.make("sync", {}, () => Effect.tryPromise(() => Promise.reject(refused))).pipe(Job.every("1 hour"))
)

/** Takes down the message and the cause of each line. */
const noting = () => {
  const lines: Array<readonly [message: string, Cause.Cause<unknown>]> = []
  const logger = Logger.make(({ cause, message }) => {
    lines.push([[message].flat().join(" "), cause])
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

const recordedOf = (events: ReadonlyArray<TickEvent.TickEvent>) =>
  events.flatMap((event) => (event._tag === "RunRecorded" ? [event] : []))

const toldOf = (cause: Cause.Cause<unknown> | undefined) => Option.getOrNull(Cause.failureOption(cause ?? Cause.empty))

describe("why a body failed", () => {
  it.effect("is in the log line, the result of the call, the log and the event", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const bench = yield* Bench.open(Jobs.make(sync))
      const [entry] = yield* Effect.provide(bench.tick.once, layer)
      yield* bench.time.settle
      assert.strictEqual(entry?.error, text)
      assert.match(
        entry?.stack ?? "",
        /^UnknownException: .*\n {4}at [\s\S]*\n {4}\[cause\]: Error: connect ECONNREFUSED/
      )
      const logged = yield* bench.store.log
      assert.deepStrictEqual<unknown>(logged, [entry])
      assert.deepStrictEqual(yield* bench.store.history({}), logged.map(LogEntry.entryOf))
      assert.notProperty((yield* bench.store.history({}))[0], "stack")

      const [[message, shown] = []] = lines
      assert.strictEqual(message, `Job "sync" ended as error: ${text}`)
      const [event] = recordedOf(bench.events)
      for (const cause of [shown, event?.cause]) {
        const failure = toldOf(cause)
        assert.isTrue(Cause.isUnknownException(failure) && failure.cause === refused)
      }
    }).pipe(Bench.run)
  )

  it.effect("is in no JSON of the event but as the one line", () =>
    Effect.gen(function* () {
      const bench = yield* Bench.open(Jobs.make(sync))
      yield* bench.tick.once
      yield* bench.time.settle
      const [event] = recordedOf(bench.events)
      const json = JSON.stringify(event)
      assert.include(json, text)
      assert.notInclude(json, " at ")
      assert.notInclude(json, '"cause"')
      assert.isBelow(json.length, 1000)
      const encoded = Schema.encodeUnknownSync(TickEvent.TickEvent)(event)
      assert.notProperty(encoded, "cause")
    }).pipe(Bench.run)
  )

  it.effect("leaves nothing where a body succeeds, is skipped, times out or is interrupted", () =>
    Effect.gen(function* () {
      const often = Job.every("1 hour")
      const bench = yield* Bench.open(
        Jobs.make(
          Job.make("succeeds", Effect.void).pipe(often),
          Job.make("waits", Effect.void).pipe(often, Job.when("it is time", Effect.succeed(false))),
          Bench.withoutRetry(Job.make("hangs", {}, () => Effect.never).pipe(often, Job.timeout("1 second"))),
          Bench.withoutRetry(Job.make("ends", {}, () => Effect.interrupt).pipe(often))
        )
      )
      const entries = yield* bench.time.until(bench.tick.once)
      assert.deepStrictEqual(
        entries.map(({ stack }) => stack),
        [null, null, null, null]
      )
      assert.deepStrictEqual(
        recordedOf(bench.events).map((event) => event.cause),
        [undefined, undefined, undefined, undefined]
      )
    }).pipe(Bench.run)
  )

  it.effect("of a condition is a cause and no stack, so that equal ones stay one entry", () =>
    Effect.gen(function* () {
      const job = Job.make("sync", Effect.void).pipe(
        Job.every("1 hour"),
        Job.when("peers answer", Effect.fail(refused))
      )
      const { layer, lines } = noting()
      const bench = yield* Bench.open(Jobs.make(job))
      yield* Effect.provide(Bench.daemon(bench), layer)
      yield* bench.time.advance("2 hours")
      const [entry, ...others] = yield* bench.store.log
      assert.deepStrictEqual([entry?.count, entry?.stack, others.length], [3, null, 0])
      assert.strictEqual(entry?.error, "condition failed: TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:9")
      assert.isTrue(lines.every(([, cause]) => toldOf(cause) === refused))
      assert.isTrue(recordedOf(bench.events).every(({ cause }) => toldOf(cause) === refused))
    }).pipe(Bench.run)
  )

  it.effect("never breaks the tick, whatever a logger would meet in it", () =>
    Effect.gen(function* () {
      const loop = new Error("loop")
      loop.cause = loop
      const throws = Object.defineProperty(new Error(), "message", {
        get: () => {
          throw new Error("not even this")
        }
      })
      const failing = (name: string, error: unknown) =>
        Bench.withoutRetry(Job.make(name, {}, () => Effect.fail(error)).pipe(Job.every("1 hour")))
      const bench = yield* Bench.open(Jobs.make(failing("loops", loop), failing("throws", throws)))
      const lines: Array<string> = []
      const layer = Logger.replace(
        Logger.defaultLogger,
        Logger.map(Logger.logfmtLogger, (line) => lines.push(line))
      )
      const entries = yield* Effect.provide(bench.tick.once, layer)
      assert.deepStrictEqual(entries.map(({ error }) => error).sort(), ["Error: loop", "an error that cannot be shown"])
      assert.strictEqual(lines.length, 2)
    }).pipe(Bench.run)
  )

  it.effect("reaches no logger raw where a terminal would obey it; the stored stack shows it by number", () =>
    Effect.gen(function* () {
      const hostile = new Error("\u001b]0;title\u0007", { cause: new Error("\u009b2J\u202e") })
      const job = Bench.withoutRetry(Job.make("sync", {}, () => Effect.fail(hostile)).pipe(Job.every("1 hour")))
      const { layer, lines } = noting()
      const bench = yield* Bench.open(Jobs.make(job))
      const [entry] = yield* Effect.provide(bench.tick.once, layer)
      assert.deepStrictEqual(
        lines.map(([, cause]) => toldOf(cause)),
        [null]
      )
      assert.include(entry?.stack, "\\u{1b}]0;title")
    }).pipe(Bench.run)
  )

  it.effect("hides what is redacted in every place", () =>
    Effect.gen(function* () {
      class Refused extends Data.TaggedError("Refused")<{ password: Redacted.Redacted }> {}
      const password = Redacted.make("hunter2")
      const failure = new Error("no login", { cause: new Refused({ password }) })
      const job = Bench.withoutRetry(Job.make("login", {}, () => Effect.fail(failure)).pipe(Job.every("1 hour")))
      const bench = yield* Bench.open(Jobs.make(job))
      const lines: Array<string> = []
      const layer = Logger.replace(
        Logger.defaultLogger,
        Logger.map(Logger.logfmtLogger, (line) => lines.push(line))
      )
      const entries = yield* Effect.provide(bench.tick.once, layer)
      yield* bench.time.settle
      const all = JSON.stringify([entries, lines, bench.events, yield* bench.store.log])
      assert.include(all, "<redacted>")
      assert.notInclude(all, "hunter2")
    }).pipe(Bench.run)
  )
})
