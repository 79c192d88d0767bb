/**
 * The costs by number of dependencies, with the store in memory.
 */

import { Effect, Layer } from "effect"
import { Job, JobStore, Jobs, Tick } from "#adapter"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

type AnyJob = Job.Job<string, unknown, unknown, never>

const plain = (name: string): AnyJob => Job.make(name, Effect.void).pipe(Job.every("1 minute"), Job.parallel)

const keyed = (name: string, keys: ReadonlyArray<string>): AnyJob =>
  Job.make(name, { keys: Effect.succeed([...keys]), refresh: "1 day" }, () => Effect.void).pipe(
    Job.every("1 minute"),
    Job.parallel
  )

const range = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Each after the one before. */
const chain = (count: number) => {
  const all: Array<AnyJob> = []
  for (const n of range(count)) {
    const before = all.at(-1)
    const job = plain(`job_${n}`)
    all.push(before === undefined ? job : Job.after(job, [before]))
  }
  return all
}

/** Each of three jobs of a layer after all three of the layer before. */
const layers = (count: number) => {
  const all: Array<AnyJob> = []
  let before: ReadonlyArray<AnyJob> = []
  for (const layer of range(Math.floor(count / 3))) {
    before = range(3).map((n) => Job.after(plain(`job_${layer}_${n}`), before))
    all.push(...before)
  }
  return all
}

const star = (count: number) => {
  const others = range(count).map((n) => plain(`job_${n}`))
  return [...others, Job.after(plain("last"), others)]
}

const fan = (count: number) => {
  const first = plain("first")
  return [first, ...range(count).map((n) => Job.after(plain(`job_${n}`), [first]))]
}

const pairs = (count: number) => {
  const keys = range(count).map((n) => `peer ${n}`)
  const first = keyed("first", keys)
  return [first, Job.after(keyed("second", keys), [first])]
}

const halfShared = (count: number) => {
  const first = keyed(
    "first",
    range(count).map((n) => `peer ${n}`)
  )
  return [
    first,
    Job.after(
      keyed(
        "second",
        range(count).map((n) => `peer ${n + count / 2}`)
      ),
      [first]
    )
  ]
}

const cpuOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Measure.spent(effect), ({ cpu }) => cpu)

/** CPU time of the first ticks, and of an explanation of the last job. */
const costs = (jobs: ReadonlyArray<AnyJob>) =>
  Effect.gen(function* () {
    const { clock, goOn } = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const registry = Jobs.make(...(jobs as ReadonlyArray<AnyJob> & ReadonlyArray<never>))
    const tick = Effect.suspend(() => {
      goOn(60_000)
      return Tick.once
    })
    const last = jobs.at(-1) ?? plain("none")
    return yield* Effect.gen(function* () {
      return {
        ticks: yield* cpuOf(Measure.repeated(3, tick)),
        explain: yield* cpuOf(Effect.ignore(Tick.explain(last)))
      }
    }).pipe(
      Effect.provide(Layer.fresh(Tick.layer(registry).pipe(Layer.provide(JobStore.layerMemory)))),
      Effect.withClock(clock)
    )
  })

const measure = (count: number) =>
  Effect.gen(function* () {
    const row = yield* costs(chain(count))
    const layered = yield* costs(layers(count))
    const ticks = (jobs: ReadonlyArray<AnyJob>) => Effect.map(costs(jobs), ({ ticks }) => ticks)
    return {
      chain: row.ticks,
      explainChain: row.explain,
      layers: layered.ticks,
      explainLayers: layered.explain,
      star: yield* ticks(star(count)),
      fan: yield* ticks(fan(count)),
      pairs: yield* ticks(pairs(4 * count)),
      halfShared: yield* ticks(halfShared(4 * count))
    }
  })

export const rows = Growth.rows({
  sizes: [500, 1000, 2000, 4000],
  rows: {
    chain: { what: "three ticks, n jobs in a chain", unit: "ms", order: "n log n" },
    explainChain: { what: "explain the last of n jobs in a chain", unit: "ms", order: "n log n" },
    layers: { what: "three ticks, n jobs in layers of three, each after three", unit: "ms", order: "n log n" },
    explainLayers: { what: "explain the last of n jobs in layers", unit: "ms", order: "n log n" },
    star: { what: "three ticks, one job after n", unit: "ms", order: "n log n" },
    fan: { what: "three ticks, n jobs after one", unit: "ms", order: "n log n" },
    pairs: { what: "three ticks, 4n keys after the same 4n keys", unit: "ms", order: "n log n" },
    halfShared: { what: "three ticks, 4n keys after 4n, half of them the same", unit: "ms", order: "n log n" }
  },
  measure
})
