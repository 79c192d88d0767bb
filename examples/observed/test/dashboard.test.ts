/**
 * Every metric and label that the dashboard asks for is one that a tick has.
 */
import { readFileSync } from "node:fs"
import { describe, it } from "@effect/vitest"
import { Effect, Metric, type MetricPair, Predicate } from "effect"
import { TickMetrics } from "tickwork"
import { expect } from "vitest"

interface Dashboard {
  readonly panels: ReadonlyArray<{ readonly title: string; readonly targets: ReadonlyArray<{ readonly expr: string }> }>
  readonly templating: { readonly list: ReadonlyArray<{ readonly query: string }> }
}

const dashboard: Dashboard = JSON.parse(readFileSync(new URL("../dashboard.json", import.meta.url), "utf8"))

const asked = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => query)
].join("\n")

const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(/tickwork_\w+/g))

/** The names under which Prometheus has a metric. */
const namesOf = ({ metricKey }: MetricPair.MetricPair.Untyped): ReadonlyArray<string> => [
  metricKey.name,
  ...["bucket", "sum", "count"].map((part) => `${metricKey.name}_${part}`)
]

const tickMetrics = Effect.gen(function* () {
  // a metric is in the snapshot once it has been read
  for (const metric of Object.values(TickMetrics))
    if (Predicate.hasProperty(metric, Metric.MetricTypeId))
      yield* Metric.value(metric as Metric.Metric<unknown, unknown, unknown>)
  return (yield* Metric.snapshot).filter(({ metricKey }) => metricKey.name.startsWith("tickwork_"))
})

describe("the dashboard", () => {
  it.effect("asks for metrics that a tick has, and for each of them", () =>
    Effect.gen(function* () {
      const pairs = yield* tickMetrics
      const known = new Set(pairs.flatMap(namesOf))
      const names = namesIn(asked)
      expect([...names].filter((name) => !known.has(name))).toEqual([])
      const absent = pairs.filter((pair) => !namesOf(pair).some((name) => names.has(name)))
      expect(absent.map(({ metricKey }) => metricKey.name)).toEqual([])
    })
  )

  it("names no label that the metrics do not have", () => {
    const labels = new Set(
      [...asked.matchAll(/(\w+)(?:!?=~?)"|by \(([^)]*)\)/g)].flatMap(([, one, by]) => one ?? by?.split(", ") ?? [])
    )
    expect([...labels].filter((label) => !["job", "status", "verdict", "because", "le"].includes(label))).toEqual([])
  })
})
