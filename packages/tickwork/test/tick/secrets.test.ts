import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Logger, Redacted, Ref, Schema } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import { JobBench } from "tickwork/testing"

const secret = "sk_live_SECRET"
const Token = Schema.Struct({ token: Schema.Redacted(Schema.String) })
const Longer = Schema.Struct({ token: Schema.Redacted(Schema.String.pipe(Schema.minLength(40))) })
/** Its decoding throws, and quotes what it read. */
const Json = Schema.transform(Schema.String, Schema.Unknown, {
  strict: true,
  decode: (text): unknown => JSON.parse(text),
  encode: () => ""
})

/** All that a tick logs. */
const logged = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ annotations, cause, message }) => {
    lines.push(`${message} ${JSON.stringify([annotations, cause])}`)
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

/** A daemon's log, events and table, once a later release does not read what is stored. */
const after = (
  first: Jobs.Jobs<never>,
  enqueued: Effect.Effect<unknown, unknown, Tick.Tick>,
  later: Jobs.Jobs<never>
) =>
  Effect.gen(function* () {
    const { layer, lines } = logged()
    const { store, tick, time } = yield* Bench.open(first)
    yield* tick.once
    yield* Effect.provideService(enqueued, Tick.Tick, tick)
    yield* time.advance("1 minute")
    const bench = yield* Effect.provide(Bench.daemonOf(later, { store }), layer)
    yield* bench.time.advance("1 minute")
    const rows = yield* store.log
    return { errors: rows.flatMap(({ error }) => (error === null ? [] : [error])), events: bench.events, lines }
  })

const holdsNone = (value: unknown) => assert.notInclude(JSON.stringify(value) ?? "", "SECRET")

describe("a secret", () => {
  it.effect.each([
    ["is too short", Longer, "Expected a string at least 40 character(s) long at token"],
    ["is no JSON", Json, "Expected string"]
  ] as ReadonlyArray<readonly [string, Schema.Schema<any, any>, string]>)(
    "in a payload that a later release does not read, since it %s, is in no error, log or event",
    ([, schema, said]) =>
      Effect.gen(function* () {
        const send = Job.make("send", { payload: Token }, () => Effect.void)
        const later = Job.make("send", { payload: schema }, () => Effect.void)
        const enqueued = Tick.enqueue(send, { token: Redacted.make(secret) })
        const { errors, events, lines } = yield* after(Jobs.make(send), enqueued, Jobs.make(later))
        assert.include(errors[0], `PayloadDecodeError: The payload of instance`)
        assert.include(errors[0], said)
        holdsNone([errors, events, lines])
      }).pipe(Bench.run)
  )

  it.effect("is in no error where the decoding of its schema throws and quotes it", () =>
    Effect.gen(function* () {
      const send = Job.make("send", { payload: Schema.String }, () => Effect.void)
      const later = Job.make("send", { payload: Json }, () => Effect.void)
      const { errors, events, lines } = yield* after(Jobs.make(send), Tick.enqueue(send, secret), Jobs.make(later))
      assert.include(errors[0], "a transformation of the schema threw SyntaxError")
      holdsNone([errors, events, lines])
    }).pipe(Bench.run)
  )

  it.effect("in a memory that a later release does not read is in no error, log or event", () =>
    Effect.gen(function* () {
      const memory = { initial: { token: Redacted.make("") } }
      const body = ({ memory }: { readonly memory: Ref.Ref<typeof Token.Type> }) =>
        Ref.set(memory, { token: Redacted.make(secret) })
      const job = Job.make("poll", { memory: { ...memory, schema: Token } }, body).pipe(Job.every("1 minute"))
      const later = Job.make("poll", { memory: { ...memory, schema: Longer } }, body).pipe(Job.every("1 minute"))
      const { errors, events, lines } = yield* after(Jobs.make(job), Effect.void, Jobs.make(later))
      assert.include(errors[0], "Expected a string at least 40 character(s) long at token")
      holdsNone([errors, events, lines])
    }).pipe(Bench.run)
  )

  it.effect("that a body leaves in its memory is in the log and the entries of once, in no event", () =>
    Effect.gen(function* () {
      const job = Job.make("poll", { memory: { schema: Token, initial: { token: Redacted.make("") } } }, ({ memory }) =>
        Ref.set(memory, { token: Redacted.make(secret) })
      ).pipe(Job.every("1 minute"))
      const bench = yield* Bench.open(Jobs.make(job))
      const [run] = yield* bench.tick.once
      assert.deepStrictEqual(run?.memory, { value: { token: secret } })
      assert.deepStrictEqual((yield* bench.store.log)[0]?.memory, run?.memory)
      yield* bench.time.advance("1 second")
      const recorded = bench.events.flatMap((event) => (event._tag === "RunRecorded" ? [event.run.seq] : []))
      assert.deepStrictEqual(recorded, [run?.seq])
      holdsNone(bench.events)
    }).pipe(Bench.run)
  )

  it.effect("in a payload that cannot be enqueued is in no field and no message of the error", () =>
    Effect.gen(function* () {
      const send = Job.make("send", { payload: Longer }, () => Effect.void)
      const bench = yield* Bench.open(Jobs.make(send))
      const refusals: ReadonlyArray<
        Effect.Effect<void, { readonly _tag: string; readonly message: string }, Tick.Tick>
      > = [
        Effect.asVoid(Tick.enqueue(send, { token: Redacted.make(secret) })),
        Effect.asVoid(Tick.enqueue(send, { token: secret } as never)),
        Effect.asVoid(Tick.enqueue(send, secret as never)),
        Effect.asVoid(JobBench.make(send, { now: Bench.start, payload: { token: Redacted.make(secret) } }))
      ]
      for (const refused of refusals) {
        const error = yield* Effect.flip(Effect.provideService(refused, Tick.Tick, bench.tick))
        assert.strictEqual(error._tag, "EnqueueError")
        assert.include(error.message, "payload must match the job's schema (Expected")
        assert.propertyVal(error, "value", null)
        holdsNone([error, error.message, String(error)])
      }
    }).pipe(Bench.run)
  )

  it.effect("that a job may not keep in its memory is in no error", () =>
    Effect.gen(function* () {
      const memory = { schema: Longer, initial: { token: Redacted.make("x".repeat(40)) } }
      const job = Job.make("poll", { memory }, ({ memory }) => Ref.set(memory, { token: Redacted.make(secret) }))
      const { layer, lines } = logged()
      const bench = yield* Bench.open(Jobs.make(job.pipe(Job.every("1 minute"))))
      const [run] = yield* Effect.provide(bench.tick.once, layer)
      yield* bench.time.advance("1 second")
      assert.isNotEmpty(bench.events)
      assert.include(run?.error, 'The memory of job "poll" cannot be stored: Expected a string at least 40')
      holdsNone([run, bench.events, lines])
    }).pipe(Bench.run)
  )
})
