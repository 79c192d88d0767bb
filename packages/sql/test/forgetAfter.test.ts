/** Instances whose keys are not listed for long are deleted with their history, on each database and over restarts. */
import { assert, it } from "@effect/vitest"
import { Array as Arr, Effect, Logger } from "effect"
import { Job, JobStore, Jobs } from "tickwork"
import * as Databases from "./support/Databases.ts"
import * as Lived from "./support/Lived.ts"

const hour = 3_600_000
const start = Date.parse("2026-03-02T00:00:00Z")

for (const [name, describeHere, database] of Databases.all)
  describeHere(`an instance whose key is no longer listed, on ${name}`, () => {
    it.scopedLive("is deleted once that is so long ago, by whichever process lives then", () =>
      Effect.gen(function* () {
        const store = yield* database
        const listed = new Set(Arr.makeBy(30, (n) => `k${n}`))
        const keys = Effect.sync(() => [...listed])
        const job = Job.make("ping", { keys, forgetAfter: "2 days" }, () => Effect.void)
        const jobs = Jobs.make(job.pipe(Job.every("1 hour"), Job.parallel))
        const stored = Effect.flatMap(JobStore.JobStore, (rows) => rows.load(["ping"]))
        const at = (hours: number) =>
          Lived.at(store, jobs, start + hours * hour, (tick) =>
            // what is missing from two lists in a row is not listed
            Effect.all([tick.once, tick.refreshKeys(), tick.once, tick.refreshKeys(), tick.once]).pipe(
              Effect.zipRight(Effect.map(stored, (states) => states.map(({ key }) => key)))
            )
          )
        assert.lengthOf(yield* at(0), 30)
        for (const key of [...listed]) if (key !== "k7") listed.delete(key)
        assert.lengthOf(yield* at(1), 30)
        assert.lengthOf(yield* at(40), 30)
        assert.deepStrictEqual(yield* at(50), ["k7"])
        const log = yield* Lived.logOf(store)
        assert.isTrue(log.every(({ key }) => key === "k7"))
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  })
