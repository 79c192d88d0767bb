/**
 * Generated registries: jobs that take time, fail, die, retry, skip and jitter.
 */
import { Effect, FastCheck as fc, Ref, Schedule, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { makeWork } from "./Bench.ts"

type Named = Job.Job<string, void, unknown, never>

const cadences: Record<string, (job: Named) => Named> = {
  "every 10 s": Job.every("10 seconds"),
  "every 25 s": Job.every("25 seconds"),
  "cron, every 20 s": Job.cron("*/20 * * * * *"),
  spaced: Job.repeat(Schedule.spaced("13 seconds")),
  jittered: Job.repeat(Schedule.jittered(Schedule.spaced("15 seconds"))),
  "three times": Job.schedule(Schedule.intersect(Schedule.recurs(3), Schedule.exponential("2 seconds")))
}

const policies: Record<string, Schedule.Schedule<unknown, unknown> | null> = {
  default: null,
  none: Schedule.stop,
  twice: Schedule.intersect(Schedule.spaced("8 seconds"), Schedule.recurs(2)),
  "for long": Schedule.jittered(Schedule.exponential("3 seconds", 1.5))
}

export interface Plain {
  readonly cadence: string
  readonly priority: number
  readonly place: Job.ConcurrencyMode
  /** In ms. */
  readonly takes: number
  /** The ends of its runs, and the results of the checks of its condition, in their order. */
  readonly ends: ReadonlyArray<"succeeds" | "fails" | "dies" | "interrupts itself">
  readonly looks: ReadonlyArray<"true" | "false" | "fails"> | null
  readonly retry: string
  readonly retryUnexpected: string
  /** Its timeout is shorter than some of its runs. */
  readonly hasTimeout: boolean
  /** After how many failures in a row it is paused. */
  readonly pauseAfter: number | null
  /** Counts its runs in its memory. */
  readonly hasMemory: boolean
}

export const plain: fc.Arbitrary<Plain> = fc.record({
  cadence: fc.constantFrom(...Object.keys(cadences)),
  priority: fc.integer({ min: 1, max: 10 }),
  place: fc.constantFrom("serial" as const, "parallel" as const),
  takes: fc.constantFrom(0, 0, 40, 900, 12_000),
  ends: fc.array(fc.constantFrom("succeeds", "succeeds", "fails", "dies", "interrupts itself"), { minLength: 1 }),
  looks: fc.option(fc.array(fc.constantFrom("true", "false", "false", "fails"), { minLength: 1, maxLength: 4 })),
  retry: fc.constantFrom(...Object.keys(policies)),
  retryUnexpected: fc.constantFrom(...Object.keys(policies)),
  hasTimeout: fc.boolean(),
  pauseAfter: fc.constantFrom(null, null, null, 2),
  hasMemory: fc.boolean()
})

const ends = {
  succeeds: Effect.void,
  fails: Effect.fail("no luck"),
  dies: Effect.die(new Error("out of memory")),
  "interrupts itself": Effect.interrupt,
  true: Effect.succeed(true),
  false: Effect.succeed(false)
} as const

const inTurn = <A>(values: ReadonlyArray<A>) => {
  let turn = 0
  return () => values[turn++ % values.length] as A
}

const trying = (job: Named, { hasTimeout, retry, retryUnexpected }: Plain): Named => {
  const [failure, unexpected] = [policies[retry] ?? null, policies[retryUnexpected] ?? null]
  const timed = hasTimeout ? Job.timeout(job, "10 seconds") : job
  const tried = failure === null ? timed : Job.retry(timed, failure)
  return unexpected === null ? tried : Job.retryUnexpected(tried, unexpected)
}

const memory = { schema: Schema.Number, initial: 0 }

const counting = (job: Named): Named => {
  const { body } = JobDefinition.of(job)
  // the combinators do not depend on the type of its memory
  return Job.make(job.name, { memory }, (run) =>
    Effect.zipRight(
      Ref.update(run.memory, (runs) => runs + 1),
      body(run)
    )
  ) as Job.Any as Named
}

const make = (work: ReturnType<typeof makeWork>, name: string, plain: Plain): Named => {
  const { cadence, hasMemory, looks, pauseAfter, place, priority, ...rest } = plain
  const nextEnd = inTurn(rest.ends)
  const result = Effect.suspend((): Effect.Effect<void, string> => ends[nextEnd()])
  const recurs = cadences[cadence] ?? Job.every("1 minute")
  const body: Named = work.job(name, rest.takes, result)
  const tried = trying(recurs(hasMemory ? counting(body) : body), plain).pipe(
    Job.priority(priority),
    place === "serial" ? Job.serial : Job.parallel
  )
  const job = pauseAfter === null ? tried : Job.pauseAfter(tried, pauseAfter)
  if (looks === null) return job
  const nextLook = inTurn(looks)
  const look = Effect.suspend((): Effect.Effect<boolean, string> => ends[nextLook()])
  return Job.when(job, "it may", look)
}

/** The jobs, named by their number; `work` records what their bodies do. */
export const jobsOf = (work: ReturnType<typeof makeWork>, plains: ReadonlyArray<Plain>) =>
  Jobs.make(...plains.map((plain, n) => make(work, `job ${n}`, plain)))

/** A request about a job while a process lives. */
const request = fc.record({
  after: fc.integer({ min: 0, max: 20_000 }),
  /** After how long a pause ends by itself. */
  lasts: fc.option(fc.integer({ min: 1, max: 30_000 })),
  verb: fc.constantFrom("pause", "resume", "trigger", "cancel"),
  of: fc.nat()
})

/** The lives of processes, one after the other, and the requests during each. */
export const lives = fc.array(
  fc.record({ requests: fc.array(request, { maxLength: 4 }), up: fc.integer({ min: 1, max: 40_000 }) }),
  { maxLength: 3 }
)
