/**
 * A program that is idle: a hundred jobs have run, and none is due for an hour. For each line of its input it says what
 * it has cost since the line before: processor time, wake-ups of its clock, statements.
 *
 * Its first argument names the database, its second one how often it asks for requests of other processes, if at all, and
 * its third one how often it checks its clock; both in ms.
 */
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Array as Arr, Clock, Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Place from "./Place.ts"

export interface Cost {
  /** In user and system mode. */
  readonly cpuMs: number
  readonly wakeUps: number
  readonly statements: number
}

const jobs = Jobs.make(...Arr.makeBy(100, (n) => Job.make(`hourly ${n}`, Effect.void).pipe(Job.every("1 hour"))))

let wakeUps = 0
let statements = 0

/** The clock, which counts the sleeps that have ended. */
const counting = (clock: Clock.Clock): Clock.Clock => {
  const sleep: Clock.Clock["sleep"] = (duration) =>
    Effect.tap(clock.sleep(duration), () =>
      Effect.sync(() => {
        wakeUps += 1
      })
    )
  return Object.assign(Object.create(clock), { sleep })
}

type Method = (...args: Array<unknown>) => unknown

/** Counts the calls of methods that a driver has for statements. */
const count = (prototype: Record<string, Method>, names: ReadonlyArray<string>) => {
  for (const name of names) {
    const method = prototype[name]
    if (method === undefined) throw new Error(`the driver has no ${name}`)
    prototype[name] = function (this: unknown, ...args) {
      statements += 1
      return method.apply(this, args)
    }
  }
}

const require = createRequire(import.meta.url)

const countStatements = Effect.sync(() => {
  const database = new (require("better-sqlite3"))(":memory:")
  count(Object.getPrototypeOf(database.prepare("SELECT 1")), ["all", "run", "get"])
  count(require("pg").Client.prototype, ["query"])
})

const say = (cost: Cost | "ready") => process.stdout.write(`${JSON.stringify(cost)}\n`)

const listen = Effect.sync(() => {
  let before = process.cpuUsage()
  createInterface({ input: process.stdin }).on("line", () => {
    const { system, user } = process.cpuUsage(before)
    say({ cpuMs: (user + system) / 1000, wakeUps, statements })
    before = process.cpuUsage()
    wakeUps = 0
    statements = 0
  })
})

const program = (place: string, watch?: string, clockCheck = "60000") =>
  Effect.gen(function* () {
    yield* countStatements
    const tick = yield* Tick.Tick
    yield* tick.once
    yield* listen
    say("ready")
    return yield* tick.run
  }).pipe(
    Effect.provide(
      Tick.layer(jobs, {
        watch: watch === undefined || watch === "" ? "auto" : `${Number(watch)} millis`,
        clockCheck: `${Number(clockCheck)} millis`
      }).pipe(Layer.provide(Place.layer(place)))
    ),
    Effect.withClock(counting(Clock.make()))
  )

const [, file, place = "", ...options] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(place, ...options))
