/**
 * Schedules for tests: each kind that Effect has, common compositions, and some as users write them.
 *
 * Each is a factory, since every process builds its own. Their input is the `Exit` of a run that counts, or a number.
 */
import {
  Chunk,
  Duration,
  Effect,
  Exit,
  FastCheck as fc,
  Option,
  Schedule,
  ScheduleDecision,
  ScheduleInterval
} from "effect"

export type Make = () => Schedule.Schedule<unknown, unknown>

/** The count of a run; 0 where it failed. */
export const counted = (input: unknown): number => {
  const value = Exit.isExit(input) ? Exit.getOrElse(input, () => 0) : input
  return typeof value === "number" ? value : 0
}

/** Kinds whose delays are whole milliseconds. */
export const whole: Record<string, Make> = {
  spaced: () => Schedule.spaced("5 seconds"),
  fixed: () => Schedule.fixed("7 seconds"),
  windowed: () => Schedule.windowed("7 seconds"),
  exponential: () => Schedule.exponential("250 millis"),
  fibonacci: () => Schedule.fibonacci("100 millis"),
  linear: () => Schedule.linear("100 millis"),
  cron: () => Schedule.cron("*/5 * * * *", "UTC"),
  "cron with seconds": () => Schedule.cron("*/10 * * * * *", "UTC"),
  "cron in New York": () => Schedule.cron("0 9 * * 1-5", "America/New_York"),
  recurs: () => Schedule.recurs(4),
  once: () => Schedule.once,
  forever: () => Schedule.forever,
  count: () => Schedule.count,
  duration: () => Schedule.duration("3 seconds"),
  fromDelays: () => Schedule.fromDelays("1 second", "5 seconds", "0 millis"),
  addDelay: () => Schedule.succeed({ a: 1 }).pipe(Schedule.addDelay(() => "2 seconds")),
  union: () => Schedule.union(Schedule.exponential("1 second"), Schedule.spaced("10 seconds")),
  intersect: () => Schedule.intersect(Schedule.spaced("2 seconds"), Schedule.recurs(3)),
  "intersect of grids": () => Schedule.intersect(Schedule.cron("*/5 * * * *", "UTC"), Schedule.fixed("1 minute")),
  andThen: () => Schedule.andThen(Schedule.intersect(Schedule.recurs(2), Schedule.spaced(1)), Schedule.spaced(30)),
  andThenEither: () => Schedule.andThenEither(Schedule.recurs(2), Schedule.fixed("3 seconds")),
  compose: () => Schedule.compose(Schedule.spaced("1 second"), Schedule.elapsed),
  upTo: () => Schedule.spaced("5 seconds").pipe(Schedule.upTo("21 seconds")),
  recurUpTo: () => Schedule.zipLeft(Schedule.spaced("1 second"), Schedule.recurUpTo("10 seconds")),
  resetAfter: () => Schedule.exponential("1 second").pipe(Schedule.resetAfter("20 seconds")),
  resetWhen: () => Schedule.exponential("1 second").pipe(Schedule.resetWhen(Duration.equals("4 seconds"))),
  whileInput: () => Schedule.spaced("1 second").pipe(Schedule.whileInput((input) => counted(input) < 5)),
  recurUntilOption: () =>
    Schedule.recurUntilOption((input) => (counted(input) > 3 ? Option.some(input) : Option.none())),
  whileOutput: () => Schedule.fibonacci("1 second").pipe(Schedule.whileOutput(Duration.lessThan("5 seconds"))),
  collectAllInputs: () => Schedule.collectAllInputs<unknown>().pipe(Schedule.addDelay(() => "1 second")),
  collectAllOutputs: () => Schedule.collectAllOutputs(Schedule.fibonacci("1 second")),
  collectWhile: () => Schedule.collectWhile((input) => counted(input) < 5),
  reduce: () =>
    Schedule.reduce(Schedule.spaced(9), {} as Record<string, number>, (counts, n) => ({ ...counts, [`${n}`]: n })),
  repetitions: () => Schedule.repetitions(Schedule.spaced("1 second")),
  delays: () => Schedule.delays(Schedule.exponential("1 second")),
  passthrough: () => Schedule.passthrough(Schedule.spaced("1 second")),
  secondOfMinute: () => Schedule.secondOfMinute(30),
  minuteOfHour: () => Schedule.minuteOfHour(15),
  hourOfDay: () => Schedule.hourOfDay(4),
  dayOfWeek: () => Schedule.dayOfWeek(3),
  dayOfMonth: () => Schedule.dayOfMonth(28),
  "unfold of an object": () =>
    Schedule.unfold({ n: 1, seen: [] as Array<number>, $: "kept" }, (s) => ({
      ...s,
      n: s.n * 2,
      seen: [...s.seen, s.n]
    })).pipe(Schedule.addDelay(({ n }) => Duration.millis(n))),
  "unfold of rich values": () =>
    Schedule.unfold(
      { least: -0, some: Option.some(Chunk.make(1, Duration.infinity)), nanos: Duration.nanos(1n) },
      (s) => ({
        ...s,
        nanos: Duration.times(s.nanos, 3)
      })
    ),
  "a user's own": () =>
    Schedule.makeWithState({ failures: 0, until: Number.NEGATIVE_INFINITY }, (now, input: unknown, { failures }) => {
      const next = counted(input) % 2 === 0 ? 0 : failures + 1
      const until = now + 1000 * 2 ** next
      const decision = ScheduleDecision.continueWith(ScheduleInterval.after(until))
      return Effect.succeed([{ failures: next, until }, next, decision] as const)
    }),
  "a plan in the past": () =>
    Schedule.makeWithState(0, (now, _: unknown, n) => {
      const decision = ScheduleDecision.continueWith(ScheduleInterval.after(now - 5000))
      return Effect.succeed([n + 1, n, decision] as const)
    }),
  "a long one": () =>
    Schedule.exponential("1 second").pipe(
      Schedule.union(Schedule.spaced("30 seconds")),
      Schedule.intersect(Schedule.recurs(8)),
      Schedule.upTo("10 minutes"),
      Schedule.whileInput((input) => counted(input) !== 99)
    )
}

/** Kinds with randomness or with fractions of a millisecond. */
export const fractional: Record<string, Make> = {
  jittered: () => Schedule.spaced("5 seconds").pipe(Schedule.jittered),
  jitteredWith: () => Schedule.exponential("1 second").pipe(Schedule.jitteredWith({ min: 0.5, max: 2 })),
  "exponential by half": () => Schedule.exponential("250 millis", 1.5),
  "exponential of nanos": () => Schedule.exponential(Duration.nanos(1_500_000n)),
  "a jittered backoff": () =>
    Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("1 minute")), Schedule.jittered)
}

export interface Named {
  readonly name: string
  readonly make: Make
}

const leaf = fc.constantFrom(...Object.entries(whole)).map(([name, make]): Named => ({ name, make }))

const pair = (name: string, join: (a: ReturnType<Make>, b: ReturnType<Make>) => ReturnType<Make>) =>
  fc.tuple(leaf, leaf).map(
    ([a, b]): Named => ({
      name: `${name}(${a.name}, ${b.name})`,
      make: () => join(a.make(), b.make())
    })
  )

/** Every kind with whole delays, and compositions of two of them. */
export const composed: fc.Arbitrary<Named> = fc.oneof(
  leaf,
  pair("union", (a, b) => Schedule.union(a, b)),
  pair("intersect", (a, b) => Schedule.intersect(a, b)),
  pair("andThen", (a, b) => Schedule.andThen(a, b))
)
