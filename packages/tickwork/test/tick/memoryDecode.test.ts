import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Cause, Effect, Ref, Schedule, Schema } from "effect"
import { Job, Jobs, Run } from "tickwork"
import * as Counter from "../support/counter.ts"

/** A store in which a job named `counter` remembers this already. */
const remembering = (value: unknown) =>
  Effect.gen(function* () {
    const schema = Schema.Unknown as Schema.Schema<unknown>
    const job = Job.make("counter", { memory: { schema, initial: null as unknown } }, ({ memory }) =>
      Ref.set(memory, value)
    )
    const { store, tick, time } = yield* Bench.open(Jobs.make(job.pipe(Job.every("1 minute"))))
    yield* tick.once
    yield* time.advance("1 minute")
    return store
  })

describe("a memory that the schema does not read", () => {
  const old = { count: 7 }

  it.effect("goes to `migrate` as it was encoded, and the answer is stored with the next success", () =>
    Effect.gen(function* () {
      const store = yield* remembering(old)
      const migrate = (stored: unknown) => ({ runs: (stored as typeof old).count })
      const job = Job.make("counter", { memory: { ...Counter.counting, migrate } }, ({ memory }) => memory)
      const { tick } = yield* Bench.open(Jobs.make(job.pipe(Job.every("1 minute"))), { store })
      yield* tick.once
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 7 }, "though the run left it as it was")
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["there is no `migrate`", {}, ["is missing at runs", "Give the job's memory a `migrate`"]],
    [
      "`migrate` throws",
      {
        migrate: () => {
          throw new Error("too old")
        }
      },
      ["migrate threw Error: too old"]
    ]
  ] as const)("keeps the job from running where %s: it stays as it is, and the log says why", ([, how, said]) =>
    Effect.gen(function* () {
      const store = yield* remembering(old)
      const { counter, job } = Counter.make({ ...Counter.counting, ...how })
      const { tick } = yield* Bench.open(Jobs.make(job), { store })
      const [line] = yield* tick.once
      assert.deepStrictEqual(counter.seen, [])
      assert.strictEqual(line?.status, "error")
      for (const part of ['MemoryDecodeError: The memory of job "counter" cannot be read: ', ...said]) {
        assert.include(line?.error, part)
      }
      assert.deepStrictEqual(yield* Counter.memoryOf(store), old)
    }).pipe(Bench.run)
  )

  it.effect("is also one that its transformation throws at", () =>
    Effect.gen(function* () {
      const store = yield* remembering("no url")
      const url = Schema.transform(Schema.String, Schema.instanceOf(URL), {
        decode: (text) => new URL(text),
        encode: ({ href }) => href
      })
      const memory = { schema: url, initial: new URL("https://a.b"), migrate: () => new URL("https://c.d") }
      const job = Job.make("counter", { memory }, ({ memory }) => memory)
      const { tick } = yield* Bench.open(Jobs.make(job.pipe(Job.every("1 minute"))), { store })
      yield* tick.once
      assert.strictEqual(yield* Counter.memoryOf(store), "https://c.d/")
    }).pipe(Bench.run)
  )

  it.effect("is an unexpected end: the policy for these is asked about it", () =>
    Effect.gen(function* () {
      const store = yield* remembering(old)
      const asked: Array<unknown> = []
      const policy = Schedule.recurWhile((cause: Cause.Cause<never>) => {
        asked.push(Cause.squash(cause))
        return false
      })
      const { job } = Counter.make()
      const { tick } = yield* Bench.open(Jobs.make(Job.retryUnexpected(job, policy)), { store })
      yield* tick.once
      assert.strictEqual(asked.length, 1)
      assert.isTrue(asked[0] instanceof Run.MemoryDecodeError)
    }).pipe(Bench.run)
  )
})

describe("a memory that cannot be kept", () => {
  it.effect.each([
    ["not what the schema describes", Schema.Number.pipe(Schema.between(0, 5)), 9, "between 0 and 5"],
    ["nothing a store can keep", Schema.Unknown as Schema.Schema<number>, (() => 9) as unknown, "a function"]
  ] as const)("since it is %s, lets its run fail, and what was stored stays", ([, schema, bad, said]) =>
    Effect.gen(function* () {
      let next: unknown = 3
      const memory: Job.Memory<number> = { schema, initial: 0 }
      const job = Job.make("counter", { memory }, ({ memory }) => Ref.set(memory, next as number))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry)))
      next = bad
      yield* time.advance("1 minute")
      const [, line] = yield* store.log
      assert.strictEqual(line?.status, "error")
      assert.include(line?.error, 'MemoryDecodeError: The memory of job "counter" cannot be stored: ')
      assert.include(line?.error, said)
      assert.strictEqual(yield* Counter.memoryOf(store), 3)
    }).pipe(Bench.run)
  )
})
