/**
 * Every constructor and combinator of `effect/Schedule` that can build a cadence, and its text form. It states no expected
 * behaviour.
 *
 * Left out by name, since there Tickwork and Effect differ, or Effect itself never answers:
 *   - `intersect` of two that open windows (cron, `secondOfMinute` and the like) and of endless delays: where the two
 *     never meet, Effect searches without end;
 *   - steps that take time: Effect's driver adds its delay to the time of the step;
 *   - steps that die: they end Effect's driver, while Tickwork steps the schedule again;
 *   - `provideContext`, `provideService`, `mapInputContext`: they plan nothing.
 */
import { Chunk, Duration, Effect, Either, Exit, Option, Random, Schedule, ScheduleIntervals } from "effect"
import * as Own from "./OwnSchedules.ts"
import { counted } from "./Schedules.ts"

export type Any = Schedule.Schedule<unknown, unknown>

/** The source of the parameters of every constructor and combinator. */
export interface Parameters {
  readonly ms: number
  readonly other: number
  readonly n: number
}

export type Made<A> = (parameters: Parameters) => readonly [shown: ReadonlyArray<string | number>, make: A]

/** The size of any output of a schedule, in whole numbers from 0. */
const size = (value: unknown): number => {
  if (typeof value === "number") return Number.isFinite(value) ? Math.abs(Math.floor(value)) : 0
  if (Duration.isDuration(value)) return size(Duration.toMillis(value))
  if (Exit.isExit(value)) return counted(value)
  if (Option.isOption(value)) return size(Option.getOrUndefined(value))
  if (Either.isEither(value)) return size(Either.merge(value))
  if (Chunk.isChunk(value)) return value.length
  return Array.isArray(value) ? size(value[0]) : 0
}

/** From 0 to six seconds, by the output. */
const bySize = (out: unknown) => Duration.millis((size(out) % 7) * 1000)

const between = (most: number) => Effect.map(Random.nextIntBetween(0, most + 1), Duration.millis)

const nth = (n: number) => (input: unknown) => counted(input) >= n

const constant =
  (make: () => Any): Made<() => Any> =>
  () => [[], make]

/** Endless schedules whose runs may start at any time from their instant on. */
export const endless: Record<string, Made<() => Any>> = {
  spaced: ({ ms }) => [[ms], () => Schedule.spaced(ms)],
  fixed: ({ ms }) => [[ms], () => Schedule.fixed(ms)],
  windowed: ({ ms }) => [[ms + 1], () => Schedule.windowed(ms + 1)],
  exponential: ({ ms }) => [[ms], () => Schedule.exponential(ms)],
  "exponential by half": ({ ms }) => [[ms], () => Schedule.exponential(ms, 1.5)],
  "exponential of nanos": ({ n }) => [[n], () => Schedule.exponential(Duration.nanos(BigInt(n) * 333_333n))],
  fibonacci: ({ ms }) => [[ms], () => Schedule.fibonacci(ms)],
  "fibonacci of nanos": ({ n }) => [[n], () => Schedule.fibonacci(Duration.nanos(BigInt(n) * 333_333n))],
  linear: ({ ms }) => [[ms], () => Schedule.linear(ms)],
  forever: constant(() => Schedule.forever),
  repeatForever: constant(() => Schedule.repeatForever),
  count: constant(() => Schedule.count),
  elapsed: constant(() => Schedule.elapsed),
  identity: constant(() => Schedule.identity<unknown>()),
  fromFunction: constant(() => Schedule.fromFunction(counted)),
  succeed: ({ n }) => [[n], () => Schedule.succeed(n)],
  sync: ({ n }) => [[n], () => Schedule.sync(() => n)],
  unfold: ({ n }) => [[n], () => Schedule.unfold({ n, seen: [n] }, (s) => ({ n: s.n * 2, seen: [...s.seen, s.n] }))],
  collectAllInputs: constant(() => Schedule.collectAllInputs()),
  "a user's own": ({ ms }) => [[ms], () => Own.ofAUser(ms)],
  "that remembers": ({ ms }) => [[ms], () => Own.remembering(ms)],
  "of rich values": ({ ms }) => [[ms], () => Own.rich(ms)],
  "in the past": ({ ms }) => [[ms], () => Own.inThePast(ms)]
}

