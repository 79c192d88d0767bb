/**
 * A program for tests to kill: jobs whose plans reach over days, on the SQLite file that its first argument names. Its
 * clock shows the second argument when it begins; the third one lists the keys of a job, and `backfill` as the fourth asks
 * for a backfill. It never ends by itself, and says a line for each run and for each listing of keys.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Effect, Layer, Logger } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Place from "./Place.ts"

const [file = "", begins = "", listed = "", asks = ""] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const byMs = Date.parse(begins) - Date.now()
const now = () => Date.now() + byMs
const clock: Clock.Clock = Object.assign(Object.create(Clock.make()), {
  unsafeCurrentTimeMillis: now,
  currentTimeMillis: Effect.sync(now)
})

const cadences = [
  { key: "ada", cadence: { every: "40 millis" } },
  { key: "eve", cadence: { every: "60 millis", from: "2026-03-01T00:00:00Z" } }
]
const digest = Job.make("digest", { keys: Effect.succeed(cadences) }, (run) => say(`digest ${run.key}`))

const bounded = Job.make("bounded", say("bounded")).pipe(
  Job.every("100 millis", { from: "2026-03-02T00:00:00Z", until: "2026-03-04T20:00:00Z" }),
  Job.spread("100 millis"),
  Job.except(({ day }) => day === 4)
)

const ping = Job.make("ping", { keys: Effect.succeed(listed.split(",")), forgetAfter: "36 hours" }, (run) =>
  say(`ping ${run.key}`)
).pipe(Job.every("1 hour"))

const daily = Job.make("daily", (run) =>
  Effect.zipRight(Effect.sleep("10 millis"), say(`daily ${run.scheduledAt}`))
).pipe(Job.cron("0 9 * * *"), Job.missed("skip"))

const jobs = Jobs.make(digest, bounded, ping, daily)

const program = Effect.gen(function* () {
  if (asks === "backfill")
    yield* Tick.backfill(daily, { from: "2026-02-01T00:00:00Z", to: "2026-03-01T00:00:00Z", by: "alice" })
  yield* say("ready")
  const listing = Effect.forever(
    Effect.zipRight(Effect.zipRight(Effect.sleep("30 millis"), Tick.refreshKeys(ping)), say("listed"))
  )
  return yield* Effect.race(Tick.run, listing)
}).pipe(
  Effect.provide(Layer.provideMerge(Tick.layer(jobs), Place.layer(file))),
  Effect.withClock(clock),
  Effect.provide(Logger.remove(Logger.defaultLogger))
)

NodeRuntime.runMain(program)
