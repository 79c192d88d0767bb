/**
 * Measures wall time, CPU time and memory, with the medians of samples. It knows nothing of jobs.
 */
import * as v8 from "node:v8"
import * as vm from "node:vm"
import { Effect } from "effect"

/** The quantile `share` of the samples; 0 without samples. */
export const percentile = (samples: ReadonlyArray<number>, share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

export const median = (samples: ReadonlyArray<number>): number => percentile(samples, 0.5)

/** Wall time and this process's CPU time, in ms. */
export interface Spent {
  readonly wall: number
  readonly cpu: number
}

const begin = (): (() => Spent) => {
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  return () => {
    const wall = performance.now() - before
    const { system, user } = process.cpuUsage(cpuBefore)
    return { wall, cpu: (system + user) / 1000 }
  }
}

/** The cost of an effect. */
export const spent = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Spent, E, R> =>
  Effect.flatMap(Effect.sync(begin), (end) => Effect.map(effect, end))

/** The cost of a call. */
export const spentSync = (call: () => unknown): Spent => {
  const end = begin()
  call()
  return end()
}

export interface Pair {
  readonly ours: Spent
  /** `null` where no floor is measured. */
  readonly floor: Spent | null
}

const typical = (samples: ReadonlyArray<Spent>): Spent => ({
  wall: median(samples.map(({ wall }) => wall)),
  cpu: median(samples.map(({ cpu }) => cpu))
})

/** Until then V8 has compiled what is called often, as in a process that lives for days. */
const warmMs = 2000

/**
 * The medians of `samples` measurements of each, taken in turns, so that a slow moment of the machine affects both. As many
 * come first as a warm-up takes: at least one.
 */
export const inTurns = <E, R, E2 = never, R2 = never>(
  samples: number,
  measure: { readonly ours: Effect.Effect<Spent, E, R>; readonly floor: Effect.Effect<Spent, E2, R2> | null },
  warmUpMs: number = warmMs
): Effect.Effect<Pair, E | E2, R | R2> =>
  Effect.gen(function* () {
    const both = Effect.all({ ours: measure.ours, floor: measure.floor ?? Effect.succeed(null) })
    const warmAt = performance.now() + warmUpMs
    yield* Effect.repeat(both, { while: () => performance.now() < warmAt })
    const pairs = yield* Effect.replicateEffect(both, samples)
    const floors = pairs.flatMap(({ floor }) => (floor === null ? [] : [floor]))
    return { ours: typical(pairs.map(({ ours }) => ours)), floor: floors.length === 0 ? null : typical(floors) }
  })

/** Repeats an effect and drops its results. */
export const repeated = <A, E, R>(times: number, effect: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> =>
  Effect.suspend(() => {
    let left = times
    return Effect.whileLoop({
      while: () => left > 0,
      body: () => effect,
      step: () => {
        left -= 1
      }
    })
  })

/** CPU time of one of many, in µs: the least of some rounds, since other work of the machine only adds to it. */
export const leastCpu = <A, E, R>(times: number, effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.map(Effect.replicateEffect(spent(repeated(times, effect)), 5), (rounds) =>
    Math.min(...rounds.map(({ cpu }) => (cpu * 1000) / times))
  )

const collect: () => void = (() => {
  v8.setFlagsFromString("--expose-gc")
  return vm.runInNewContext("gc")
})()

/** The heap in use after garbage collection, in bytes. */
export const heapUsed: Effect.Effect<number> = Effect.gen(function* () {
  for (let round = 0; round < 4; round++) {
    yield* Effect.sync(collect)
    // what a fiber holds goes with its turn of the event loop
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
  }
  return process.memoryUsage().heapUsed
})