/** Schedules that end. */
export const ending: Record<string, Made<() => Any>> = {
  recurs: ({ n }) => [[n], () => Schedule.recurs(n)],
  once: constant(() => Schedule.once),
  stop: constant(() => Schedule.stop),
  duration: ({ ms }) => [[ms], () => Schedule.duration(ms)],
  fromDelay: ({ ms }) => [[ms], () => Schedule.fromDelay(ms)],
  fromDelays: ({ ms, other }) => [[ms, other, 0, ms], () => Schedule.fromDelays(ms, other, 0, ms)],
  recurWhile: ({ n }) => [[`run < ${n}`], () => Schedule.recurWhile((input) => counted(input) < n)],
  recurWhileEffect: ({ n }) => [[`run < ${n}`], () => Schedule.recurWhileEffect((_) => Effect.succeed(!nth(n)(_)))],
  recurUntil: ({ n }) => [[`run >= ${n}`], () => Schedule.recurUntil(nth(n))],
  recurUntilEffect: ({ n }) => [[`run >= ${n}`], () => Schedule.recurUntilEffect((_) => Effect.succeed(nth(n)(_)))],
  recurUntilOption: ({ n }) => [[`run >= ${n}`], () => Schedule.recurUntilOption(Option.liftPredicate(nth(n)))],
  recurUpTo: ({ ms }) => [[ms * 9], () => Schedule.recurUpTo(ms * 9)],
  collectWhile: ({ n }) => [[`run < ${n}`], () => Schedule.collectWhile((input) => counted(input) < n)],
  collectWhileEffect: ({ n }) => [[`run < ${n}`], () => Schedule.collectWhileEffect((_) => Effect.succeed(!nth(n)(_)))],
  collectUntil: ({ n }) => [[`run >= ${n}`], () => Schedule.collectUntil(nth(n))],
  collectUntilEffect: ({ n }) => [[`run >= ${n}`], () => Schedule.collectUntilEffect((_) => Effect.succeed(nth(n)(_)))]
}

/** Windows that open and close. */
export const windows: Record<string, Made<() => Any>> = {
  cron: ({ n }) => [[`*/${n * 3} * * * * *`], () => Schedule.cron(`*/${n * 3} * * * * *`, "UTC")],
  "cron of minutes": ({ n }) => [[`*/${n} * * * *`], () => Schedule.cron(`*/${n} * * * *`, "UTC")],
  secondOfMinute: ({ n }) => [[n * 9], () => Schedule.secondOfMinute(n * 9)]
}

/** Windows that open once an hour or less: rarely more than once within a case. */
export const rareWindows: typeof windows = {
  minuteOfHour: ({ n }) => [[n * 9], () => Schedule.minuteOfHour(n * 9)],
  hourOfDay: ({ n }) => [[10 + n], () => Schedule.hourOfDay(10 + n)],
  dayOfWeek: ({ n }) => [[n - 1], () => Schedule.dayOfWeek(n - 1)],
  dayOfMonth: ({ n }) => [[n], () => Schedule.dayOfMonth(n)]
}

