import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc } from "effect"
import { Decision, Explanation, Job, Jobs } from "tickwork"

const { hour, minute } = Bench
const day = 24 * hour

/** A table of the application: the cadence of each key. */
const table = (rows: Record<string, unknown>) => {
  const starts: Record<string, Array<number>> = {}
  const keys = Effect.sync(() =>
    Object.entries(rows).map(([key, cadence]) => ({ key, cadence: cadence as Job.Cadence }))
  )
  const digest = Job.make("digest", { keys }, ({ key, startedAt }) => {
    starts[key] = [...(starts[key] ?? []), (startedAt - Bench.start) / hour]
    return Effect.void
  }).pipe(Job.parallel)
  return { rows, starts, jobs: Jobs.make(digest), digest }
}

const nine = (zone: string) => ({ cron: "0 9 * * *", zone })

describe("a cadence for each key", () => {
  it.effect("runs each at nine in its own zone, each hour, or at an instant", () =>
    Effect.gen(function* () {
      const { jobs, starts } = table({
        ada: nine("Europe/London"),
        grace: nine("America/New_York"),
        mary: { every: "6 hours", from: "2026-03-02T00:00:00Z" },
        joan: { at: "2026-03-02T15:00:00Z" }
      })
      const { time } = yield* Bench.daemonOf(jobs)
      yield* time.advance(day)
      assert.deepStrictEqual(starts, { ada: [21], grace: [2], mary: [0, 6, 12, 18, 24], joan: [3] })
    }).pipe(Bench.run)
  )

  it.effect("is planned again for that key alone, from its last run, once its row has changed", () =>
    Effect.gen(function* () {
      const { jobs, rows, starts } = table({ ada: nine("UTC"), grace: nine("UTC") })
      const { store, time } = yield* Bench.daemonOf(jobs)
      yield* time.advance(day)
      rows.ada = { cron: "0 6 * * *" }
      yield* time.advance(day)
      assert.deepStrictEqual(starts, { ada: [21, 42], grace: [21, 45] })
      const changes = (yield* store.logOf("digest")).filter(({ status }) => status === "control")
      assert.lengthOf(changes, 1)
      assert.strictEqual(changes[0]?.key, "ada")
      assert.include(changes[0]?.reason, "became cron")
    }).pipe(Bench.run)
  )

  it.effect("that is wrong concerns its key alone: an event and explain say why, until it is mended", () =>
    Effect.gen(function* () {
      const { digest, jobs, rows, starts } = table({
        ada: nine("UTC"),
        grace: nine("UTC"),
        new: { cron: "0 25 * * *" }
      })
      const { events, tick, time } = yield* Bench.daemonOf(jobs)
      yield* time.advance(day)
      rows.ada = nine("Europe/Berln")
      yield* time.advance(day)
      const why = (key: string) =>
        Effect.map(tick.explain(digest, { key }), ({ decision }) => Decision.toText(decision))
      assert.include(yield* why("ada"), 'its cadence is invalid: zone must name a time zone, got "Europe/Berln"')
      assert.include(yield* why("ada"), 'Did you mean "Europe/Berlin"?')
      assert.include(yield* why("new"), "must have hours from 0 to 23, not 25")
      assert.match(Explanation.toText(yield* tick.explain(digest, { key: "ada" })), /[^.]\.$/)
      assert.deepStrictEqual(starts, { ada: [21], grace: [21, 45] })
      const told = events.flatMap((event) => (event._tag === "CadenceFailed" ? [event.key] : []))
      assert.deepStrictEqual(
        told,
        ["ada"],
        "of the other one the log has a warning: it was wrong before anyone could listen"
      )
      rows.ada = nine("Europe/Berlin")
      rows.new = { every: "1 hour", from: 0 }
      yield* time.advance(day)
      assert.deepStrictEqual(starts.ada, [21, 68])
      assert.deepStrictEqual(starts.grace, [21, 45, 69])
      assert.lengthOf(starts.new ?? [], 24)
    }).pipe(Bench.run)
  )

  it.effect("is waited for where no list can be had: what was planned by it stands", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      let isDown = false
      const keys = Effect.suspend(() =>
        isDown ? Effect.fail("no database") : Effect.succeed([{ key: "ada", cadence: nine("UTC") }])
      )
      const job = Job.make("digest", { keys }, ({ startedAt }) => {
        starts.push((startedAt - Bench.start) / hour)
        return Effect.void
      })
      const jobs = Jobs.make(job.pipe(Job.every("1 hour")))
      const { store } = yield* Effect.scoped(Bench.open(jobs))
      isDown = true
      const { tick, time } = yield* Bench.daemonOf(jobs, { store })
      yield* time.advance("2 hours")
      const { decision } = yield* tick.explain(job, { key: "ada" })
      assert.include(Decision.toText(decision), "its key is not listed, and brings its cadence")
      isDown = false
      yield* time.advance(day)
      assert.deepStrictEqual(starts, [21])
      assert.lengthOf(
        (yield* store.logOf("digest")).filter(({ status }) => status === "control"),
        0
      )
    }).pipe(Bench.run)
  )

  it.effect("goes before the job's own, which keys have that bring none", () =>
    Effect.gen(function* () {
      const starts: Array<string> = []
      const keys = Effect.succeed(["plain", { key: "ada", cadence: { every: "3 hours" } }])
      const body = ({ key, startedAt }: { readonly key: string; readonly startedAt: number }) =>
        Effect.sync(() => {
          starts.push(`${key} ${(startedAt - Bench.start) / hour}`)
        })
      const own = Job.make("own", { keys }, body).pipe(Job.every("2 hours"))
      const none = Job.make("none", { keys }, body)
      const { tick, time } = yield* Bench.daemonOf(Jobs.make(own, none))
      yield* time.advance("3 hours")
      assert.deepStrictEqual(starts.sort(), ["ada 0", "ada 0", "ada 3", "ada 3", "plain 0", "plain 2"])
      const { decision } = yield* tick.explain(none, { key: "plain" })
      assert.include(Decision.toText(decision), "it has no cadence: list its key with one, or give the job one")
    }).pipe(Bench.run)
  )

  it.effect("keeps the phase and the days that the job leaves out", () =>
    Effect.gen(function* () {
      const { digest, starts } = table({ ada: nine("UTC"), grace: nine("UTC") })
      const jobs = Jobs.make(
        digest.pipe(
          Job.spread("30 minutes"),
          Job.except(({ date }) => date === "2026-03-04")
        )
      )
      const { time } = yield* Bench.daemonOf(jobs)
      yield* time.advance(3 * day)
      for (const key of ["ada", "grace"]) {
        const [first = 0, second = 0, ...others] = starts[key] ?? []
        assert.isTrue(first >= 21 && first < 21.5, `${key} ${first}`)
        assert.closeTo(second - first, 48, 0.01)
        assert.lengthOf(others, 0)
      }
      assert.notStrictEqual(starts.ada?.[0], starts.grace?.[0])
    }).pipe(Bench.run)
  )

  it.effect("is agreed on by two processes: who lists a change first plans it, and the other follows", () =>
    Effect.gen(function* () {
      const { jobs, rows, starts } = table({ ada: nine("UTC") })
      const one = yield* Bench.daemonOf(jobs)
      const other = yield* Bench.daemonOf(jobs, { store: one.store.as("other") })
      yield* one.time.advance(minute)
      rows.ada = { cron: "0 15 * * *" }
      yield* one.time.advance(2 * day)
      assert.deepStrictEqual(starts.ada, [3, 27])
      const log = yield* one.store.logOf("digest")
      assert.lengthOf(
        log.filter(({ status }) => status === "control"),
        1
      )
      void other
    }).pipe(Bench.run)
  )

  const cadence: fc.Arbitrary<Job.Cadence> = fc.oneof(
    fc.integer({ min: 1, max: 30 }).map((hours) => ({ every: `${hours} hours`, from: 0 })),
    fc
      .tuple(fc.nat(59), fc.nat(23), fc.constantFrom("Asia/Tokyo", "America/New_York", "Europe/Berlin"))
      .map(([minutes, hours, zone]) => ({ cron: `${minutes} ${hours} * * *`, zone })),
    fc.integer({ min: 0, max: 2 * day }).map((after) => ({ at: Bench.start + after }))
  )

  it.effect.prop(
    "starts each key when a job of its own with that cadence starts",
    [fc.array(cadence, { minLength: 1, maxLength: 8 })],
    ([cadences]) =>
      Effect.gen(function* () {
        const { jobs, starts } = table(Object.fromEntries(cadences.map((cadence, n) => [`k${n}`, cadence])))
        const alone: Record<string, Array<number>> = {}
        const each = cadences.map((cadence, n) => {
          const job = Job.make(`k${n}`, ({ jobName, startedAt }) => {
            alone[jobName] = [...(alone[jobName] ?? []), (startedAt - Bench.start) / hour]
            return Effect.void
          }).pipe(Job.parallel)
          if ("cron" in cadence) return job.pipe(Job.cron(cadence.cron, cadence.zone))
          return "at" in cadence
            ? job.pipe(Job.at(cadence.at))
            : job.pipe(Job.every(cadence.every as "1 hour", { from: 0 }))
        })
        const { time } = yield* Bench.daemonOf(jobs)
        yield* Bench.daemonOf(Jobs.make(...(each as [])))
        yield* time.advance(2 * day)
        assert.deepStrictEqual(starts, alone)
      }).pipe(Bench.run),
    { fastCheck: { seed: 1, numRuns: 3 } }
  )
})
