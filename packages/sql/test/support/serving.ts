/**
 * A program for tests to talk to: it runs the jobs that its argument describes until it is stopped.
 *
 * Everything that happens in it is a line of JSON on its output; what it is asked to do comes in lines of JSON.
 */
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Duration, Effect, Exit, Layer, Logger, Runtime, Schedule, Stream } from "effect"
import { type Control, Decision, Job, Jobs, type LogEntry, type Run, Tick, type TickHealth } from "tickwork"
import { keep, table } from "./entries.ts"
import * as Place from "./Place.ts"

export interface Described {
  readonly name: string
  readonly everyMs: number
  /** How long its body sleeps, at the first attempt and at the others; nothing unless set. */
  readonly takesMs?: readonly [first: number, others: number]
  /** Its first attempt ends when it is asked to finish, in place of that. */
  readonly untilAsked?: boolean
  readonly is?: "plain" | "serial" | "transactional" | "uninterruptible"
  /** What becomes of missed instants; each is run unless set. */
  readonly missed?: "latest"
  /** In place of its interval. */
  readonly cron?: string
  readonly version?: number
  readonly renamedFrom?: string
  readonly keys?: ReadonlyArray<string>
}

export interface Settings extends Pick<Tick.Options, "concurrency" | "drain" | "lease" | "starvingAfter" | "watch"> {
  readonly place: string
  readonly jobs: ReadonlyArray<Described>
}

export type Asked =
  | { readonly ask: "health" | "status" }
  | { readonly ask: "finish"; readonly job: string }
  | {
      readonly ask: Exclude<Control.Verb, "enqueue" | "forget">
      readonly job: string
      readonly by: string
      readonly why?: string
    }

export interface OfBody extends Pick<Run.Run, "attempt" | "key" | "scheduledAt" | "trigger"> {
  readonly job: string
}

/** What it says, and when it was said, in ms since the epoch. */
export type Said = { readonly at: number } & (
  | { readonly what: "ready" }
  | ({ readonly what: "begins" | "ends" | "is cut" } & OfBody)
  | ({ readonly what: "recorded"; readonly job: string } & Pick<
      LogEntry.LogEntry,
      "attempt" | "error" | "reason" | "scheduledAt" | "status" | "trigger"
    >)
  | { readonly what: "lost" | "regained"; readonly job: string }
  | {
      readonly what: "starving"
      readonly job: string
      readonly holders: TickHealth.TickHealth["starving"][number]["holders"]
    }
  | { readonly what: "store failed"; readonly error: string }
  | { readonly what: "asked"; readonly ask: Exclude<Control.Verb, "enqueue" | "forget">; readonly job: string }
  | { readonly what: "health"; readonly health: TickHealth.TickHealth }
  | { readonly what: "status"; readonly decisions: Readonly<Record<string, string>> }
  | { readonly what: "log"; readonly text: string }
)

type Saying = Said extends infer One ? (One extends Said ? Omit<One, "at"> : never) : never

