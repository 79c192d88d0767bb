/** Timelines to draw and to ask: made of a few jobs on plain grids, with the accounts that belong to them. */

import { Timeline } from "@tickwork/simulation"
import * as Entries from "@tickwork/test-support/Entries"
import { FastCheck as fc } from "effect"

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export interface Sample {
  readonly name: string
  readonly priority?: number
  readonly everyMs: number
  readonly takesMs?: number
  /** Every so many-th run fails; the third in a row alerts. */
  readonly failsEach?: number
  /** Fails in a part of the span: shares of it, from 0 to 1. */
  readonly failsWithin?: readonly [number, number]
  /** Its condition is false but for each so many-th instant. */
  readonly holdsEach?: number
}

export const entry = (
  fields: Partial<Timeline.Entry> & Pick<Timeline.Entry, "jobName" | "startedAt">
): Timeline.Entry => Entries.of({ scheduledAt: fields.startedAt, lastAt: fields.startedAt, ...fields })

export const empty = (from: number, to = from): Timeline.Timeline => ({
  from,
  to,
  seed: 42,
  zone: "UTC",
  jobs: [],
  runs: [],
  skips: [],
  controls: [],
  alarms: [],
  wakeUps: 0,
  idleWakeUps: 0,
  busyMs: 0,
  downtime: [],
  outages: [],
  jumps: [],
  everyTick: { everyMs: minute, runs: 0, wakeUps: 0, busyMs: 0 },
  cost: Timeline.defaultCost
})

export const account = (fields: Partial<Timeline.JobAccount> & { readonly jobName: string }): Timeline.JobAccount => ({
  priority: 5,
  runs: 0,
  retries: 0,
  errors: 0,
  skips: [],
  missed: 0,
  alerts: 0,
  wakeUps: 0,
  busyMs: 0,
  lateness: { p50: 0, p95: 0, p99: 0, max: 0 },
  worstWaitMs: 0,
  ...fields
})

/** What one job would do, nothing in its way but downtime. */
const ofJob = (sample: Sample, { downtime, from, to }: Timeline.Timeline) => {
  const { everyMs, failsEach = 0, failsWithin = [2, 2], holdsEach = 1, name, takesMs = 20 } = sample
  const runs: Array<Timeline.Entry> = []
  const skips: Array<Timeline.Entry> = []
  const alarms: Array<Timeline.Alarm> = []
  let failures = 0
  for (let at = from + everyMs, n = 1; at < to; at += everyMs, n++) {
    const down = downtime.find((span) => at >= span.from && at < span.to)
    const seq = runs.length + skips.length + 1
    const last = skips.at(-1)
    const skip = (why: Partial<Timeline.Entry>, lastAt: number) => {
      if (last !== undefined && last.seq === seq - 1 && last.reason === why.reason) {
        skips[skips.length - 1] = { ...last, count: last.count + 1, lastAt }
      } else skips.push(entry({ jobName: name, seq, ...why, scheduledAt: at, startedAt: lastAt, lastAt }))
    }
    if (down !== undefined) skip(Entries.down, down.to)
    else if (n % holdsEach !== 0) skip(Entries.conditionFalse(`${name} has something to do`), at)
    else {
      const share = (at - from) / (to - from)
      const fails = (failsEach > 0 && n % failsEach === 0) || (share >= failsWithin[0] && share < failsWithin[1])
      failures = fails ? failures + 1 : 0
      runs.push(
        entry({
          ...{ jobName: name, seq, startedAt: at, scheduledAt: at, durationMs: takesMs },
          ...(fails ? { status: "error", error: "HttpError: 503 from the relay" } : {})
        })
      )
      if (failures === 3) {
        alarms.push({
          at: at + takesMs,
          kind: "alert",
          jobName: name,
          key: "",
          failures,
          error: "HttpError: 503 from the relay"
        })
      }
    }
  }
  const missed = skips.filter(({ verdict }) => verdict === "missed").reduce((sum, { count }) => sum + count, 0)
  const reasons = new Map<string, Timeline.JobAccount["skips"][number]>()
  for (const { count, reason, verdict } of skips) {
    const known = reasons.get(reason ?? "")?.count ?? 0
    reasons.set(reason ?? "", { verdict, reason: reason ?? "", count: known + count })
  }
  return {
    runs,
    skips,
    alarms,
    account: account({
      jobName: name,
      priority: sample.priority ?? 5,
      runs: runs.length,
      errors: runs.filter(({ status }) => status !== "success").length,
      skips: [...reasons.values()],
      missed,
      alerts: alarms.length,
      wakeUps: runs.length,
      busyMs: runs.length * takesMs,
      lateness: { p50: 1, p95: 1, p99: takesMs, max: takesMs * 3 },
      worstWaitMs: takesMs * 2
    })
  }
}

