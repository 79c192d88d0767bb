import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs } from "tickwork"

const pings = (listed: Set<string>, forgetAfter?: "30 hours" | "1 second") => {
  const keys = Effect.sync(() => [...listed])
  const options = forgetAfter === undefined ? { keys } : { keys, forgetAfter }
  return Jobs.make(Job.make("ping", { ...options, refresh: "5 minutes" }, () => Effect.void).pipe(Job.every("1 hour")))
}

const stored = (store: Bench.Store) => Effect.map(store.load(["ping"]), (states) => states.map(({ key }) => key).sort())

const live = (jobs: Jobs.Jobs<never>, store: Bench.Store | undefined, time: `${number} hours`) =>
  Effect.gen(function* () {
    const bench = yield* Bench.daemonOf(jobs, store === undefined ? {} : { store })
    yield* bench.time.advance(time)
    return bench.store
  }).pipe(Effect.scoped)

describe("an instance whose key is no longer listed", () => {
  it.effect("is forgotten with its history once that is so long ago, over restarts, and no other one", () =>
    Effect.gen(function* () {
      const listed = new Set(["ada", "grace"])
      const jobs = pings(listed, "30 hours")
      const store = yield* live(jobs, undefined, "2 hours")
      listed.delete("ada")
      yield* live(jobs, store, "20 hours")
      assert.deepStrictEqual(yield* stored(store), ["ada", "grace"])
      yield* live(jobs, store, "9 hours")
      assert.deepStrictEqual(yield* stored(store), ["ada", "grace"])
      yield* live(jobs, store, "2 hours")
      assert.deepStrictEqual(yield* stored(store), ["grace"])
      assert.isEmpty((yield* store.logOf("ping")).filter(({ key }) => key === "ada"))
      listed.add("ada")
      yield* live(jobs, store, "1 hours")
      assert.deepStrictEqual(yield* stored(store), ["ada", "grace"], "it begins as a new one")
    }).pipe(Bench.run)
  )

  it.effect("begins to count afresh when its key has been listed again, even where it did not run", () =>
    Effect.gen(function* () {
      const listed = new Set(["ada"])
      const jobs = Jobs.make(
        Job.make(
          "ping",
          { keys: Effect.sync(() => [...listed]), forgetAfter: "30 hours", refresh: "5 minutes" },
          () => Effect.void
        ).pipe(Job.cron("0 0 1 1 *"))
      )
      const store = yield* live(jobs, undefined, "1 hours")
      listed.delete("ada")
      yield* live(jobs, store, "20 hours")
      listed.add("ada")
      yield* live(jobs, store, "5 hours")
      listed.delete("ada")
      yield* live(jobs, store, "20 hours")
      assert.deepStrictEqual(yield* stored(store), ["ada"])
      yield* live(jobs, store, "11 hours")
      assert.deepStrictEqual(yield* stored(store), [])
    }).pipe(Bench.run)
  )

  it.effect("stays for ever unless the job says otherwise, and while it runs", () =>
    Effect.gen(function* () {
      const listed = new Set(["ada"])
      const store = yield* live(pings(listed), undefined, "1 hours")
      listed.delete("ada")
      yield* live(pings(listed), store, "60 hours")
      yield* live(pings(listed), store, "60 hours")
      assert.deepStrictEqual(yield* stored(store), ["ada"])
      const controls = (yield* store.logOf("ping")).filter(({ status }) => status === "control")
      assert.deepStrictEqual(
        controls.map(({ reason }) => reason),
        ["its key is no longer listed"],
        "noted once, over restarts"
      )
    }).pipe(Bench.run)
  )

  it("is forgotten after a minute at the soonest", () => {
    assert.deepStrictEqual(
      Jobs.faults(pings(new Set(), "1 second")).map((fault) => fault._tag === "InvalidOption" && fault.option),
      ["forgetAfter"]
    )
  })
})
