/**
 * Generated cases of law 1: a random cadence and two random retry policies, the durations of the runs and their ends.
 *
 * A case prints as its expressions and never holds a schedule, since every process makes its own.
 */
import { FastCheck as fc } from "effect"
import * as Expressions from "./Expressions.ts"

export interface Expression {
  readonly text: string
  /** The names of its parts. */
  readonly kinds: ReadonlyArray<string>
  readonly make: () => Expressions.Any
}

/** How a run ends; its `Exit` is the input of the schedule. */
export type End = "succeeds" | "fails" | "dies" | "interrupts itself"

export interface Case {
  readonly drive: "repeat" | "schedule"
  readonly expression: Expression
  /** The retry policies for failures and for unexpected ends. */
  readonly policies: Readonly<Record<"failure" | "unexpected", Expression>>
  /** The durations of the runs, in their order, in ms. */
  readonly durations: ReadonlyArray<number>
  /** The ends of the runs, in their order. */
  readonly ends: ReadonlyArray<End>
  /** The start of the clock, in ms since the epoch. */
  readonly start: number
}

/** Every name that an expression may contain. */
export const kinds: ReadonlyArray<string> = [
  Expressions.endless,
  Expressions.ending,
  Expressions.windows,
  Expressions.rareWindows,
  Expressions.unaries,
  Expressions.binaries,
  Expressions.meetings
].flatMap((table) => Object.keys(table))

const parameters: fc.Arbitrary<Expressions.Parameters> = fc.record({
  ms: fc.oneof(fc.constantFrom(1000, 1, 10, 250, 5000, 7000, 30_000), fc.integer({ min: 0, max: 20_000 })),
  other: fc.constantFrom(0, 3, 2000, 45_000),
  n: fc.integer({ min: 2, max: 6 })
})

const written = (name: string, shown: ReadonlyArray<unknown>) => `${name}(${shown.join(", ")})`

const leaf = (table: typeof Expressions.endless): fc.Arbitrary<Expression> =>
  fc.tuple(fc.constantFrom(...Object.entries(table)), parameters).map(([[name, made], given]) => {
    const [shown, make] = made(given)
    return { text: written(name, shown), kinds: [name], make }
  })

const changed = (inner: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> =>
  fc
    .tuple(fc.constantFrom(...Object.entries(Expressions.unaries)), inner, parameters)
    .map(([[name, made], self, given]) => {
      const [shown, change] = made(given)
      return {
        text: written(name, [self.text, ...shown]),
        kinds: [name, ...self.kinds],
        make: () => change(self.make())
      }
    })

const joined = (
  table: typeof Expressions.binaries,
  left: fc.Arbitrary<Expression>,
  right: fc.Arbitrary<Expression>
): fc.Arbitrary<Expression> =>
  fc.tuple(fc.constantFrom(...Object.entries(table)), left, right).map(([[name, join], a, b]) => ({
    text: written(name, [a.text, b.text]),
    kinds: [name, ...a.kinds, ...b.kinds],
    make: () => join(a.make(), b.make())
  }))

/** With at most this depth of combinators; without windows where two could never meet. */
const expression = (depth: number, hasWindows: boolean): fc.Arbitrary<Expression> => {
  const leaves = [
    { arbitrary: leaf(Expressions.endless), weight: 16 },
    { arbitrary: leaf(Expressions.ending), weight: 3 },
    { arbitrary: leaf(Expressions.windows), weight: hasWindows ? 3 : 0 },
    { arbitrary: leaf(Expressions.rareWindows), weight: hasWindows ? 1 : 0 }
  ]
  if (depth === 0) return fc.oneof(...leaves)
  const inner = expression(depth - 1, hasWindows)
  const open = expression(depth - 1, false)
  return fc.oneof(
    { withCrossShrink: true },
    ...leaves,
    { arbitrary: changed(inner), weight: 24 },
    { arbitrary: joined(Expressions.binaries, inner, inner), weight: 16 },
    { arbitrary: joined(Expressions.meetings, inner, open), weight: 4 },
    { arbitrary: joined(Expressions.meetings, open, inner), weight: 4 }
  )
}

/** Most cases retry, a few times or by an expression; the others do not. */
const policy = fc.oneof(
  { arbitrary: leaf({ stop: Expressions.ending.stop as Expressions.Made<() => Expressions.Any> }), weight: 2 },
  { arbitrary: leaf({ recurs: Expressions.ending.recurs as Expressions.Made<() => Expressions.Any> }), weight: 1 },
  { arbitrary: expression(2, true), weight: 4 }
)

const end = fc.oneof(
  { arbitrary: fc.constant<End>("succeeds"), weight: 3 },
  { arbitrary: fc.constantFrom<End>("fails", "dies", "interrupts itself"), weight: 1 }
)

const noon = Date.parse("2026-03-02T12:00:00Z")

const print = ({ drive, durations, ends, expression, policies: { failure, unexpected }, start }: Case) =>
  [
    `${drive} ${expression.text} from ${new Date(start).toISOString()}`,
    `runs that take ${durations} ms and end: ${ends}`,
    `tried again by ${failure.text} and by ${unexpected.text}`
  ].join(", ")

/** Cases whose runs take one of these times each. */
export const cases = (durations: ReadonlyArray<number>): fc.Arbitrary<Case> =>
  fc
    .record({
      drive: fc.constantFrom("repeat" as const, "schedule" as const),
      expression: expression(4, true),
      policies: fc.record({ failure: policy, unexpected: policy }),
      durations: fc.array(fc.constantFrom(...durations), { minLength: 1, maxLength: 4 }),
      ends: fc.array(end, { minLength: 1, maxLength: 5 }),
      start: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_599_999 })).map((after) => noon + after)
    })
    .map((made) => Object.assign(made, { [fc.toStringMethod]: () => print(made) }))
