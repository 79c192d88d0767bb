/**
 * How a cost grows: measured at sizes that double, beside the order that it should have.
 */
import { Effect } from "effect"

/**
 * `constant`: twice the size costs nothing more; `n log n`: it costs at most 2.3 times as much; `bounded`: its goal holds at
 * every size.
 */
export type Order = "constant" | "n log n" | "bounded"

/** The most that a doubling may cost on average. A constant cost varies by caches and by what else the machine does. */
const bounds: Readonly<Record<Order, number>> = { constant: 1.3, "n log n": 2.3, bounded: Number.POSITIVE_INFINITY }

export interface Kind {
  readonly what: string
  readonly unit: string
  readonly order: Order
  /** What it may cost at any of the sizes, where there is a goal for it. */
  readonly most?: number
}

/** Costs that one measurement gives together. */
export interface Family<K extends string> {
  /** Each twice the one before. */
  readonly sizes: ReadonlyArray<number>
  readonly rows: Readonly<Record<K, Kind>>
  readonly measure: (size: number) => Effect.Effect<Readonly<Record<K, number>>, unknown>
  /**
   * How often each size is measured, and how often at most while a row does not hold; 1 and 3 unless set. The least cost
   * counts, since other work of the machine only adds to it.
   */
  readonly samples?: number
  readonly mostSamples?: number
}

/** Plain data, since it travels between processes. */
export interface Row extends Kind {
  readonly sizes: ReadonlyArray<number>
  readonly costs: ReadonlyArray<number>
  /** What a doubling costs: on average, and the last one. */
  readonly average: number
  readonly last: number
  readonly holds: boolean
}

/** The last doubling alone is less exact. A cost that grows with the square doubles twice in it. */
const slack = 1.15

const rowOf = (kind: Kind, sizes: ReadonlyArray<number>, costs: ReadonlyArray<number>): Row => {
  const [first = 0, before = 0, end = 0] = [costs[0], costs.at(-2), costs.at(-1)]
  const average = (end / first) ** (1 / Math.max(1, costs.length - 1))
  const last = end / before
  const bound = bounds[kind.order]
  const isInOrder = kind.order === "bounded" || (average <= bound && last <= bound * slack)
  const isWithin = kind.most === undefined || Math.max(...costs) <= kind.most
  return { ...kind, sizes, costs, average, last, holds: isInOrder && isWithin }
}

/** Measures all sizes, once more while a row does not hold, and keeps the least of each. */
export const rows = <const K extends string>(family: Family<K>): Effect.Effect<ReadonlyArray<Row>, unknown> =>
  Effect.gen(function* () {
    const { measure, mostSamples = 3, samples = 1, sizes } = family
    const names = Object.keys(family.rows) as Array<K>
    const least = new Map<K, Array<number>>(names.map((name) => [name, sizes.map(() => Number.POSITIVE_INFINITY)]))
    const round = Effect.forEach(
      sizes,
      (size, at) =>
        Effect.map(measure(size), (costs) => {
          for (const [name, known] of least) known[at] = Math.min(known[at] ?? 0, costs[name])
        }),
      { discard: true }
    )
    const found = () => names.map((name) => rowOf(family.rows[name], sizes, least.get(name) ?? []))
    // the first measurement is the warm-up
    yield* measure(sizes[0] ?? 0)
    for (let done = 0; done < samples || (done < mostSamples && found().some(({ holds }) => !holds)); done++) {
      yield* round
    }
    return found()
  })
