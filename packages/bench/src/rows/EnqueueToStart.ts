/**
 * From the call that enqueues a run to the start of its body, 40 of them a second: in the process that runs it, and from
 * another process that runs nothing.
 */

import type { SqlClient } from "@effect/sql"
import { Effect, Fiber, type Layer, type Scope } from "effect"
import { Jobs, Tick, watch } from "#adapter"
import * as Beside from "../Beside.ts"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as Mail from "../Mail.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"
import * as Server from "../Server.ts"

const count = 100

const layerOf = (meeting: Mail.Meeting, jobs: Jobs.Jobs<never>) =>
  meeting.kind === "postgres" ? Server.tick(meeting.schema, jobs, { watch }) : File.tick(meeting.file, jobs, { watch })

/** How long each run waited. */
const measured = (meeting: Mail.Meeting, from: "here" | "beside") =>
  Effect.gen(function* () {
    const waited: Array<number> = []
    const job = Mail.make((ms) => waited.push(ms))
    const layer: Layer.Layer<Tick.Tick | SqlClient.SqlClient, File.Failure> = layerOf(meeting, Jobs.make(job))
    const all = Effect.repeat(Effect.sleep(50), { until: () => waited.length >= count })
    return yield* Effect.gen(function* () {
      const running = yield* Effect.fork(Tick.run)
      yield* Effect.sleep(300)
      yield* from === "here"
        ? Mail.openLoop((at) => Tick.enqueue(job, { at }))
        : Beside.run("enqueuing", JSON.stringify(meeting))
      yield* Effect.timeoutOption(all, "3 seconds")
      yield* Fiber.interrupt(running)
      return waited.length === count ? waited : yield* Effect.dieMessage(`${waited.length} of ${count} runs started`)
    }).pipe(Effect.provide(layer))
  })

const row = (on: string, meeting: Effect.Effect<Mail.Meeting, unknown, Scope.Scope>, from: "here" | "beside") =>
  Effect.gen(function* () {
    const waited = yield* measured(yield* meeting, from)
    return Row.make({
      what: `enqueue to start on ${on}, ${from === "here" ? "same" : "other"} process, p99`,
      unit: "ms",
      better: "less",
      ours: Measure.percentile(waited, 0.99),
      goal: Goal.atMost(from === "here" ? 5 : 20, "ms")
    })
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ postgres }) => {
  const sqlite = Effect.map(File.make(), (file) => ({ kind: "sqlite" as const, file }))
  const server =
    postgres === null ? null : Effect.map(Server.make(postgres), (schema) => ({ kind: "postgres" as const, schema }))
  return Effect.all([
    row("SQLite", sqlite, "here"),
    row("SQLite", sqlite, "beside"),
    ...(server === null ? [] : [row("PostgreSQL", server, "here"), row("PostgreSQL", server, "beside")])
  ])
}
