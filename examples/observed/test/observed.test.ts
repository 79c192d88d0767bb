import { NodeSdk } from "@effect/opentelemetry"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Fiber, Layer } from "effect"
import { JobLog, LogEntry, Run, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { expect } from "vitest"
import * as Cache from "../src/Cache.ts"
import { jobs } from "../src/Registry.ts"
import * as Telemetry from "../src/Telemetry.ts"

/** 2026-01-01T00:00:00Z */
const start = 1_767_225_600_000

/** The numbers of OpenTelemetry, whose enumeration is not an ES module. */
const status = { ok: 1, error: 2 }

const exporters = () => {
  const spans = new InMemorySpanExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })
  const layer = NodeSdk.layer(() => ({
    resource: Telemetry.resource,
    spanProcessor: new SimpleSpanProcessor(spans),
    metricReader: reader
  }))
  // an exporter drops everything when it shuts down
  const exported = Effect.promise(async () => {
    await reader.forceFlush()
    const all = metrics
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
    const points = <A>(name: string) =>
      all
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as ReadonlyArray<DataPoint<unknown>> as ReadonlyArray<DataPoint<A>>)
    return { points, spans: spans.getFinishedSpans() }
  })
  return { layer, exported }
}

const store = Layer.unwrapScoped(
  Effect.gen(function* () {
    const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
      fs.makeTempDirectoryScoped({ prefix: "observed-" })
    )
    return SqlJobStore.layerSqlite({ filename: `${folder}/jobs.db` })
  })
)

const isRun = ({ name }: ReadableSpan) => name.startsWith("run ")

const isOf = (run: LogEntry.LogEntry) => (span: ReadableSpan) =>
  span.attributes["tickwork.run_key"] === Run.keyOf(run.jobName, run.key, run.scheduledAt, run.trigger) &&
  span.attributes["tickwork.attempt"] === run.attempt

describe("three jobs, half a minute", () => {
  const { exported, layer } = exporters()

  const lived = Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const running = yield* Effect.fork(Tick.run)
    yield* time.settle
    yield* time.advance("30 seconds")
    yield* time.until(Fiber.interrupt(running))
    const log = yield* Effect.flatMap(JobLog.JobLog, (log) => log.entries({ limit: 1000 }))
    return { log, ...(yield* exported) }
  }).pipe(
    Effect.provide(
      Tick.layer(jobs).pipe(
        Layer.provideMerge(store),
        Layer.provide(Cache.layer),
        Layer.provideMerge(layer),
        Layer.provideMerge(TestTime.layer({ start, seed: "observed" })),
        Layer.provide(NodeContext.layer)
      )
    )
  )

  // metrics belong to the process, so the half minute passes once
  const halfMinute = Effect.runSync(Effect.cached(lived))

  it.effect("are exported as a span for each run and with the counts of the log", () =>
    Effect.gen(function* () {
      const { log, points, spans } = yield* halfMinute
      const runs = log.filter(LogEntry.ran)

      expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(["success", "error"]))
      expect(spans.filter(isRun)).toHaveLength(runs.length)
      for (const run of runs) {
        const [span, ...others] = spans.filter(isOf(run))
        expect(others).toEqual([])
        expect(span).toMatchObject({
          name: `run ${run.jobName}`,
          attributes: {
            "tickwork.job": run.jobName,
            "tickwork.key": run.key,
            "tickwork.trigger": run.trigger,
            "tickwork.scheduled_at": new Date(run.scheduledAt).toISOString(),
            "tickwork.late_ms": run.startedAt - run.scheduledAt,
            "tickwork.status": run.status
          },
          status: { code: run.status === "success" ? status.ok : status.error }
        })
        expect(span?.parentSpanContext).toBeUndefined()
      }

      const counted = points<number>("tickwork_runs_total")
      for (const { attributes, value } of counted) {
        const { job, status: ended } = attributes
        expect(value).toBe(runs.filter((run) => run.jobName === job && run.status === ended).length)
      }
      expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(runs.length)

      const lateness = points<Histogram>("tickwork_run_lateness_seconds")
      expect(lateness.reduce((sum, { value }) => sum + value.count, 0)).toBe(
        runs.filter(({ attempt }) => attempt === 1).length
      )
      expect(points<number>("tickwork_skipped_total")).toMatchObject([
        {
          attributes: { job: "clear_cache", verdict: "condition-false" },
          value: log.filter(({ status }) => status === "skipped").reduce((sum, { count }) => sum + count, 0)
        }
      ])
    })
  )

  it.effect("have their own spans below the span of their run, which has the status of its failure", () =>
    Effect.gen(function* () {
      const { spans } = yield* halfMinute
      const failed = spans.filter((span) => isRun(span) && span.status.code === status.error)
      expect(failed.length).toBeGreaterThan(0)
      for (const span of failed) {
        expect(span.status.message).toMatch(/^The feed (news|weather) does not answer$/)
        const inner = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId)
        expect(inner.map((each) => [each.name, each.status.code])).toEqual([["download", status.error]])
      }
      const downloads = spans.filter(({ name }) => name === "download")
      expect(downloads.every(({ parentSpanContext }) => parentSpanContext !== undefined)).toBe(true)
    })
  )
})
