/**
 * Runs the public store laws against a store, one test for each law. It adds no law.
 */
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { JobLog, JobStore } from "tickwork"
import { StoreLaws } from "tickwork/testing"

/** Each law but some on a new store, on the real clock, since a server takes real time. */
export const hold = <E>(
  store: Layer.Layer<JobStore.JobStore | JobLog.JobLog, E>,
  except: ReadonlyArray<string> = []
): void => {
  for (const [promise, law] of Object.entries(StoreLaws.laws)) {
    if (!except.includes(promise)) it.live(promise, () => Effect.provide(law, Layer.fresh(store)))
  }
}
