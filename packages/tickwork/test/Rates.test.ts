import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Effect } from "effect"
import { Job, JobState, Limit } from "tickwork"
import * as Definition from "../src/internal/Definition.ts"
import * as Instance from "../src/internal/engine/Instance.ts"
import { Rates } from "../src/internal/engine/Rates.ts"
import { register } from "../src/internal/plan/Registered.ts"

const job = Job.make("ping", { keys: Effect.succeed([]) }, () => Effect.void).pipe(
  Job.every("1 hour"),
  Job.limit(Limit.make("each", 2, { per: "1 minute", by: "key" }))
)
const registry = register(Definition.of(job))
const cadence = { definition: "every 3600000 ms", anchor: 0, seed: 0, steps: 0, state: null }

const instanceOf = (key: string) =>
  Instance.make(
    registry[0] as (typeof registry)[number],
    JobState.initial("ping", key, { state: cadence, nextAt: 0 }, 0)
  )

const run = (rates: Rates, instance: Instance.Instance, now: number) => {
  const reached = rates.take(instance, now)
  if (reached === null) rates.started(instance, now)
  return reached
}

describe("the windows of a rate by key", () => {
  it("are dropped once nothing counts in them, whichever keys run later", () => {
    const rates = new Rates(registry)
    for (const key of Arr.makeBy(1000, (n) => `k${n}`)) assert.isNull(run(rates, instanceOf(key), 0))
    assert.isAbove(rates.size, 990)
    const ada = instanceOf("ada")
    for (let minute = 1; minute <= 1010; minute++) assert.isNull(run(rates, ada, minute * 60_000))
    assert.strictEqual(rates.size, 1)
  })

  it("that still count stay, with what counts in them", () => {
    const rates = new Rates(registry)
    const ada = instanceOf("ada")
    for (const at of [0, 10_000]) assert.isNull(run(rates, ada, at))
    for (let n = 0; n < 50; n++) assert.isNull(run(rates, instanceOf(`k${n}`), 20_000))
    assert.deepStrictEqual(run(rates, ada, 30_000), { limit: "each", until: 60_000 })
    assert.isNull(run(rates, ada, 60_000))
  })

  it("of claims that never start are dropped with them", () => {
    const rates = new Rates(registry)
    const instances = Arr.makeBy(10, (n) => instanceOf(`k${n}`))
    for (const instance of instances) rates.take(instance, 0)
    for (const instance of instances) rates.dropped(instance)
    assert.strictEqual(rates.size, 0)
  })
})
