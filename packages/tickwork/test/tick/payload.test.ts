import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Cause, Effect, Either, Option, Schedule, Schema } from "effect"
import { type EnqueueError, Job, JobState, Jobs, Run } from "tickwork"
import * as Payload from "../../src/internal/engine/Payload.ts"
import * as Calendar from "../../src/internal/schedule/Calendar.ts"
import * as Kept from "../../src/internal/schedule/EncodedValue.ts"

const { start } = Bench

const Letter = Schema.Struct({ to: Schema.String, at: Schema.Date })

const letter: typeof Letter.Type = { to: "ada", at: new Date(start) }

const makeSending = () => {
  const sent: Array<typeof Letter.Type> = []
  const send = Job.make("send", { payload: Letter }, (run) =>
    Effect.suspend(() => {
      sent.push(run.payload)
      return run.attempt === 1 ? Effect.fail("offline") : Effect.void
    })
  ).pipe(Job.retry(Schedule.recurs(3)))
  return { sent, send }
}

/** A store with an instance of the job `send` that is due, and has this payload. */
const enqueued = (payload: Kept.EncodedValue | null) =>
  Effect.gen(function* () {
    const store = yield* Bench.makeStore
    const cadence = { definition: Calendar.once.definition, anchor: start, seed: 1, steps: 0, state: null }
    yield* store.add([JobState.initial("send", "letter 1", { state: cadence, nextAt: start }, start, payload)])
    return store
  })

const shown = (either: Either.Either<unknown, EnqueueError.EnqueueError>) =>
  Option.getOrThrow(Either.getLeft(either)).message

describe("a run of a job with a payload", () => {
  it.effect("is told what it was enqueued with, on each attempt", () =>
    Effect.gen(function* () {
      const { send, sent } = makeSending()
      const store = yield* enqueued(Either.getOrThrow(Payload.encode(send, letter)))
      const { time } = yield* Bench.daemonOf(Jobs.make(send), { store })
      yield* time.advance("1 second")
      assert.deepStrictEqual(sent, [letter, letter])
      assert.deepStrictEqual(
        (yield* store.log).map(({ status }) => status),
        ["error", "success"]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["its schema does not read what is stored", { value: { to: "ada" } }, "is missing at at"],
    ["nothing is stored", null, "nothing was enqueued with it"]
  ] as const)("does not begin where %s: the log says why, and what is stored stays", ([, stored, said]) =>
    Effect.gen(function* () {
      const { send, sent } = makeSending()
      const asked: Array<unknown> = []
      const policy = Schedule.recurWhile((cause: Cause.Cause<never>) => {
        asked.push(Cause.squash(cause))
        return false
      })
      const store = yield* enqueued(stored)
      yield* Bench.daemonOf(Jobs.make(Job.retryUnexpected(send, policy)), { store })
      const [line] = yield* store.log
      assert.deepStrictEqual(sent, [])
      assert.strictEqual(line?.status, "error")
      const why = `PayloadDecodeError: The payload of instance "letter 1" of job "send" cannot be read: ${said}. `
      assert.include(line?.error, why)
      assert.isTrue(asked[0] instanceof Run.PayloadDecodeError)
      assert.deepStrictEqual((yield* store.state("send")).payload, stored)
    }).pipe(Bench.run)
  )
})

describe("a payload", () => {
  it("is kept as its schema encodes it", () => {
    const kept = Either.getOrThrow(Payload.encode(makeSending().send, letter))
    assert.deepStrictEqual(Kept.encodedOf(kept), { to: "ada", at: "2026-03-02T12:00:00.000Z" })
    assert.deepStrictEqual(Either.getOrThrow(Payload.read(Letter, kept)), letter)
  })

  it("that the schema does not describe is refused with its job and the cure, not the value", () => {
    const { send } = makeSending()
    const bad = { to: 7, at: letter.at } as unknown as typeof Letter.Type
    const message = shown(Payload.encode(send, bad))
    const refused =
      'Job "send": payload must match the job\'s schema (Expected string at to). Pass a value that the schema'
    assert.include(message, refused)
    const long = shown(Payload.encode(send, "x".repeat(5000) as never))
    assert.isBelow(long.length, 1000)
    assert.notInclude(long, "xx")
  })

  it("of a job that is made without one is refused", () => {
    const plain = Job.make("plain", Effect.void)
    assert.include(
      shown(Payload.encode(plain, undefined)),
      'Job "plain": payload must match the job\'s schema (the job declares none). Pass'
    )
  })
})
