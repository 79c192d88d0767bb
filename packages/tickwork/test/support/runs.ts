import { FastCheck as fc } from "effect"
import { LogEntry } from "tickwork"

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 })
const text = fc.option(fc.string())
const positive = fc.integer({ min: 1, max: 1000 })
const json = fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)))
const cadence = fc.record({
  definition: fc.string(),
  anchor: instant,
  seed: fc.nat(),
  steps: fc.nat(),
  state: json
})

const policy = fc.record({ definition: fc.string(), state: fc.constant(null) })
const retry = fc.record({ failure: policy, unexpected: policy, coveredUntil: instant }, { requiredKeys: [] })

const manual = fc.record({
  at: instant,
  by: fc.string(),
  why: fc.string(),
  nextAt: instant,
  attempt: positive,
  retry: fc.option(retry)
})

const position = fc.record({
  cadence,
  nextAt: fc.option(instant),
  scheduledAt: fc.option(instant),
  attempt: positive,
  retry: fc.option(retry),
  paused: fc.option(fc.record({ at: instant, by: fc.string(), why: fc.string() })),
  manual: fc.option(manual)
})

/** An entry of the log, each field on its own. */
export const run: fc.Arbitrary<LogEntry.LogEntry> = fc.record({
  jobName: fc.constant("purge"),
  key: fc.constant(""),
  seq: positive,
  status: fc.constantFrom(...LogEntry.Status.literals),
  verdict: fc.option(fc.constantFrom(...LogEntry.Verdict.literals)),
  missedBecause: fc.option(fc.constantFrom(...LogEntry.MissedBecause.literals)),
  trigger: fc.constantFrom("schedule" as const, "retry" as const, "missed" as const, "manual" as const),
  attempt: positive,
  scheduledAt: instant,
  startedAt: instant,
  lastAt: instant,
  durationMs: fc.nat(),
  error: text,
  reason: text,
  count: positive,
  position,
  memory: fc.option(fc.record({ value: json })),
  report: fc.option(fc.record({ value: json })),
  stack: text
})

export const log = fc.array(run, { maxLength: 12 })
