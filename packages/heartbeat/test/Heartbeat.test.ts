import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Heartbeat } from "@tickwork/heartbeat"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, FastCheck as fc, Layer, Logger, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const url = "https://monitor.test/ping/secret"
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/

interface Heard {
  readonly path: string
  readonly rid: string | null
  readonly text: string
}

type Answer = "answers" | "refuses" | "cannot be reached" | "hangs"

/** A monitor that takes down what it hears, and answers as it is set. */
const makeMonitor = () => {
  const heard: Array<Heard> = []
  const state: { answer: Answer; tried: number } = { answer: "answers", tried: 0 }
  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      state.tried += 1
      if (state.answer === "hangs") return yield* Effect.never
      if (state.answer === "cannot be reached")
        return yield* new HttpClientError.RequestError({ request, reason: "Transport" })
      const isHeard = state.answer === "answers"
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      if (isHeard) heard.push({ path: url.pathname, rid: url.searchParams.get("rid"), text: body })
      return HttpClientResponse.fromWeb(request, new Response(null, { status: isHeard ? 200 : 503 }))
    })
  )
  const live = Layer.succeed(HttpClient.HttpClient, client)
  return { heard, live, state, kinds: () => heard.map(({ path }) => path.replace("/ping/secret", "") || "/success") }
}

type Monitor = ReturnType<typeof makeMonitor>

const layerOf = (bench: Pick<Bench.Bench, "tick">, { live }: Monitor, monitors: ReadonlyArray<Heartbeat.Monitor>) =>
  Layer.build(Heartbeat.layer(monitors).pipe(Layer.provide([live, Layer.succeed(Tick.Tick, bench.tick)])))

/** What is sent takes turns of the real event loop, since the id of a run is a digest. */
const settled = (bench: Bench.Bench) =>
  Effect.zipRight(
    Effect.forEach(
      Arr.range(1, 20),
      () =>
        Effect.zipRight(
          bench.time.settle,
          Effect.promise(() => new Promise((done) => setImmediate(done)))
        ),
      { discard: true }
    ),
    bench.time.settle
  )

const makeLog = () => {
  const lines: Array<string> = []
  const layer = Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ message }) => void lines.push(String(message)))
  )
  return { lines, layer }
}

describe("the heartbeat of a job", () => {
  it.effect("is a start, a success or a failure for good, and a log entry for what is tried again", () =>
    Effect.gen(function* () {
      const ends = ["ok", "disk full", "ok", "disk full", "disk full"]
      const body = Effect.suspend(() => {
        const end = ends.shift() ?? "ok"
        return end === "ok" ? Effect.void : Effect.fail(end)
      })
      const once = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(1))
      const job = Job.make("backup", body).pipe(Job.every("1 hour"), Job.retry(once))
      const bench = yield* Bench.open(Jobs.make(job))
      const monitor = makeMonitor()
      yield* layerOf(bench, monitor, [Heartbeat.job(job, url)])
      yield* Bench.daemon(bench)
      for (let hour = 0; hour < 3; hour++) {
        yield* settled(bench)
        yield* bench.time.advance("2 seconds")
        yield* settled(bench)
        yield* bench.time.advance("59 minutes")
        yield* bench.time.advance("58 seconds")
      }
      yield* settled(bench)
      const whole = ["/start", "/success", "/start", "/log", "/start", "/success", "/start", "/log", "/start", "/fail"]
      assert.deepStrictEqual(monitor.kinds().slice(0, 10), whole)
      const ids = monitor.heard.slice(0, 10).map(({ rid }) => rid ?? "")
      for (const id of ids) assert.match(id, uuid)
      for (const n of [0, 2, 4, 6, 8]) assert.strictEqual(ids[n], ids[n + 1], "the start and the end of one attempt")
      assert.strictEqual(new Set(ids).size, 5)
      assert.strictEqual(monitor.heard[9]?.text, "attempt 2 error, disk full")
    }).pipe(Bench.run)
  )

  it.effect("of one key is that of its instance alone, and what is missed is a log entry", () =>
    Effect.gen(function* () {
      const keys = Effect.succeed(["ada", "eve"])
      const job = Job.make("sync", { keys }, () => Effect.void).pipe(Job.every("1 hour"), Job.missed("skip"))
      const bench = yield* Bench.open(Jobs.make(job))
      const [one, all] = [makeMonitor(), makeMonitor()]
      yield* layerOf(bench, one, [Heartbeat.job(job, url, { key: "ada" })])
      yield* layerOf(bench, all, [Heartbeat.job(job, url)])
      yield* bench.tick.once
      yield* settled(bench)
      yield* bench.time.advance("150 minutes")
      yield* bench.tick.once
      yield* settled(bench)
      assert.deepStrictEqual(one.kinds(), ["/start", "/success", "/log"])
      assert.strictEqual(all.heard.length, 6)
      assert.match(all.heard.find(({ path }) => path.endsWith("/log"))?.text ?? "", /^skipped, ada: missed/)
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "never delays or fails a run, whatever the monitor does",
    [fc.array(fc.constantFrom<Answer>("answers", "refuses", "cannot be reached", "hangs"), { minLength: 1 })],
    ([answers]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("sync", "1 second").pipe(Job.every("1 minute"))
        const bench = yield* Bench.open(Jobs.make(job), { store: yield* Bench.makeStore })
        const from = yield* bench.time.now
        const monitor = makeMonitor()
        yield* layerOf(bench, monitor, [Heartbeat.job(job, url), Heartbeat.tick(url, { every: "1 minute" })])
        yield* Bench.daemon(bench)
        for (const answer of answers) {
          monitor.state.answer = answer
          yield* bench.time.advance("1 minute")
        }
        yield* bench.time.advance("30 seconds")
        assert.deepStrictEqual(
          work.begun.map(({ startedAt }) => startedAt - from),
          Arr.makeBy(answers.length + 1, (n) => n * Bench.minute)
        )
        const log = yield* bench.store.log
        assert.isTrue(log.every(({ durationMs, status }) => status === "success" && durationMs === 1000))
      }).pipe(Effect.provide(makeLog().layer), Bench.run),
    { fastCheck: { numRuns: 30, seed: 9 } }
  )

  it.effect("that fails is tried three times and warned of once, without its address", () =>
    Effect.gen(function* () {
      const job = Job.make("sync", Effect.void).pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      const monitor = makeMonitor()
      const log = makeLog()
      monitor.state.answer = "refuses"
      yield* Effect.provide(layerOf(bench, monitor, [Heartbeat.tick(url, { every: "1 minute" })]), log.layer)
      yield* bench.tick.once
      for (let minute = 0; minute < 3; minute++) yield* Effect.zipRight(bench.time.advance("1 minute"), settled(bench))
      yield* bench.time.advance("10 seconds")
      assert.isAtLeast(monitor.state.tried, 6)
      assert.deepStrictEqual(log.lines, ["The monitor of the tick hears no heartbeat: it answered 503"])
      monitor.state.answer = "answers"
      yield* bench.time.advance("2 minutes")
      yield* settled(bench)
      assert.strictEqual(log.lines.at(-1), "The monitor of the tick hears heartbeats again")
      assert.notInclude(log.lines.join(), "secret")
    }).pipe(Bench.run)
  )
})

