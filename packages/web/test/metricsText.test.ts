/**
 * Metrics in the text format of Prometheus.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Metric, MetricBoundaries } from "effect"
import * as MetricsText from "../src/internal/MetricsText.ts"

const textOf = Effect.map(Metric.snapshot, (pairs) =>
  MetricsText.of(pairs.filter(({ metricKey }) => metricKey.name.startsWith("web_test")))
)

describe("the text of metrics", () => {
  it.effect("has each family once, with its help, its type and its labels", () =>
    Effect.gen(function* () {
      const runs = Metric.counter("web_test.runs", { description: "a\nb\\c" })
      yield* Metric.increment(Metric.tagged(runs, "job", `a"b\n\\`))
      yield* Metric.increment(Metric.tagged(runs, "job", "other"))
      yield* Metric.set(Metric.gauge("web_test_running"), 2)
      const took = Metric.histogram("web_test_took", MetricBoundaries.fromIterable([0.1, 1]))
      for (const seconds of [0.05, 0.5, 5]) yield* Metric.update(took, seconds)
      expect((yield* textOf).split("\n")).toEqual([
        "# TYPE web_test_running gauge",
        "web_test_running 2",
        "# HELP web_test_runs a\\nb\\\\c",
        "# TYPE web_test_runs counter",
        `web_test_runs{job="a\\"b\\n\\\\"} 1`,
        `web_test_runs{job="other"} 1`,
        "# TYPE web_test_took histogram",
        `web_test_took_bucket{le="0.1"} 1`,
        `web_test_took_bucket{le="1"} 2`,
        `web_test_took_bucket{le="+Inf"} 3`,
        "web_test_took_sum 5.55",
        "web_test_took_count 3",
        ""
      ])
    })
  )
})
