import { SqlError } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Effect, Logger, Random, Schedule } from "effect"
import { Job, Jobs, type Run } from "tickwork"
import * as Daemon from "./support/Daemon.ts"
import type * as Hooked from "./support/Hooked.ts"

const minute = 60_000

const jobs: Daemon.Of = (noting) =>
  Jobs.make(
    Job.make("counts", {}, (run) => noting(run, Effect.sleep(500))).pipe(
      Job.every("20 seconds"),
      Job.missed("all", { atMost: 10_000 }),
      Job.parallel
    ),
    Job.make("transfers", {}, (run) => noting(run, Daemon.write(run.runKey))).pipe(
      Job.every("1 minute"),
      Job.missed("all", { atMost: 10_000 }),
      Job.retry(Schedule.spaced("2 seconds")),
      Job.retryUnexpected(Schedule.spaced("2 seconds")),
      Job.transactional
    ),
    Job.make("flaky", {}, (run) => noting(run, run.attempt % 3 === 0 ? Effect.void : Effect.fail("not yet"))).pipe(
      Job.repeat(Schedule.jittered(Schedule.spaced("50 seconds"))),
      Job.retry(Schedule.exponential("1 second"))
    )
  )

const failed = new SqlError.SqlError({
  cause: new Error("it was told to fail"),
  message: "Failed to execute statement"
})

/** Every fifth statement fails, as the dice of a seed fall: before it is executed, or when its answer is lost. */
const everyFifth = (seed: string, side: "before" | "after") => {
  const dice = Random.make(seed)
  const state = { isFailing: true, failures: 0 }
  const around: Hooked.Around = (statement) =>
    Effect.flatMap(dice.nextRange(0, 5), (thrown) => {
      if (thrown >= 1 || !state.isFailing) return statement
      state.failures += 1
      return side === "before" ? failed : Effect.zipRight(statement, failed)
    })
  return { state, around }
}

const delays = (seed: string, side: "before" | "after") =>
  Effect.gen(function* () {
    const { around, state } = everyFifth(seed, side)
    const filename = yield* TemporaryFile.make
    const { notes, stop, tick, time } = yield* Daemon.start({ filename, jobs, around })
    const told: Array<boolean> = []
    yield* time.advance(10_000)
    for (let n = 0; n < 60; n++) {
      yield* time.advance(minute)
      const { store } = yield* tick.health
      assert.strictEqual(store.isReachable, store.error === null)
      assert.strictEqual(store.isReachable, store.since === null)
      told.push(store.isReachable)
    }
    state.isFailing = false
    yield* time.advance(10 * minute)
    assert.isTrue((yield* tick.health).store.isReachable)
    assert.include(told, false, "health has told of it")
    assert.isAbove(state.failures, 100)

    const { instances } = yield* stop
    const counts = notes.filter(({ run }) => run.jobName === "counts").map(({ run }) => run.scheduledAt)
    const [first = 0] = counts
    assert.deepStrictEqual(
      counts,
      counts.map((_, n) => first + n * 20_000),
      "each instant has one body"
    )
    assert.isAtLeast(counts.length, 200)
    for (const { lines } of instances) assert.isAbove(lines.length, 10)
  })

describe("a transactional job whose commit is not answered", () => {
  it.scoped("is not run again for what is kept, also where the store cannot be read at once", () =>
    Effect.gen(function* () {
      let commits = 0
      let reads = 0
      let isBegun = false
      const around: Hooked.Around = (statement, text) =>
        Effect.suspend(() => {
          if (!isBegun) return statement
          if (text === "COMMIT" && commits++ === 0) return Effect.zipRight(statement, failed)
          // the first one looks for what was refused, the second one reads it anew
          return text.startsWith("SELECT") && reads++ === 1 ? failed : statement
        })
      const body = (run: Run.Run) =>
        Effect.suspend(() => {
          isBegun = true
          return Daemon.write(run.runKey)
        })
      const { notes, stop, time } = yield* Daemon.start({
        filename: yield* TemporaryFile.make,
        jobs: (noting) =>
          Jobs.make(
            Job.make("transfers", {}, (run) => noting(run, body(run))).pipe(Job.every("1 minute"), Job.transactional)
          ),
        around
      })
      yield* time.advance("30 seconds")
      assert.isAbove(reads, 2)
      assert.strictEqual(notes.length, 1)
      const { entries } = yield* stop
      assert.lengthOf(entries, 1)
    }).pipe(Daemon.run, Effect.provide(Logger.remove(Logger.defaultLogger)))
  )
})

describe("a store that fails every fifth of its statements", () => {
  for (const side of ["before", "after"] as const) {
    it.scoped(
      `delays runs, and loses and doubles none, when statements ${side === "before" ? "are not executed" : "are executed and their answer is lost"}`,
      () =>
        Effect.forEach(
          Arr.range(1, 3),
          (seed) =>
            delays(`${seed}`, side).pipe(
              Effect.scoped,
              Daemon.run,
              Effect.catchAllDefect((cause) => Effect.die(new Error(`seed ${seed}`, { cause })))
            ),
          { discard: true }
        ).pipe(Effect.provide(Logger.remove(Logger.defaultLogger))),
      240_000
    )
  }
})
