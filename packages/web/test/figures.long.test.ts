/**
 * What the page costs on a large database, and beside a busy tick: on a quiet machine.
 */
import { expect, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Duration, Effect, Layer, Stream } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import * as Http from "./support/Http.ts"
import * as Large from "./support/Large.ts"
import * as Server from "./support/Server.ts"

const screens = [
  "",
  "?show=failing",
  "job?job=deliver",
  "job?job=deliver&key=k77777",
  "job?job=job_3",
  "job?job=rare",
  "run?job=job_3&seq=10000",
  "timeline?range=hour",
  "timeline?range=week",
  "timeline.svg?range=day",
  "health"
]

const mostMs = 100

const times = 4

/** After this time nothing that was read before is shown. */
const rest = "3 seconds"

const middle = (values: ReadonlyArray<number>): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

it.scopedLive("each screen of 100,000 instances and 1,000,000 log entries is made within 100 ms", () =>
  Effect.gen(function* () {
    const filename = yield* Large.make({ instances: 100_000, entries: 1_000_000 })
    const store = yield* Layer.build(SqlJobStore.layerExisting({ filename, access: "read" }))
    const server = yield* Effect.provide(Server.serve(), store)
    const took = new Map<string, Array<number>>(screens.map((screen) => [screen, []]))
    for (let time = 0; time < times; time++)
      for (const screen of screens) {
        const [duration, { status }] = yield* Effect.timed(Http.get(server, screen))
        expect(status).toBe(200)
        took.get(screen)?.push(Math.round(Duration.toMillis(duration)))
        yield* Effect.sleep(rest)
      }
    console.log([...took].map(([screen, ms]) => `${screen === "" ? "jobs" : screen}: ${ms.join(", ")} ms`).join("\n"))
    expect([...took].filter(([, ms]) => middle(ms) > mostMs)).toEqual([])
  })
)

const busy = Jobs.make(
  ...Array.from({ length: 100 }, (_, index) =>
    Job.make(`busy_${index}`, Effect.void).pipe(Job.every("1 second"), Job.parallel)
  )
)

const measured = "20 seconds"

/** How late 99 of 100 runs began at most, in ms. */
const lateness = Effect.gen(function* () {
  const from = Date.now()
  yield* Effect.sleep(measured)
  const entries = yield* Stream.runCollect(JobLog.stream({ from }))
  const late = [...entries]
    .map(({ scheduledAt, startedAt }) => startedAt - scheduledAt)
    .sort((one, other) => one - other)
  expect(late.length).toBeGreaterThan(1500)
  return late[Math.floor(late.length * 0.99)] ?? 0
})

/** A tab: it follows, and makes the page again with each word of news. */
const tab = (server: Server.Server) =>
  Effect.gen(function* () {
    const stream = yield* Http.follow(server)
    let seen = 0
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.gen(function* () {
          const news = stream.text().length
          if (news > seen) yield* Http.get(server)
          seen = news
          yield* Effect.sleep("100 millis")
        })
      )
    )
  })

it.scopedLive("three open tabs do not make 100 jobs a second late", () =>
  Effect.gen(function* () {
    const filename = yield* TemporaryFile.make
    const live = Layer.provideMerge(Tick.layerDaemon(busy), SqlJobStore.layerSqlite({ filename }))
    const services = yield* Layer.build(live)
    yield* Effect.gen(function* () {
      yield* Effect.sleep("5 seconds")
      const alone = yield* lateness
      const server = yield* Server.serve()
      yield* Effect.forEach([1, 2, 3], () => tab(server), { discard: true })
      const beside = yield* lateness
      console.log(`99 of 100 start within ${alone} ms alone, within ${beside} ms beside three tabs`)
      expect(beside).toBeLessThan(2 * alone + 100)
    }).pipe(Effect.provide(services))
  })
)
