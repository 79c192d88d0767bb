/**
 * A tick that fails by a defect of its own: it says so, and goes on.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Cause, Effect, HashMap, Logger, LogLevel, Option, Stream } from "effect"
import { Job, Jobs, type TickEvent } from "tickwork"

const { minute, start } = Bench

/** A store whose commits die while it is broken. */
const makeBroken = Effect.map(Bench.makeStore, (store) => {
  const state = { isBroken: false }
  const commit: Bench.Store["commit"] = (batch) =>
    Effect.suspend(() => (state.isBroken ? Effect.dieMessage("out of \u001border") : store.commit(batch)))
  return { state, store: { ...store, commit } satisfies Bench.Store }
})

describe("a daemon whose tick dies", () => {
  it.effect("says so in the log, by an event and in its health, and goes on after a pause that grows", () => {
    const fatal: Array<string> = []
    const stacks: Array<string> = []
    const logger = Logger.make(({ annotations, cause, logLevel, message }) => {
      if (logLevel !== LogLevel.Fatal) return
      assert.isTrue(Cause.isEmpty(cause))
      fatal.push(String(message))
      stacks.push(String(Option.getOrNull(HashMap.get(annotations, "stack"))))
    })
    return Effect.gen(function* () {
      const { state, store } = yield* makeBroken
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("sync").pipe(Job.every("1 minute"))), { store })
      const failures: Array<string> = []
      const note = (event: TickEvent.TickEvent) =>
        Effect.sync(() => (event._tag === "TickFailed" ? failures.push(event.error) : 0))
      yield* Effect.forkScoped(Stream.runForEach(bench.tick.events, note))
      yield* bench.time.advance("90 seconds")
      assert.lengthOf(work.begun, 2)
      assert.isNull((yield* bench.tick.health).failure)
      state.isBroken = true
      yield* bench.time.advance("40 seconds")
      const { failure, isRunning } = yield* bench.tick.health
      assert.isTrue(isRunning)
      assert.include(failure?.error, "out of \\u{1b}order")
      assert.isAtLeast(failure?.at ?? 0, start + 2 * minute)
      // at once, and 1 s, 2 and 4 later
      assert.lengthOf(failures, 4)
      assert.lengthOf(fatal, 4)
      assert.include(fatal[0], "trying again in 1 s")
      assert.match(stacks[0] ?? "", /out of \\u\{1b\}order\n +at /)
      assert.include(fatal[3], "trying again in 8 s")
      state.isBroken = false
      yield* bench.time.advance("3 minutes")
      assert.isNull((yield* bench.tick.health).failure)
      assert.isAtLeast(work.begun.length, 4)
    }).pipe(Bench.run, Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })
})
