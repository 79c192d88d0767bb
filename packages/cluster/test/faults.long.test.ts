/**
 * Three processes share 400 keys, each of which runs once a second with a body of 100 ms, and things happen to them.
 */
import { assert, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Process from "@tickwork/test-support/Process"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Clock, Effect, Layer } from "effect"
import * as Workers from "./support/Workers.ts"
import { leaseMs, lockMs } from "./support/worker.ts"

const keys = 400

interface Scene {
  readonly url: string
  readonly workers: readonly [Workers.Worker, Workers.Worker, Workers.Worker]
}

/** What happens, and how long the longest gap of a key may be. */
interface Case<E, R> {
  readonly longestGapMs: number
  readonly happens: (scene: Scene) => Effect.Effect<unknown, E, R>
}

/** On the server of a URL; the third process may reach it by another way. */
const playOn = <E, R>(url: string, { happens, longestGapMs }: Case<E, R>, way = url) =>
  Effect.gen(function* () {
    const client = yield* Layer.build(Postgres.client(url, 2))
    const workers = [yield* Workers.start(url), yield* Workers.start(url), yield* Workers.start(way)] as const
    yield* Workers.share(workers)
    yield* Effect.sleep("5 seconds")
    const from = yield* Clock.currentTimeMillis
    yield* happens({ url, workers })
    yield* Effect.sleep("10 seconds")
    const judged = yield* Effect.provide(Workers.judge(from - 1500), client)
    console.log(JSON.stringify(judged))
    assert.strictEqual(judged.keys, keys)
    assert.strictEqual(judged.doubled, 0, "no instant has two successes")
    assert.strictEqual(judged.overlapping, 0, "no key overlaps itself")
    assert.strictEqual(judged.unsaid, 0, "each planned instant has a verdict")
    assert.isAtMost(judged.longestGapMs, longestGapMs, "the longest gap of a key")
  })

const play = <E, R>(one: Case<E, R>) => Effect.flatMap(Postgres.schema, (url) => playOn(url, one))

const handOverMs = lockMs + leaseMs + 2000
const timeoutMs = 300_000

Postgres.describeOnPostgres("three processes that share the keys", () => {
  it.scopedLive(
    "go on when one is killed",
    () =>
      play({
        longestGapMs: handOverMs,
        happens: ({ workers: [first, second, third] }) =>
          Effect.gen(function* () {
            yield* Process.end(third.child, "SIGKILL")
            yield* Workers.share([first, second])
            yield* Effect.sleep(leaseMs)
          })
      }),
    timeoutMs
  )

  it.scopedLive(
    "go on when one is frozen, and when it wakes",
    () =>
      play({
        longestGapMs: handOverMs,
        happens: ({ workers }) =>
          Effect.gen(function* () {
            const [, , third] = workers
            third.child.kill("SIGSTOP")
            yield* Effect.sleep("25 seconds")
            third.child.kill("SIGCONT")
            yield* Effect.sleep("10 seconds")
            yield* Workers.share(workers)
          })
      }),
    timeoutMs
  )

  it.scopedLive(
    "take over at once from one that stops",
    () =>
      play({
        longestGapMs: 2000,
        happens: ({ workers: [first, second, third] }) =>
          Effect.zipRight(Process.end(third.child, "SIGTERM"), Workers.share([first, second]))
      }),
    timeoutMs
  )

  it.scopedLive(
    "give a fourth one its share",
    () =>
      play({
        longestGapMs: handOverMs,
        happens: ({ url, workers }) =>
          Effect.flatMap(Workers.start(url), (fourth) => Workers.share([...workers, fourth]))
      }),
    timeoutMs
  )

  it.scopedLive(
    "are replaced one after the other",
    () =>
      play({
        longestGapMs: handOverMs,
        happens: ({ url, workers }) =>
          Effect.gen(function* () {
            const alive: Array<Workers.Worker> = [...workers]
            for (const worker of workers) {
              alive.push(yield* Workers.start(url))
              yield* Workers.share(alive)
              alive.splice(alive.indexOf(worker), 1)
              yield* Process.end(worker.child, "SIGTERM")
              yield* Workers.share(alive)
            }
          })
      }),
    timeoutMs
  )

  it.scopedLive(
    "go on when the server has been away for 20 seconds",
    () =>
      Effect.flatMap(Postgres.own, (server) =>
        playOn(server.url, {
          longestGapMs: handOverMs,
          happens: ({ workers }) =>
            Effect.gen(function* () {
              yield* server.stop
              yield* Effect.sleep("20 seconds")
              yield* server.start
              yield* Workers.share(workers)
            })
        })
      ),
    timeoutMs
  )

  it.scopedLive(
    "go on when the way of one to the server is silent for 25 seconds",
    () =>
      Effect.gen(function* () {
        const direct = yield* Postgres.schema
        const proxy = yield* Proxy.make(direct)
        const one: Case<never, never> = {
          longestGapMs: handOverMs,
          happens: ({ workers }) =>
            Effect.gen(function* () {
              proxy.hang()
              yield* Effect.sleep("25 seconds")
              proxy.open()
              yield* Effect.sleep("10 seconds")
              yield* Workers.share(workers)
            })
        }
        yield* playOn(direct, one, proxy.url)
      }),
    timeoutMs
  )
})
