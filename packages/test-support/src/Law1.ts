/**
 * The two sides of law 1: the job of a generated case, and the same body under Effect's own drivers.
 */
import { assert } from "@effect/vitest"
import {
  Cause,
  Clock,
  Effect,
  Either,
  Exit,
  Fiber,
  FastCheck as fc,
  Option,
  Random,
  Runtime,
  Schedule,
  ScheduleDecision,
  ScheduleInterval,
  ScheduleIntervals
} from "effect"
import { Job, Run } from "tickwork"
import { ManualClock } from "tickwork/testing"
import type { Case, End, Expression } from "./Cases.ts"
import * as Expressions from "./Expressions.ts"
import { turn } from "./Turn.ts"

/** Errors are plain values: a schedule that collects its inputs keeps them, and a class instance cannot be stored. */
const endings: Record<End, (run: number) => Effect.Effect<number, string>> = {
  succeeds: Effect.succeed,
  fails: (run) => Effect.fail(`no luck in run ${run}`),
  dies: (run) => Effect.die(`run ${run} is broken`),
  "interrupts itself": () => Effect.interrupt
}

/** The body of a case, with its start times in ms from the start of the case; after `enough` runs it never ends. */
export const runsOf = ({ durations, ends, start }: Case, enough: number) => {
  const starts: Array<number> = []
  const body = Effect.gen(function* () {
    starts.push((yield* Clock.currentTimeMillis) - start)
    const run = starts.length
    if (run > enough) return yield* Effect.never
    yield* Effect.sleep(durations[(run - 1) % durations.length] ?? 0)
    return yield* endings[ends[(run - 1) % ends.length] ?? "succeeds"](run)
  })
  return { starts, body }
}

/** The job of a case, with new schedules. */
export const jobOf = ({ drive, expression, policies }: Case, body: Effect.Effect<number, string>) =>
  Job.make("alone", body).pipe(
    drive === "repeat" ? Job.repeat(expression.make()) : Job.schedule(expression.make()),
    Job.retry(policies.failure.make()),
    Job.retryUnexpected(policies.unexpected.make())
  )

const onTheMillisecond = (decision: ScheduleDecision.ScheduleDecision) =>
  ScheduleDecision.isDone(decision)
    ? decision
    : ScheduleDecision.continueWith(ScheduleInterval.after(Math.ceil(ScheduleIntervals.start(decision.intervals))))

/**
 * A schedule of a case for Effect's drivers, with Tickwork's rules where Effect has none: randomness is seeded as in
 * law 2, and a start between two milliseconds rounds up, since a run never starts before its instant.
 */
const forEffect = ({ kinds, make }: Expression, seedOf: (steps: number) => string): Expressions.Any => {
  const made = make()
  const leaves = [...Expressions.random, ...Expressions.fractional]
  if (!kinds.some((kind) => leaves.includes(kind))) return made
  const initial: readonly [state: unknown, steps: number] = [made.initial, 0]
  return Schedule.makeWithState(initial, (now, input: unknown, [state, steps]) =>
    made.step(now, input, state).pipe(
      Effect.withRandom(Random.make(seedOf(steps))),
      Effect.map(([next, out, decision]) => [[next, steps + 1] as const, out, onTheMillisecond(decision)] as const)
    )
  )
}

type Occurrence = (body: Effect.Effect<number, string>) => Effect.Effect<Exit.Exit<number, string>>

/** Retries failures as Effect does. */
const retried =
  (policies: Readonly<Record<"failure" | "unexpected", Expressions.Any>>): Occurrence =>
  (body) =>
    Effect.exit(Effect.retry(body, policies.failure))

/** The same with unexpected ends, which Effect does not retry: each policy has its own driver. */
const driving =
  (policies: Readonly<Record<"failure" | "unexpected", Expressions.Any>>): Occurrence =>
  (body) =>
    Effect.gen(function* () {
      const failure = yield* Schedule.driver(policies.failure)
      const unexpected = yield* Schedule.driver(policies.unexpected)
      for (;;) {
        const exit = yield* Effect.exit(body)
        if (Exit.isSuccess(exit)) return exit
        const stepped = Either.match(Cause.failureOrCause(exit.cause), {
          onLeft: (error) => failure.next(error),
          onRight: (cause) => unexpected.next(cause)
        })
        if (Option.isNone(yield* Effect.option(stepped))) return exit
      }
    })

/** One occurrence of a case, with new policies and with randomness seeded from what is stored. */
const occurrenceOf = ({ ends, policies }: Case, body: Effect.Effect<number, string>, seed: number) =>
  Effect.gen(function* () {
    const runKey = Run.keyOf("alone", "", yield* Clock.currentTimeMillis)
    let attempt = 0
    const counted = Effect.suspend(() => {
      attempt += 1
      return body
    })
    const seedOf = () => `${seed}/${runKey}/${attempt}`
    const made = { failure: forEffect(policies.failure, seedOf), unexpected: forEffect(policies.unexpected, seedOf) }
    const isExpected = ends.every((end) => end === "succeeds" || end === "fails")
    return yield* (isExpected ? retried(made) : driving(made))(counted)
  })

/** A body under Effect's own drivers; `seed` is the seed that the tick stored for the job. */
export const driven = (given: Case, body: Effect.Effect<number, string>, seed: number): Effect.Effect<unknown> => {
  const occurrence = occurrenceOf(given, body, seed)
  const cadence = forEffect(given.expression, (steps) => `${seed}/alone//${steps}`)
  return given.drive === "repeat" ? Effect.repeat(occurrence, cadence) : Effect.schedule(occurrence, cadence)
}

/** When Effect starts the runs of a case on a clock moved by hand, and whether its schedule has ended. */
export const byEffect = (
  given: Case,
  options: { readonly seed: number; readonly enough: number; readonly ms: number }
) =>
  Effect.gen(function* () {
    const time = ManualClock.make(given.start)
    const { body, starts } = runsOf(given, options.enough)
    const fiber = yield* Effect.forkDaemon(Effect.withClock(driven(given, body, options.seed), time.clock))
    yield* time.advance(options.ms)
    const hasEnded = Option.isSome(yield* Fiber.poll(fiber))
    yield* Fiber.interrupt(fiber)
    return { starts, hasEnded }
  })

/** The time limit of a test of these cases, in ms, shrinking included: it only ends a test that hangs. */
export const patience = 900_000

/**
 * Checks generated cases with a check that returns its number of runs, and requires most cases to run at least three times.
 * Returns the kinds of schedule that took part. A failure shows the smallest case found in ten minutes, and its seed.
 */
export const forAll = (
  arbitrary: fc.Arbitrary<Case>,
  options: { readonly seed: number; readonly numRuns: number },
  check: (given: Case) => Effect.Effect<number>
): Effect.Effect<ReadonlySet<string>> =>
  Effect.gen(function* () {
    const { numRuns, seed } = options
    const kinds = new Set<string>()
    let worth = 0
    const runtime = yield* Effect.runtime()
    const property = fc
      .asyncProperty(arbitrary, async (given) => {
        const runs = await Runtime.runPromise(runtime)(check(given))
        if (runs >= 3) worth += 1
        for (const kind of given.expression.kinds) kinds.add(kind)
      })
      .beforeEach(turn)
    const limits = { interruptAfterTimeLimit: patience - 300_000, markInterruptAsFailure: true }
    yield* Effect.promise(() => fc.assert(property, { seed, numRuns, ...limits }))
    assert.isAbove(worth, 0.8 * numRuns, "cases that run at least three times")
    return kinds
  })
