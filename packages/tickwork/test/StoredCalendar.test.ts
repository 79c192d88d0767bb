import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { Job, JobState } from "tickwork"
import * as Definition from "../src/internal/Definition.ts"
import { forKey, register } from "../src/internal/plan/Registered.ts"
import * as Cadence from "../src/internal/schedule/Cadence.ts"
import type * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as KeyCadence from "../src/internal/schedule/KeyCadence.ts"
import * as StoredCalendar from "../src/internal/schedule/StoredCalendar.ts"

const start = Date.parse("2026-03-02T12:00:00Z")

type Any = Job.Job<string, unknown, unknown, never, any>

const plain = Job.make("report", Effect.void)
const keyed = Job.make("report", { keys: Effect.succeed(["ada"]) }, () => Effect.void)

/** The calendar of an instance, and its first state. */
const planned = (job: Any, key = "", own?: Job.Cadence) => {
  const [made] = register(Definition.of(job))
  if (made === undefined) throw new Error("the job has a fault")
  const listed = own === undefined ? null : Either.mapLeft(KeyCadence.calendarOf(own), ({ reason }) => reason)
  const { cadence } = forKey(made, key, listed)
  const options = { now: start, seed: 0, input: undefined as never }
  const first = Effect.runSync(Cadence.begin(cadence, options) as Effect.Effect<Cadence.Planned, unknown>)
  return { cadence: cadence as Calendar.Calendar, state: JobState.initial("report", key, first, start) }
}

const instants = ({ next }: Calendar.Calendar, anchor: number) => {
  const found: Array<number> = []
  for (let at = next(anchor, start - 1); at !== null && found.length < 500; at = next(anchor, at)) found.push(at)
  return found
}

const cases: Record<string, ReturnType<typeof planned>> = {
  "an interval": planned(plain.pipe(Job.every("90 minutes"))),
  "an interval with bounds": planned(plain.pipe(Job.every("6 hours", { from: 0, until: "2026-05-01T00:00Z" }))),
  "a cron expression in a zone": planned(plain.pipe(Job.cron("30 2 * * *", "Europe/Berlin"))),
  "one with its own rules": planned(
    plain.pipe(Job.cron("30 2,14 * * MON-FRI", { zone: "America/New_York", gap: "skip", fold: "both" }))
  ),
  "one with seconds, steps and lists": planned(plain.pipe(Job.cron("15 */10 9-17 1,15 */2 *"))),
  "the last days of months": planned(plain.pipe(Job.cron("0 9 LW * *", "Asia/Tokyo"))),
  "the second Friday": planned(plain.pipe(Job.cron("0 9 * * FRI#2"))),
  "an instant": planned(plain.pipe(Job.at("2026-04-01T09:00Z"))),
  "a phase of its key": planned(keyed.pipe(Job.every("1 day"), Job.spread("5 hours")), "ada"),
  "a phase of a cron expression": planned(plain.pipe(Job.cron("0 * * * *"), Job.spread("10 minutes"))),
  "the cadence of its key": planned(keyed, "ada", { cron: "0 9 * * *", zone: "Australia/Lord_Howe" })
}

describe("the calendar of a stored definition", () => {
  for (const [name, { cadence, state }] of Object.entries(cases))
    it(`is that of the job: ${name}`, () => {
      const { anchor } = state.position.cadence
      const read = Either.getOrThrowWith(StoredCalendar.of(state), (reason) => new Error(reason))
      const expected = instants(cadence, anchor)
      assert.isAbove(expected.length, 0)
      assert.deepStrictEqual(instants(read, anchor), expected)
    })

  it("is refused where the code alone knows it: left-out days, a phase of a host, a schedule", () => {
    const reasonOf = ({ state }: ReturnType<typeof planned>) => Either.getOrNull(Either.flip(StoredCalendar.of(state)))
    const daily = plain.pipe(Job.cron("0 9 * * *"))
    assert.match(reasonOf(planned(daily.pipe(Job.except(() => false)))) ?? "", /days/)
    assert.match(reasonOf(planned(daily.pipe(Job.spread("5 hours", { by: "host-7" })))) ?? "", /its code alone/)
    assert.match(reasonOf(planned(plain.pipe(Job.after([plain])))) ?? "", /must be Job.every, Job.cron or Job.at/)
  })
})
