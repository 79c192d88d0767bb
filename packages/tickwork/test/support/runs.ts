import { FastCheck as fc } from "effect"
import { JobRun } from "tickwork"

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 })
const text = fc.option(fc.string())
const positive = fc.integer({ min: 1, max: 1000 })
const cadence = fc.record({
  definition: fc.string(),
  anchor: instant,
  seed: fc.nat(),
  steps: fc.nat(),
  state: fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)))
})

/** A line of the log, each field on its own. */
export const run: fc.Arbitrary<JobRun.JobRun> = fc.record({
  jobName: fc.constant("purge"),
  key: fc.constant(""),
  seq: positive,
  status: fc.constantFrom(...JobRun.Status.literals),
  trigger: fc.constantFrom("schedule" as const, "retry" as const, "missed" as const),
  attempt: positive,
  scheduledAt: instant,
  startedAt: instant,
  lastAt: instant,
  durationMs: fc.nat(),
  error: text,
  reason: text,
  count: positive,
  nextAt: fc.option(instant),
  nextScheduledAt: fc.option(instant),
  nextAttempt: positive,
  cadence
})

export const log = fc.array(run, { maxLength: 12 })
