/** The partition of an instance: the same for ever, and one for all that may wait for one another. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Layer } from "effect"
import { Placement } from "tickwork"
import * as Partition from "../src/internal/plan/Partition.ts"

type Kind = "keyed" | "payload" | "plain"

const kinds = ["keyed", "payload", "plain"] as const

/** Jobs that come after some of those before them; none comes after one with a payload. */
const registries = fc
  .array(fc.record({ kind: fc.constantFrom(...kinds), after: fc.array(fc.nat(11), { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 12
  })
  .map((jobs) =>
    jobs.map(({ after, kind }, index) => ({
      name: `job-${index}`,
      kind,
      keys: kind === "keyed" ? ({ list: Effect.succeed([]), refresh: 1000, atMost: 9 } as const) : null,
      payload: kind === "payload" ? ({} as never) : null,
      after: [...new Set(after)]
        .filter((other) => other < index && jobs[other]?.kind !== "payload")
        .map((other) => ({ jobName: `job-${other}`, on: "success" as const, sameTick: false }))
    }))
  )

const keyOf = (kind: Kind, key: string) => (kind === "plain" ? "" : key)

const key = fc.string({ minLength: 1, maxLength: 8 })

describe("partitions", () => {
  it("are those of these keys in every release", () => {
    const keys = ["", "a", "b", "peer-1", "peer-2", "ada", "grace", "müller", "🔑", "x".repeat(200)]
    assert.deepStrictEqual(keys.map(Placement.partitionOf), [0, 435, 562, 808, 533, 526, 867, 996, 780, 1009])
  })

  it("divide keys evenly, also such as differ in one digit or are doubled", () => {
    const of = {
      numbers: (n: number) => `peer-${n}`,
      doubled: (n: number) => String.fromCharCode(0x4e00 + n).repeat(2),
      padded: (n: number) => `${n}`.padStart(12, "0")
    }
    for (const [name, keyOf] of Object.entries(of)) {
      const counts = Array.from({ length: 8 }, () => 0)
      for (let n = 0; n < 8000; n++) {
        const share = Placement.partitionOf(keyOf(n)) % 8
        counts[share] = (counts[share] ?? 0) + 1
      }
      assert.isTrue(
        counts.every((count) => count > 850 && count < 1150),
        `${name}: ${counts}`
      )
    }
  })

  it("hold all that may wait for one another in one", () => {
    fc.assert(
      fc.property(registries, key, key, (jobs, one, other) => {
        const { of } = Partition.of(jobs)
        const byName = new Map(jobs.map((job) => [job.name, job]))
        for (const { after, kind, name } of jobs) {
          for (const { jobName } of after) {
            const dependency = byName.get(jobName)
            if (dependency === undefined) continue
            const own = of({ jobName: name, key: keyOf(kind, one) })
            // a job with keys waits for the same key of another one, and every other job for all keys
            const keys = kind === "keyed" && dependency.kind === "keyed" ? [one] : [one, other]
            for (const key of keys)
              assert.strictEqual(of({ jobName, key: keyOf(dependency.kind, key) }), own, `${name} after ${jobName}`)
          }
        }
      }),
      { numRuns: 500 }
    )
  })

  it("are those of the key, unless a linked job has none", () => {
    fc.assert(
      fc.property(registries, key, (jobs, key) => {
        const { linked, of, pinned } = Partition.of(jobs)
        for (const { kind, name } of jobs) {
          const others = linked(name).map((name) => jobs.find((job) => job.name === name)?.kind)
          const isMixed = others.length > 1 && others.some((kind) => kind !== "keyed")
          assert.strictEqual(pinned.has(name), isMixed && kind !== "plain")
          const partition = isMixed || kind === "plain" ? 0 : Placement.partitionOf(key)
          assert.strictEqual(of({ jobName: name, key: keyOf(kind, key) }), partition)
        }
      }),
      { numRuns: 500 }
    )
  })
})

describe("a fixed placement", () => {
  const owned = (k: number, n: number) =>
    Effect.map(Effect.provide(Placement.Placement, Placement.fixed(k, n)), ({ owns }) =>
      Array.from({ length: Placement.partitions }, (_, n) => n).filter(owns)
    )

  it.effect("gives each partition to one of the processes", () =>
    Effect.gen(function* () {
      for (const n of [1, 2, 3, 7, 1024]) {
        const all = yield* Effect.forEach(
          Array.from({ length: n }, (_, k) => k),
          (k) => owned(k, n)
        )
        assert.deepStrictEqual(
          all.flat().sort((a, b) => a - b),
          Array.from({ length: 1024 }, (_, n) => n)
        )
      }
    })
  )

  it.effect("gives all of them to a process without one", () =>
    Effect.map(Placement.Placement, (placement) => {
      assert.strictEqual(placement, Placement.all)
      assert.isTrue(placement.owns(0) && placement.owns(1023))
    })
  )

  it.effect("refuses wrong numbers with the cure", () =>
    Effect.gen(function* () {
      const messageOf = (k: number, n: number) =>
        Effect.map(Effect.flip(Effect.scoped(Layer.build(Placement.fixed(k, n)))), ({ message }) => message)
      assert.strictEqual(
        yield* messageOf(2, 2),
        "Placement.fixed: k must be an integer from 0 to 1, got 2. It is the number of this process, counted from 0."
      )
      assert.strictEqual(
        yield* messageOf(0, 0),
        "Placement.fixed: n must be an integer from 1 to 1024, got 0. It is how many processes share the partitions."
      )
      for (const [k, n] of [
        [-1, 2],
        [0.5, 2],
        [Number.NaN, 2],
        [0, 1025],
        [0, Number.NaN]
      ] as const)
        assert.match(yield* messageOf(k, n), /must be an integer/)
    })
  )
})