/** Jobs on grids from the beginning of a span, as though each woke the machine alone. */
export const of = (base: Timeline.Timeline, samples: ReadonlyArray<Sample>): Timeline.Timeline => {
  const all = samples.map((sample) => ofJob(sample, base))
  const runs = all.flatMap(({ runs }) => runs)
  const jobs = all.map(({ account }) => account)
  const busyMs = jobs.reduce((sum, job) => sum + job.busyMs, 0)
  const ticks = Math.floor((base.to - base.from) / minute)
  return {
    ...base,
    jobs,
    runs,
    skips: all.flatMap(({ skips }) => skips),
    alarms: all.flatMap(({ alarms }) => alarms),
    wakeUps: runs.length,
    busyMs,
    everyTick: {
      everyMs: minute,
      runs: ticks * samples.length,
      wakeUps: ticks,
      busyMs: samples.reduce((sum, { takesMs = 20 }) => sum + takesMs * ticks, 0)
    }
  }
}

const instant = (iso: string) => Date.parse(iso)

/** A quiet day of five jobs. */
export const quietDay = (): Timeline.Timeline =>
  of({ ...empty(instant("2026-03-02T23:00:00Z"), instant("2026-03-03T23:00:00Z")), zone: "Europe/Berlin" }, [
    { name: "sync_receive", priority: 1, everyMs: 30 * minute, takesMs: 40 * second },
    { name: "prekey_replenishment", priority: 2, everyMs: hour, takesMs: 3 * second, holdsEach: 4 },
    { name: "purge_expired", everyMs: 6 * hour, takesMs: 12 * second },
    { name: "backup", priority: 8, everyMs: 11 * hour, takesMs: 95 * minute },
    { name: "report", priority: 10, everyMs: 5 * hour, takesMs: minute, failsEach: 3 }
  ])

/** A month of 518,400 runs and a few more. */
export const busyMonth = (): Timeline.Timeline =>
  of({ ...empty(instant("2026-06-01T00:00:00Z"), instant("2026-07-01T00:00:00Z")) }, [
    { name: "sync_send", priority: 1, everyMs: 5 * second, takesMs: 12, failsWithin: [0.61, 0.64] },
    { name: "sync_receive", priority: 1, everyMs: 30 * second, takesMs: 40, failsEach: 900 },
    { name: "prekey_replenishment", priority: 2, everyMs: hour, takesMs: 800, holdsEach: 9 },
    { name: "purge_expired", everyMs: day, takesMs: 12 * second },
    { name: "backup", priority: 8, everyMs: 7 * day, takesMs: 3 * hour }
  ])

/** A week in which the clock on the wall is moved, the process was down, the store was out, and the clock jumped. */
export const roughWeek = (): Timeline.Timeline => {
  const from = instant("2026-03-23T23:00:00Z")
  return of(
    {
      ...empty(from, from + 7 * day - hour),
      zone: "Europe/Berlin",
      downtime: [{ from: from + 1.2 * day, to: from + 1.2 * day + 9 * hour }],
      outages: [{ from: from + 3 * day, to: from + 3 * day + 2 * hour }],
      jumps: [
        { at: from + 2.4 * day, byMs: 2 * hour },
        { at: from + 6.1 * day, byMs: -30 * minute }
      ]
    },
    [
      { name: "sync_send", priority: 1, everyMs: minute, takesMs: 400, failsWithin: [0.4, 0.44] },
      { name: "prekey_replenishment", priority: 2, everyMs: hour, takesMs: 3 * second, holdsEach: 5 },
      { name: "purge_expired", everyMs: day / 2, takesMs: 20 * minute, failsEach: 4 },
      { name: "vacuum", priority: 9, everyMs: 2 * day, takesMs: 2 * hour }
    ]
  )
}

