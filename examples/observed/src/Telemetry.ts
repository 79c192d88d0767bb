/**
 * Where traces and metrics go: to the console, or to a collector over OTLP.
 *
 * It knows nothing of jobs: what Effect traces and counts is exported, a tick's runs and metrics among it.
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

/** By Effect's own exporter, which needs none of OpenTelemetry's packages; it sends what is logged, too. */
export const layerOtlp = (baseUrl: string): Layer.Layer<never> =>
  Otlp.layerJson({ baseUrl, resource, metricsExportInterval: exportEveryMs }).pipe(Layer.provide(FetchHttpClient.layer))

const endpoint = Config.option(Config.nonEmptyString("OTEL_EXPORTER_OTLP_ENDPOINT"))

/** Over OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` says whereto, else to the console. */
export const layer = Layer.unwrapEffect(
  Effect.map(endpoint, Option.match({ onNone: () => layerConsole, onSome: layerOtlp }))
)
