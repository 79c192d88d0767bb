/**
 * Exports what Effect traces, measures and logs to the console or, over OTLP, to a collector. It knows nothing of jobs.
 */
import { NodeSdk, Otlp } from "@effect/opentelemetry"
import { FetchHttpClient } from "@effect/platform"
import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Config, Effect, Layer, Option } from "effect"

export const resource = { serviceName: "tickwork-observed" }

const exportEveryMs = 5000

export const layerConsole = NodeSdk.layer(() => ({
  resource,
  spanProcessor: new SimpleSpanProcessor(new ConsoleSpanExporter()),
  metricReader: new PeriodicExportingMetricReader({
    exporter: new ConsoleMetricExporter(),
    exportIntervalMillis: exportEveryMs
  })
}))

/** Effect's own exporter: it needs no package of OpenTelemetry, and sends logs, too. */
export const layerOtlp = (baseUrl: string): Layer.Layer<never> =>
  Otlp.layerJson({ baseUrl, resource, metricsExportInterval: exportEveryMs }).pipe(Layer.provide(FetchHttpClient.layer))

const endpoint = Config.option(Config.nonEmptyString("OTEL_EXPORTER_OTLP_ENDPOINT"))

/** OTLP if `OTEL_EXPORTER_OTLP_ENDPOINT` is set, else the console. */
export const layer = Layer.unwrapEffect(
  Effect.map(endpoint, Option.match({ onNone: () => layerConsole, onSome: layerOtlp }))
)
