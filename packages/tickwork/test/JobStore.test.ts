import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JobStore } from "tickwork"
import { StoreLaws } from "tickwork/testing"

describe("JobStore in memory", () => {
  for (const [promise, law] of Object.entries(StoreLaws.laws)) {
    it.effect(promise, () => Effect.provide(law, JobStore.layerMemory))
  }
})