export const unaries: Record<string, Made<(self: Any) => Any>> = {
  upTo: ({ ms, n }) => [[ms * n + 5000], Schedule.upTo(ms * n + 5000)],
  resetAfter: ({ ms }) => [[ms * 3], Schedule.resetAfter(ms * 3)],
  resetWhen: ({ n }) => [[`size % ${n + 1} = ${n}`], Schedule.resetWhen((out) => size(out) % (n + 1) === n)],
  whileInput: ({ n }) => [[`run < ${n}`], Schedule.whileInput((input: unknown) => counted(input) < n)],
  whileInputEffect: ({ n }) => [[`run < ${n}`], Schedule.whileInputEffect((_: unknown) => Effect.succeed(!nth(n)(_)))],
  untilInput: () => [["failed"], Schedule.untilInput(Own.failed)],
  untilInputEffect: ({ n }) => [[`run >= ${n}`], Schedule.untilInputEffect((_: unknown) => Effect.succeed(nth(n)(_)))],
  whileOutput: ({ ms }) => [[`size < ${ms * 5}`], Schedule.whileOutput((out) => size(out) < ms * 5)],
  whileOutputEffect: ({ n }) => [
    [`size < ${n * 5}`],
    Schedule.whileOutputEffect((out) => Effect.succeed(size(out) < n * 5))
  ],
  untilOutput: ({ ms }) => [[`size > ${ms * 5}`], Schedule.untilOutput((out) => size(out) > ms * 5)],
  untilOutputEffect: ({ n }) => [
    [`size > ${n * 5}`],
    Schedule.untilOutputEffect((out) => Effect.succeed(size(out) > n * 5))
  ],
  check: ({ n }) => [
    [`run or size < ${n}`],
    Schedule.check((input: unknown, out: unknown) => counted(input) < n || size(out) < n)
  ],
  checkEffect: ({ n }) => [
    [`run or size < ${n}`],
    Schedule.checkEffect((input: unknown, out: unknown) => Effect.succeed(counted(input) < n || size(out) < n))
  ],
  delayed: ({ ms }) => [[`at least ${ms}`], Schedule.delayed(Duration.max(Duration.millis(ms)))],
  delayedEffect: ({ ms }) => [[`at most ${ms}`], Schedule.delayedEffect((_) => Effect.succeed(Duration.min(_, ms)))],
  addDelay: () => [["size"], Schedule.addDelay(bySize)],
  addDelayEffect: ({ ms }) => [[`random up to ${ms}`], Schedule.addDelayEffect(() => between(ms))],
  modifyDelay: ({ ms }) => [[ms], Schedule.modifyDelay((out, _) => (size(out) % 2 === 0 ? _ : Duration.millis(ms)))],
  modifyDelayEffect: () => [
    ["half"],
    Schedule.modifyDelayEffect((_, delay) => Effect.succeed(Duration.times(delay, 0.5)))
  ],
  delayedSchedule: () => [[], (self) => Schedule.delayedSchedule(Schedule.map(self, bySize))],
  jittered: () => [[], Schedule.jittered],
  jitteredWith: ({ n }) => [[1 / (n + 1), n], Schedule.jitteredWith({ min: 1 / (n + 1), max: n })],
  collectAllOutputs: () => [[], Schedule.collectAllOutputs],
  reduce: () => [["the sum"], Schedule.reduce(0, (sum, out) => sum + size(out))],
  reduceEffect: () => [
    ["a chunk"],
    Schedule.reduceEffect(Chunk.empty<number>(), (all, _) => Effect.succeed(Chunk.append(all, size(_))))
  ],
  repetitions: () => [[], Schedule.repetitions],
  delays: () => [[], Schedule.delays],
  passthrough: () => [[], Schedule.passthrough],
  map: () => [["size"], Schedule.map(size)],
  mapEffect: () => [["size"], Schedule.mapEffect((out) => Effect.succeed(size(out)))],
  as: ({ n }) => [[n], Schedule.as(n)],
  asVoid: () => [[], Schedule.asVoid],
  mapBoth: () => [["run", "size"], Schedule.mapBoth({ onInput: counted, onOutput: size })],
  mapInput: () => [["run"], Schedule.mapInput(counted)],
  mapInputEffect: () => [["run"], Schedule.mapInputEffect((input) => Effect.succeed(counted(input)))],
  tapInput: () => [[], Schedule.tapInput(() => Effect.void)],
  tapOutput: () => [[], Schedule.tapOutput(() => Effect.void)],
  onDecision: () => [[], Schedule.onDecision(() => Effect.void)],
  ensuring: () => [[], Schedule.ensuring(Effect.void)]
}

/** Combinators whose steps never search for a window that both sides share. */
export const binaries: Record<string, (a: Any, b: Any) => Any> = {
  union: (a, b) => Schedule.union(a, b),
  unionWith: (a, b) => Schedule.unionWith(a, b, ScheduleIntervals.union),
  either: (a, b) => Schedule.either(a, b),
  eitherWith: (a, b) => Schedule.eitherWith(a, b, ScheduleIntervals.max),
  andThen: (a, b) => Schedule.andThen(a, b),
  andThenEither: (a, b) => Schedule.andThenEither(a, b),
  compose: (a, b) => Schedule.compose(a, b),
  bothInOut: (a, b) => Schedule.mapInput(Schedule.bothInOut(a, b), (input) => [input, counted(input)] as const)
}

/** Combinators that search for a window that both sides share. */
export const meetings: Record<string, (a: Any, b: Any) => Any> = {
  intersect: (a, b) => Schedule.intersect(a, b),
  intersectWith: (a, b) => Schedule.intersectWith(a, b, ScheduleIntervals.intersect),
  zipLeft: (a, b) => Schedule.zipLeft(a, b),
  zipRight: (a, b) => Schedule.zipRight(a, b),
  zipWith: (a, b) => Schedule.zipWith(a, b, (left, right) => size(left) + size(right))
}

/** Kinds with randomness. */
export const random: ReadonlyArray<string> = ["jittered", "jitteredWith", "addDelayEffect"]

/** Kinds that plan fractions of a millisecond. */
export const fractional: ReadonlyArray<string> = [
  "jittered",
  "jitteredWith",
  "exponential by half",
  "exponential of nanos",
  "fibonacci of nanos",
  "modifyDelayEffect"
]