const say = (saying: Saying): void => {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), ...saying })}\n`)
}

/** Opened when a job is asked to finish. */
const latches = new Map<string, Effect.Latch>()

const latchOf = (job: string): Effect.Latch => {
  const latch = latches.get(job) ?? Effect.unsafeMakeLatch()
  latches.set(job, latch)
  return latch
}

/** The job of a description. */
export const jobOf =
  (lease: Duration.DurationInput) =>
  ({ everyMs, is = "plain", missed, name, takesMs = [0, 0], untilAsked = false, ...release }: Described) => {
    const body = (run: Run.Run) => {
      const { attempt, key, scheduledAt, trigger } = run
      const note = (what: "begins" | "ends" | "is cut") => say({ what, job: name, key, attempt, scheduledAt, trigger })
      const [first, others] = takesMs
      const pause = attempt > 1 ? Effect.sleep(others) : untilAsked ? latchOf(name).await : Effect.sleep(first)
      return Effect.sync(() => note("begins")).pipe(
        Effect.zipRight(is === "transactional" ? Effect.asVoid(keep(run)) : Effect.void),
        Effect.zipRight(is === "uninterruptible" ? Effect.uninterruptible(pause) : pause),
        Effect.onExit((exit) => Effect.sync(() => note(Exit.isSuccess(exit) ? "ends" : "is cut")))
      )
    }
    const { cron, keys, renamedFrom, version = 1 } = release
    const made = Job.make(name, keys === undefined ? {} : { keys: Effect.succeed(keys) }, body)
    const named = renamedFrom === undefined ? made : Job.renamedFrom(made, renamedFrom)
    const job = (cron === undefined ? Job.every(named, everyMs) : Job.cron(named, cron)).pipe(
      Job.version(version),
      missed === undefined ? Job.missed("all", { atMost: 10_000 }) : Job.missed(missed),
      Job.retryUnexpected(Schedule.spaced("100 millis"))
    )
    return is === "transactional"
      ? job.pipe(Job.transactional, Job.timeout(Duration.times(lease, 0.5)))
      : is === "serial"
        ? job
        : Job.parallel(job)
  }

const told = Effect.flatMap(Tick.Tick, ({ events }) =>
  Stream.runForEach(events, (event) =>
    Effect.sync(() => {
      if (event._tag === "ClaimLost") say({ what: "lost", job: event.jobName })
      if (event._tag === "JobRegained") say({ what: "regained", job: event.jobName })
      if (event._tag === "Starving") say({ what: "starving", job: event.jobName, holders: event.holders })
      if (event._tag === "StoreFailed") say({ what: "store failed", error: event.error })
      if (event._tag !== "RunRecorded") return
      const { attempt, error, jobName, reason, scheduledAt, status, trigger } = event.run
      say({ what: "recorded", job: jobName, attempt, error, reason, scheduledAt, status, trigger })
    })
  )
)

const status = Effect.map(Tick.status, (all) =>
  Object.fromEntries(all.map(({ decision, jobName }) => [jobName, Decision.toText(decision)]))
)

const verbs = { pause: Tick.pause, resume: Tick.resume, trigger: Tick.trigger, retry: Tick.retry, cancel: Tick.cancel }

const heed = (jobs: ReadonlyArray<Job.Any>) => (asked: Asked) => {
  switch (asked.ask) {
    case "health":
      return Effect.map(Tick.health, (health) => say({ what: "health", health }))
    case "status":
      return Effect.map(status, (decisions) => say({ what: "status", decisions }))
    case "finish":
      return latchOf(asked.job).open
    default: {
      const { ask, job: name, ...who } = asked
      const job = jobs.find((job) => job.name === name)
      return job === undefined
        ? Effect.dieMessage(`no job ${name}`)
        : Effect.map(verbs[ask](job, who), () => say({ what: "asked", ask, job: name }))
    }
  }
}

const program = ({ jobs: described, place, ...options }: Settings) => {
  const jobs = described.map(jobOf(options.lease ?? "10 seconds"))
  const serving = Effect.gen(function* () {
    yield* table
    const runtime = yield* Effect.runtime<Tick.Tick>()
    const heeding = heed(jobs)
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        createInterface({ input: process.stdin }).on("line", (line) => {
          Runtime.runFork(runtime)(heeding(JSON.parse(line)))
        })
      ),
      (input) => Effect.sync(() => input.close())
    )
    yield* Effect.forkScoped(told)
    yield* Effect.sync(() => say({ what: "ready" }))
    return yield* Tick.run
  })
  const logger = Logger.make(({ message }) => say({ what: "log", text: String(message) }))
  return serving.pipe(
    Effect.scoped,
    Effect.provide(
      Tick.layer(Jobs.make(...jobs), options).pipe(
        Layer.provideMerge(Place.layer(place)),
        Layer.provideMerge(Logger.replace(Logger.defaultLogger, logger))
      )
    )
  )
}

const [, file, settings = "{}"] = process.argv
if (file === fileURLToPath(import.meta.url)) NodeRuntime.runMain(program(JSON.parse(settings)))
