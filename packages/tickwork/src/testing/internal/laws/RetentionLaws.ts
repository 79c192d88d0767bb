/**
 * Laws of pruning: what may go, and that a state stays the fold of its baseline and its log.
 *
 * @internal
 */
import { Effect } from "effect"
import type { OldestQuery } from "../../../JobLog.ts"
import * as JobState from "../../../JobState.ts"
import * as Position from "../../../Position.ts"
import * as Law from "./Law.ts"

export const laws: Law.Laws = Law.lawsOf({
  *"oldest names the first entry of each instance, and its first young one"({ log }) {
    yield* Law.add(Law.instance("c"))
    yield* Law.recordRuns(Law.instance("a"), 5)
    yield* Law.recordRuns(Law.instance("b"), 1)
    const oldest = (query: Partial<OldestQuery>) =>
      Effect.map(log.oldest({ endedBefore: 3_000, entries: 10, ...query }), (all) =>
        all.map(({ jobName, first, seq, young }) => `${jobName}: ${first} to ${seq}, young from ${young}`)
      )
    const [a, b] = ["a: 1 to 5, young from 3", "b: 1 to 1, young from null"]
    yield* Law.equal("all", yield* oldest({}), [a, b])
    yield* Law.equal("after one", yield* oldest({ after: { jobName: "a", key: "" } }), [b])
    yield* Law.equal("of a job", yield* oldest({ jobName: "a", entries: 2 }), ["a: 1 to 5, young from null"])
    yield* log.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* Law.equal("after pruning", yield* oldest({ jobName: "a" }), ["a: 3 to 5, young from 3"])
  },

  *"a finished enqueued instance is spent once it is old"({ log }) {
    const payload = { value: 7 }
    const enqueued = JobState.initial("a", "k", { state: Law.cadence, nextAt: 1_000 }, 1_000, payload)
    const over = { position: Position.initial(Law.cadence, null) }
    yield* Law.recordRuns(enqueued, 1, () => over)
    yield* Law.recordRuns(Law.instance("b"), 1, () => over)
    const spent = (endedBefore: number) =>
      Effect.map(log.oldest({ endedBefore, entries: 10 }), (all) => all.map(({ isSpent }) => isSpent))
    yield* Law.equal("while it is young", yield* spent(1_003), [false, false])
    yield* Law.equal("when it is old", yield* spent(1_004), [true, false])
  },

  *"after each pruning a state is the fold of its baseline and the remaining log"({ log }) {
    const [one, other] = [Law.instance("a"), Law.instance("a", "k")]
    const statuses = ["success", "error", "skipped", "timeout"] as const
    const change = (seq: number) => ({ status: statuses[seq % 4] ?? "success", error: seq % 4 === 0 ? null : "E" })
    yield* Law.recordRuns(one, 9, change)
    yield* Law.recordRuns(other, 3, change)
    for (const upTo of [1, 4, 8]) {
      yield* log.prune([{ jobName: "a", key: "", upTo }])
      const { fold, stored } = yield* Law.foldOf(one)
      yield* Law.equal(`the fold after entry ${upTo}`, fold, stored)
    }
    yield* Law.equal("what is left", Law.seqsOf(yield* log.history({ jobName: "a", key: "" })), [9])
    yield* Law.recordRuns(one, 2, change)
    const { fold, stored } = yield* Law.foldOf(one)
    yield* Law.equal("the fold after further runs", fold, stored)
    yield* Law.equal("the entries of another instance", (yield* log.history({ jobName: "a", key: "k" })).length, 3)
  },

  *"pruning never drops the last entry, and answers how many it dropped"({ log }) {
    yield* Law.add(Law.instance("b"))
    yield* Law.recordRuns(Law.instance("a"), 3)
    yield* Law.equal("the whole log", (yield* log.prune([{ jobName: "a", key: "", upTo: 3 }])).entries, 0)
    const cuts = ["a", "b", "unknown"].map((jobName) => ({ jobName, key: "", upTo: 2 }))
    yield* Law.equal("all but the last", yield* log.prune(cuts), { entries: 2, instances: 0 })
    yield* Law.equal("again", yield* log.prune(cuts), { entries: 0, instances: 0 })
    yield* Law.equal("what is left", (yield* Law.entriesOf("a")).length, 1)
  },

  *"a baseline is renamed and forgotten with its instance"({ log, store }) {
    yield* Law.recordRuns(Law.instance("a"), 3)
    yield* log.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* store.rename("a", "b", [])
    const { fold, stored } = yield* Law.foldOf(Law.instance("b"))
    yield* Law.equal("the fold under its new name", fold, stored)
    yield* store.forget(Law.rowOf(stored))
    yield* Law.equal("the baseline", yield* log.baselines([Law.instance("b"), Law.instance("a")]), [])
  },

  *"pruning with a token drops a whole instance, unless it has changed or is claimed"({ log, store }) {
    const [gone, busy, other] = [Law.instance("a", "gone"), Law.instance("a", "busy"), Law.instance("a", "other")]
    for (const one of [gone, busy, other]) yield* Law.recordRuns(one, 2)
    const [free = gone] = yield* store.get([gone])
    const [waiting = busy] = yield* store.get([busy])
    const { held } = yield* Law.claim(waiting, "one")
    const request = { jobName: "a", key: "gone", at: 1_000, by: "", why: "", dueAt: null, payload: null }
    yield* store.submit([{ ...request, verb: "pause" }])
    const cut = (state: JobState.JobState, upTo: number) => ({ ...Law.rowOf(state), upTo })
    yield* Law.equal("before its last entry", yield* log.prune([cut(free, 1)]), { entries: 0, instances: 0 })
    const pruned = yield* log.prune([cut(free, 2), cut(held, 2), cut(other, 2)])
    yield* Law.equal("what was dropped", pruned, { entries: 2, instances: 1 })
    yield* Law.equal("the instances", yield* Law.keysOf("a"), ["busy", "other"])
    yield* Law.equal("their log", (yield* Law.entriesOf("a")).length, 4)
    yield* Law.equal("what is pending stays", (yield* store.pending).length, 1)
  }
})