/** Forty jobs, many of them named alike. */
export const manyJobs = (jobs = 40): Timeline.Timeline =>
  of(
    { ...empty(instant("2026-05-04T00:00:00Z"), instant("2026-05-06T12:00:00Z")), zone: "America/New_York" },
    Array.from({ length: jobs }, (_, n) => ({
      name: `maintenance_of_the_outgoing_queue_${n}`,
      priority: 1 + (n % 10),
      everyMs: (1 + ((n * 7) % 50)) * (n % 5 === 0 ? minute : 20 * minute),
      takesMs: 30 * second,
      failsEach: n % 6 === 0 ? 5 : 0,
      holdsEach: 1 + (n % 4)
    }))
  )

const name = fc.oneof(
  fc.fullUnicodeString({ minLength: 1, maxLength: 40 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom("\u001b[31mred", "a\tb\nc", "日本語のジョブ", "‮reversed", "sync 👨‍👩‍👧", "e\u0301".repeat(30))
)

/** Any timeline: odd names, times outside the span, spans of no length. */
export const any: fc.Arbitrary<Timeline.Timeline> = fc
  .record({
    from: fc.integer({ min: 0, max: 2e12 }),
    length: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 400 * day })),
    zone: fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/St_Johns",
      "Australia/Lord_Howe",
      "+05:30",
      "Nowhere/At_All"
    ),
    names: fc.uniqueArray(name, { maxLength: 8 }),
    random: fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  })
  .map(({ from, length, names, random, zone }): Timeline.Timeline => {
    const roll = (sides: number) => Math.floor((random.next().value ?? 0) * sides)
    const at = () => from + roll(length + 1)
    const list = <A>(atMost: number, make: () => A): ReadonlyArray<A> => Array.from({ length: roll(atMost + 1) }, make)
    const span = () => {
      const start = at()
      return { from: start, to: start + roll(length + 1) }
    }
    const jobName = () => names[roll(names.length)] ?? "unknown"
    const status = () => (["success", "error", "timeout", "interrupted"] as const)[roll(4)] ?? "success"
    const ran = () => {
      const startedAt = at() + (roll(9) === 0 ? 1e6 : 0)
      return entry({ jobName: jobName(), status: status(), startedAt, lastAt: startedAt, durationMs: roll(length + 9) })
    }
    const skipped = () => {
      const startedAt = at()
      const why = roll(2) === 0 ? Entries.down : Entries.conditionFalse(`${jobName()} waits`)
      const lastAt = startedAt + roll(length)
      return entry({ jobName: jobName(), ...why, startedAt, lastAt, count: 1 + roll(2_000_000) })
    }
    return {
      ...empty(from, from + length),
      zone,
      jobs: names.map((jobName) =>
        account({
          jobName,
          runs: roll(2_000_000),
          errors: roll(900),
          skips: list(3, () => ({
            verdict: "condition-false" as const,
            reason: `${jobName} \u0000`,
            count: roll(10_000)
          })),
          missed: roll(100),
          wakeUps: roll(1e6) / 7,
          busyMs: roll(1e9),
          lateness: { p50: roll(100), p95: roll(1000), p99: roll(1e5), max: roll(1e7) },
          worstWaitMs: roll(1e8)
        })
      ),
      runs: list(60, ran),
      skips: list(20, skipped),
      alarms: list(6, () => ({
        at: at(),
        kind: "alert" as const,
        jobName: jobName(),
        key: jobName(),
        failures: 3,
        error: jobName()
      })),
      downtime: list(30, span),
      outages: list(3, span),
      jumps: list(3, () => ({ at: at(), byMs: roll(1e7) - 5e6 })),
      wakeUps: roll(1e6),
      everyTick: { everyMs: minute, runs: roll(1e6), wakeUps: roll(1e6), busyMs: roll(1e9) }
    }
  })
