/** The doctor tells of keys whose cadence is wrong, and of those that have not been listed for long, on each database. */
import { assert, it } from "@effect/vitest"
import { Doctor } from "@tickwork/sql"
import { Chunk, Clock, Effect, Logger, Stream } from "effect"
import { Job, JobLog, Jobs } from "tickwork"
import * as Databases from "./support/Databases.ts"
import * as Lived from "./support/Lived.ts"

const dayMs = 86_400_000
const start = Date.parse("2026-03-02T00:00:00Z")

for (const [name, describeHere, database] of Databases.all)
  describeHere(`the doctor of keys on ${name}`, () => {
    it.scopedLive("finds what is wrong as long as it is, with the cure, and size counts what is not listed", () =>
      Effect.gen(function* () {
        const store = yield* database
        const rows: Record<string, Job.Cadence> = {
          ada: { cron: "0 9 * * *" },
          eve: { cron: "0 9 * * *", zone: "Europe/Berln" },
          old: { cron: "0 9 * * *" }
        }
        const keys = Effect.sync(() => Object.entries(rows).map(([key, cadence]) => ({ key, cadence })))
        const jobs = Jobs.make(Job.make("digest", { keys, mostKeys: 10 }, () => Effect.void))
        const live = (day: number) =>
          Lived.at(store, jobs, start + day * dayMs, (tick) =>
            Effect.all([tick.once, tick.refreshKeys(), tick.once, tick.refreshKeys(), tick.once])
          )
        const findings = (day: number) =>
          Effect.gen(function* () {
            const found = Chunk.toReadonlyArray(yield* Stream.runCollect(Doctor.examine()))
            const { jobs } = yield* (yield* JobLog.JobLog).size
            return { found, notListed: jobs[0]?.notListed }
          }).pipe(
            Effect.provide(store),
            Effect.withClock(
              Object.assign(Object.create(Clock.make()), { currentTimeMillis: Effect.succeed(start + day * dayMs) })
            )
          )
        const codesOf = (found: ReadonlyArray<Doctor.Finding>) =>
          found.flatMap(({ code, key }) => (code === "clock-differs" ? [] : [`${code} ${key}`]))
        yield* live(0)
        delete rows.old
        yield* live(1)
        yield* live(2)
        const early = yield* findings(20)
        assert.deepStrictEqual(codesOf(early.found), ["invalid-cadence eve"])
        assert.strictEqual(early.notListed, 1)
        const [first] = early.found.filter(({ code }) => code === "invalid-cadence")
        assert.include(
          first === undefined ? "" : Doctor.toText(first),
          'instance "eve" of job "digest": it does not run, since its cadence is invalid: zone must name a time zone'
        )
        const late = yield* findings(40)
        assert.deepStrictEqual(codesOf(late.found), ["invalid-cadence eve", "not-listed null"])
        rows.eve = { cron: "0 9 * * *", zone: "Europe/Berlin" }
        rows.old = { cron: "0 9 * * *" }
        yield* live(41)
        const mended = yield* findings(42)
        assert.deepStrictEqual([codesOf(mended.found), mended.notListed], [[], 0])
        const log = yield* Lived.logOf(store)
        const reasonsOf = (key: string) =>
          log.flatMap((entry) => (entry.key === key && entry.status === "control" ? [entry.reason] : []))
        assert.strictEqual(reasonsOf("old")[0], "its key is no longer listed")
        assert.match(reasonsOf("eve")[0] ?? "", /^its cadence is invalid/)
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  })