describe("the heartbeat of the tick", () => {
  it.effect("says each few minutes that it runs, or what does not: its store is silent, it has stopped", () =>
    Effect.gen(function* () {
      const job = Job.make("sync", Effect.void).pipe(Job.every("1 minute"))
      const bench = yield* Bench.open(Jobs.make(job))
      const monitor = makeMonitor()
      yield* layerOf(bench, monitor, [Heartbeat.tick(url, { every: "2 minutes" })])
      const daemon = yield* Bench.daemon(bench)
      yield* bench.time.advance("9 minutes")
      assert.deepStrictEqual(monitor.kinds(), Arr.replicate("/success", 4))
      bench.store.fail(Number.POSITIVE_INFINITY)
      yield* bench.time.advance("2 minutes")
      yield* settled(bench)
      assert.match(monitor.heard.at(-1)?.text ?? "", /^the store does not answer: /)
      bench.store.fail(0)
      yield* bench.time.advance("4 minutes")
      assert.strictEqual(monitor.kinds().at(-1), "/success")
      yield* Bench.stop(daemon)
      yield* bench.time.advance("6 minutes")
      yield* settled(bench)
      assert.strictEqual(monitor.kinds().at(-1), "/fail")
      assert.strictEqual(monitor.heard.at(-1)?.text, "the tick does not run")
    }).pipe(Effect.provide(makeLog().layer), Bench.run)
  )
})

describe("a monitor", () => {
  it.effect.each([
    [
      "an address that is none",
      Heartbeat.tick("not an address"),
      "The url of the heartbeat of the tick must be an address"
    ],
    [
      "another protocol",
      Heartbeat.tick("file:///etc/passwd"),
      "The url of the heartbeat of the tick must be an address"
    ],
    [
      "an interval that is too long",
      Heartbeat.tick(url, { every: "2 hours" }),
      "The every of the heartbeat of the tick"
    ]
  ] as const)("with %s is refused, and nothing is sent", ([, monitor, message]) =>
    Effect.gen(function* () {
      const bench = yield* Bench.open(Jobs.make(Job.make("sync", Effect.void).pipe(Job.every("1 hour"))))
      const error = yield* Effect.flip(layerOf(bench, makeMonitor(), [monitor]))
      assert.include(error.message, message)
      assert.notInclude(error.message, "not an address")
    }).pipe(Bench.run)
  )
})
