import type { HttpClient } from "@effect/platform"
import { Heartbeat } from "@tickwork/heartbeat"
import { Effect, type Layer, Redacted } from "effect"
import { Job, type Tick } from "tickwork"
import { describe, expect, test } from "tstyche"

const sync = Job.make("sync", Effect.void).pipe(Job.every("1 hour"))

describe("a heartbeat", () => {
  test("is that of a job by its value, not by its name", () => {
    expect(Heartbeat.job(sync, "https://localhost/a")).type.toBe<Heartbeat.Monitor>()
    expect(Heartbeat.job(sync, Redacted.make("https://localhost/a"), { key: "ada" })).type.toBe<Heartbeat.Monitor>()
    expect(Heartbeat.job).type.not.toBeCallableWith("sync", "https://localhost/a")
    expect(Heartbeat.job).type.not.toBeCallableWith(sync)
    expect(Heartbeat.tick).type.not.toBeCallableWith("https://localhost/a", { every: 5, key: "ada" })
  })

  test("needs the tick and an HTTP client, and nothing else", () => {
    expect(Heartbeat.layer([Heartbeat.tick("https://localhost/a")])).type.toBe<
      Layer.Layer<never, Heartbeat.HeartbeatError, Tick.Tick | HttpClient.HttpClient>
    >()
  })
})
