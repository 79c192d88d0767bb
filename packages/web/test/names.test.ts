/**
 * Jobs whose names are those of properties of every object.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Http from "./support/Http.ts"
import * as Server from "./support/Server.ts"

const names = ["constructor", "toString", "__proto__"]

const jobs = Jobs.make(...names.map((name) => Job.make(name, Effect.void).pipe(Job.every("1 hour"))))

it.scopedLive("a job with such a name that has not run yet is listed and shown", () =>
  Effect.gen(function* () {
    const services = yield* Layer.build(JobStore.layerMemory)
    // opened, and never run
    yield* Layer.build(Tick.layer(jobs)).pipe(
      Effect.provide([ManualClock.layer(0), Logger.remove(Logger.defaultLogger)]),
      Effect.provide(services)
    )
    const server = yield* Effect.provide(Server.serve(), services)
    for (const screen of ["", "job?job=__proto__", "timeline", "health"]) {
      const { status, text } = yield* Http.get(server, screen)
      expect(status).toBe(200)
      if (screen === "") for (const name of names) expect(text).toContain(name)
    }
  })
)
