/**
 * Effect's metrics in the text format of Prometheus. Pure.
 *
 * @internal
 */
import { type MetricPair, MetricState, Option } from "effect"

const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d)/, "_")

const escaped = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")

const labelOf = (name: string, value: string): string =>
  `${nameOf(name).replaceAll(":", "_")}="${escaped(value).replace(/"/g, '\\"')}"`

const labelled = (name: string, labels: ReadonlyArray<string>, value: number | bigint): string =>
  `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} ${number(value)}`

const number = (value: number | bigint): string =>
  value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value)

interface Family {
  readonly type: "counter" | "gauge" | "histogram" | "summary"
  readonly help: string
  readonly samples: Array<string>
}

interface Sampled {
  readonly type: Family["type"]
  readonly samples: ReadonlyArray<string>
}

const sampled = (
  name: string,
  labels: ReadonlyArray<string>,
  state: MetricState.MetricState.Untyped
): Sampled | null => {
  if (MetricState.isCounterState(state))
    return { type: "counter", samples: [labelled(name, labels, state.count as number | bigint)] }
  if (MetricState.isGaugeState(state))
    return { type: "gauge", samples: [labelled(name, labels, state.value as number | bigint)] }
  if (MetricState.isHistogramState(state)) {
    const buckets = [...state.buckets, [Number.POSITIVE_INFINITY, state.count] as const].filter(
      ([bound], index, all) => index === 0 || bound !== all[index - 1]?.[0]
    )
    return {
      type: "histogram",
      samples: [
        ...buckets.map(([bound, count]) => labelled(`${name}_bucket`, [...labels, `le="${number(bound)}"`], count)),
        labelled(`${name}_sum`, labels, state.sum),
        labelled(`${name}_count`, labels, state.count)
      ]
    }
  }
  if (MetricState.isFrequencyState(state))
    return {
      type: "counter",
      samples: [...state.occurrences].map(([key, count]) => labelled(name, [...labels, labelOf("key", key)], count))
    }
  if (MetricState.isSummaryState(state))
    return {
      type: "summary",
      samples: [
        ...state.quantiles.flatMap(([quantile, value]) =>
          Option.toArray(value).map((value) => labelled(name, [...labels, `quantile="${quantile}"`], value))
        ),
        labelled(`${name}_sum`, labels, state.sum),
        labelled(`${name}_count`, labels, state.count)
      ]
    }
  return null
}

/** All metrics, each family once, in the order of their names. */
export const of = (pairs: ReadonlyArray<MetricPair.MetricPair.Untyped>): string => {
  const families = new Map<string, Family>()
  for (const { metricKey, metricState } of pairs) {
    const name = nameOf(metricKey.name)
    const labels = metricKey.tags.map(({ key, value }) => labelOf(key, value))
    const found = sampled(name, labels.sort(), metricState)
    if (found === null) continue
    const family = families.get(name) ?? {
      type: found.type,
      help: Option.getOrElse(metricKey.description, () => ""),
      samples: []
    }
    // one name is one type: what another library calls the same is left out
    if (family.type === found.type) family.samples.push(...found.samples)
    families.set(name, family)
  }
  return [...families]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { help, samples, type }]) =>
      [...(help === "" ? [] : [`# HELP ${name} ${escaped(help)}`]), `# TYPE ${name} ${type}`, ...samples, ""].join("\n")
    )
    .join("")
}
