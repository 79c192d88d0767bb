/**
 * Laws of pruning: what may go, and that a state stays the fold of its baseline and its log.
 *
 * @internal
 */
import { Effect } from "effect"
import * as JobState from "../../../JobState.ts"
import { JobStore, type OldestQuery } from "../../../JobStore.ts"
import * as Position from "../../../Position.ts"
import * as Law from "./Law.ts"

export const laws: Law.Laws = {
  "oldest names the first entry of each instance, and its first young one": Effect.gen(function* () {
    const store = yield* JobStore
    yield* Law.add(Law.instance("a"), Law.instance("b"), Law.instance("c"))
    yield* Law.recordRuns(Law.instance("a"), 5)
    yield* Law.recordRuns(Law.instance("b"), 1)
    const oldest = (query: Partial<OldestQuery>) =>
      Effect.map(store.oldest({ endedBefore: 3_000, lines: 10, ...query }), (all) =>
        all.map(({ jobName, first, seq, young }) => `${jobName}: ${first} to ${seq}, young from ${young}`)
      )
    const [a, b] = ["a: 1 to 5, young from 3", "b: 1 to 1, young from null"]
    yield* Law.equal("all", yield* oldest({}), [a, b])
    yield* Law.equal("after one", yield* oldest({ after: { jobName: "a", key: "" } }), [b])
    yield* Law.equal("of a job", yield* oldest({ jobName: "a", lines: 2 }), ["a: 1 to 5, young from null"])
    yield* store.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* Law.equal("after pruning", yield* oldest({ jobName: "a" }), ["a: 3 to 5, young from 3"])
  }),

  "a finished enqueued instance is spent once it is old": Effect.gen(function* () {
    const store = yield* JobStore
    const payload = { value: 7 }
    const enqueued = JobState.initial("a", "k", { state: Law.cadence, nextAt: 1_000 }, 1_000, payload)
    yield* Law.add(enqueued, Law.instance("b"))
    const over = { position: Position.initial(Law.cadence, null) }
    yield* Law.recordRuns(enqueued, 1, () => over)
    yield* Law.recordRuns(Law.instance("b"), 1, () => over)
    const spent = (endedBefore: number) =>
      Effect.map(store.oldest({ endedBefore, lines: 10 }), (all) => all.map(({ isSpent }) => isSpent))
    yield* Law.equal("while it is young", yield* spent(1_003), [false, false])
    yield* Law.equal("when it is old", yield* spent(1_004), [true, false])
  }),

  "after each pruning a state is the fold of its baseline and the remaining log": Effect.gen(function* () {
    const store = yield* JobStore
    const [one, other] = [Law.instance("a"), Law.instance("a", "k")]
    yield* Law.add(one, other)
    const statuses = ["success", "error", "skipped", "timeout"] as const
    const change = (seq: number) => ({ status: statuses[seq % 4] ?? "success", error: seq % 4 === 0 ? null : "E" })
    yield* Law.recordRuns(one, 9, change)
    yield* Law.recordRuns(other, 3, change)
    for (const upTo of [1, 4, 8]) {
      yield* store.prune([{ jobName: "a", key: "", upTo }])
      const { fold, stored } = yield* Law.foldOf(one)
      yield* Law.equal(`the fold after entry ${upTo}`, fold, stored)
    }
    const left = yield* store.history({ jobName: "a", key: "" })
    const seqs = left.map(({ seq }) => seq)
    yield* Law.equal("what is left", seqs, [9])
    yield* Law.recordRuns(one, 2, change)
    const { fold, stored } = yield* Law.foldOf(one)
    yield* Law.equal("the fold after further runs", fold, stored)
    yield* Law.equal("the entries of another instance", (yield* store.history({ jobName: "a", key: "k" })).length, 3)
  }),

  "pruning never drops the last entry, and answers how many it dropped": Effect.gen(function* () {
    const store = yield* JobStore
    yield* Law.add(Law.instance("a"), Law.instance("b"))
    yield* Law.recordRuns(Law.instance("a"), 3)
    yield* Law.equal("the whole log", yield* store.prune([{ jobName: "a", key: "", upTo: 3 }]), 0)
    const cuts = ["a", "b", "unknown"].map((jobName) => ({ jobName, key: "", upTo: 2 }))
    yield* Law.equal("all but the last", yield* store.prune(cuts), 2)
    yield* Law.equal("again", yield* store.prune(cuts), 0)
    yield* Law.equal("what is left", (yield* Law.entriesOf("a")).length, 1)
  }),

  "a baseline is renamed and forgotten with its instance": Effect.gen(function* () {
    const store = yield* JobStore
    yield* Law.add(Law.instance("a"))
    yield* Law.recordRuns(Law.instance("a"), 3)
    yield* store.prune([{ jobName: "a", key: "", upTo: 2 }])
    yield* store.rename("a", "b")
    const { fold, stored } = yield* Law.foldOf(Law.instance("b"))
    yield* Law.equal("the fold under its new name", fold, stored)
    const {
      seq,
      claim: { token }
    } = stored
    yield* store.forget({ jobName: "b", key: "", seq, token })
    yield* Law.equal("the baseline", yield* store.baselines([Law.instance("b"), Law.instance("a")]), [])
  })
}
