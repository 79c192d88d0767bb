/**
 * Laws of claims: one owner at a time, at most as many as a limit admits, and nothing of a former owner is written.
 *
 * @internal
 */
import { Effect } from "effect"
import * as JobState from "../../../JobState.ts"
import type { Claim, ClaimLimit } from "../../../JobStore.ts"
import * as Law from "./Law.ts"

export const laws: Law.Laws = Law.lawsOf({
  *"many claim one instance, and one wins"() {
    yield* Law.add(Law.instance("a"))
    const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
    const claim = (owner: string) => Law.claim(Law.instance("a"), owner)
    const claims = yield* Effect.forEach(owners, claim, { concurrency: "unbounded" })
    const winners = claims.filter(({ isMine }) => isMine)
    yield* Law.equal("winners", winners.length, 1)
    yield* Law.equal("the holder", (yield* Law.stored("a")).claim.owner, winners[0]?.held.claim.owner)
  },

  *"a claim is granted on the state it was made from, and refused on an older one"() {
    const held = yield* Law.added("a")
    yield* Law.equal("claimed", yield* Law.stored("a"), held)
    yield* Law.save(Law.saveOf(held))
    yield* Law.holds("a claim on an older state is refused", !(yield* Law.claim(Law.instance("a"), "two")).isMine)
    yield* Law.holds("a claim on the new state is granted", (yield* Law.claim(yield* Law.stored("a"), "two")).isMine)
  },

  *"a claim is refused while its limit is full"({ store }) {
    const [a1, a2, a3] = [Law.instance("a", "1"), Law.instance("a", "2"), Law.instance("a", "3")]
    yield* Law.add(a1, a2, a3, Law.instance("b"), Law.instance("other"))
    const limit = (atMost: number) => ({ name: "quota", jobNames: ["a", "b"], atMost })
    const claimAll = (sent: ReadonlyArray<JobState.JobState>, atMost = 2, more: ReadonlyArray<ClaimLimit> = []) =>
      Effect.map(
        store.commit({ saves: [], claims: sent.map((state) => ({ state, limits: [limit(atMost), ...more] })) }),
        ({ claims }) => claims.map(({ state }) => `${state.jobName}${state.key}`)
      )
    const [first, second, third, b] = [Law.held(a1), Law.held(a2), Law.held(a3), Law.held(Law.instance("b"))]
    yield* Law.holds("a claim without a limit", (yield* Law.claim(Law.instance("other"), "one")).isMine)
    yield* Law.equal("refused in one batch", yield* claimAll([first, b, second]), ["a2"])
    yield* Law.equal("refused later", yield* claimAll([third]), ["a3"])
    yield* Law.equal("unchanged", yield* store.get([third]), [Law.instance("a", "3")])
    yield* Law.equal("under a higher limit", yield* claimAll([third], 3), [])
    yield* Law.save(Law.saveOf(b), Law.saveOf(first))
    const full = { name: "full", jobNames: ["other"], atMost: 1 }
    yield* Law.equal("refused by another limit", yield* claimAll([second], 2, [full]), ["a2"])
    yield* Law.equal("after a save", yield* claimAll([second]), [])
  },

  *"of many claims under one limit at once, no more win than the limit admits"({ store }) {
    yield* Law.add(...Array.from({ length: 20 }, (_, n) => Law.instance(n % 2 === 0 ? "a" : "b", `${n}`)))
    const limits = [{ name: "quota", jobNames: ["a", "b"], atMost: 3 }]
    const commit = (claim: Claim) => store.commit({ saves: [], claims: [claim] })
    for (let round = 1; round <= 5; round++) {
      const claims = (yield* store.load(["a", "b"])).map((state, n) => ({
        state: Law.held(state, `owner ${n}`),
        limits
      }))
      const answers = yield* Effect.forEach(claims, commit, { concurrency: "unbounded" })
      yield* Law.equal("winners", answers.filter(({ claims }) => claims.length === 0).length, 3)
      const held = (yield* store.load(["a", "b"])).filter(({ claim }) => claim.owner !== null)
      yield* Law.equal("holders", held.length, 3)
      yield* Law.save(...held.map((state) => Law.saveOf(state)))
    }
  },

  *"a rate counts claims, and runs that began in its window, of one key or of all"({ store }) {
    const of = (since: number, key: string | null) => ({
      name: "rate",
      jobNames: ["a"],
      atMost: 2,
      rate: { since, key }
    })
    const [first, second, third] = [Law.instance("a"), Law.instance("a", "k"), Law.instance("a", "l")]
    yield* Law.add(first, second, third)
    const claim = (state: JobState.JobState, limit: ReturnType<typeof of>) =>
      Effect.map(
        store.commit({ saves: [], claims: [{ state: Law.held(state), limits: [limit] }] }),
        ({ claims }) => claims.length === 0
      )
    yield* Law.holds("the first", yield* claim(first, of(0, null)))
    yield* Law.holds("the second", yield* claim(second, of(0, null)))
    yield* Law.holds("a third one is refused", !(yield* claim(third, of(0, null))))
    yield* Law.save(Law.saveOf(Law.held(first)))
    yield* Law.holds("nor after a run", !(yield* claim(third, of(0, null))))
    yield* Law.holds("of its key none began", yield* claim(third, of(0, "l")))
    const [, , released = third] = yield* store.get([first, second, third])
    yield* Law.save({ ...Law.saveOf(released), state: JobState.released(released), entries: [] })
    const began = 1_000_000
    const [again = third] = yield* store.get([third])
    yield* Law.holds("after the window", yield* claim(again, of(began, null)))
  },

  *"a holder whose claim has passed on can neither save nor release"() {
    const held = yield* Law.added("a")
    const cut = Law.entry(held, { status: "interrupted" })
    yield* Law.save(Law.saveOf(held, [cut]))
    const next = yield* Law.claim(JobState.after(held, cut), "two")
    const expected = { ...Law.expectedOf(held), seq: next.held.seq }
    const release = { expected, state: JobState.released(held), entries: [] }
    const late = yield* Law.save({ ...Law.saveOf(held), expected }, release)
    yield* Law.equal("refused", late.saves.length, 2)
    yield* Law.equal("the state", yield* Law.stored("a"), next.held)
    yield* Law.equal("the log", (yield* Law.entriesOf("a")).length, 1)
  },

  *"a save that misses an entry written under its claim is refused"() {
    const held = yield* Law.added("a")
    const pause = Law.entry(held, { status: "control", reason: "paused" })
    const paused = JobState.applyControl(held, pause)
    yield* Law.save(Law.saveOf(held, [pause], paused))
    const blind = yield* Law.save(Law.saveOf(held))
    yield* Law.equal("refused", blind.saves.length, 1)
    yield* Law.equal("the state", yield* Law.stored("a"), paused)
    yield* Law.equal("the log", yield* Law.entriesOf("a"), [pause])
  },

  *"renewing counts for the holder of the claim alone"({ store }) {
    const held = yield* Law.added("a")
    const mine = { jobName: "a", key: "", owner: "one", token: held.claim.token }
    const others = [
      { ...mine, owner: "two" },
      { ...mine, token: 9 }
    ]
    yield* Law.equal("passed on", yield* store.renew([mine, ...others]), others)
    yield* Law.equal("renewals", (yield* Law.stored("a")).claim.renewals, 1)
    yield* Law.save(Law.saveOf(held))
    yield* Law.equal("renewals after a save", (yield* Law.stored("a")).claim.renewals, 1)
  },

  *"progress is kept for the holder of the claim alone, until the next record"({ store }) {
    const held = yield* Law.added("a")
    const progress = { done: 3, total: 10, at: 1_500 }
    const mine = { jobName: "a", key: "", owner: "one", token: held.claim.token, progress }
    yield* store.progress([mine])
    yield* Law.equal("the progress", yield* Law.stored("a"), { ...held, claim: { ...held.claim, progress } })
    const late = { ...progress, done: 9 }
    yield* store.progress([
      { ...mine, owner: "two", progress: late },
      { ...mine, token: 9, progress: late },
      { ...mine, jobName: "unknown" }
    ])
    yield* Law.equal("that of others", (yield* Law.stored("a")).claim.progress, progress)
    yield* store.progress([{ ...mine, progress: { ...progress, total: null } }])
    yield* Law.equal("of an unknown total", (yield* Law.stored("a")).claim.progress?.total, null)
    yield* Law.save(Law.saveOf(held))
    yield* Law.equal("after the record", (yield* Law.stored("a")).claim.progress, null)
    yield* store.progress([mine])
    yield* Law.equal("of a run that is over", (yield* Law.stored("a")).claim.progress, null)
  },

  *"a save may carry the next claim"() {
    const held = yield* Law.added("a")
    const run = Law.entry(held)
    const again = JobState.claimed(JobState.after(held, run), "one", { scheduledAt: 6_000, trigger: "schedule" }, 6_001)
    yield* Law.save(Law.saveOf(held, [run], again))
    yield* Law.equal("the state", yield* Law.stored("a"), again)
    yield* Law.holds("another owner is refused", !(yield* Law.claim(JobState.after(held, run), "two")).isMine)
  }
})
